#include "services/emergency/hosted_emergency.h"

#include <utility>
#include <vector>

#include "libs/base/error.h"
#include "libs/server/leadership.h"
#include "services/emergency/control_service.h"
#include "services/emergency/emergency_service.h"
#include "services/emergency/expander.h"
#include "services/emergency/fleet_fan_out.h"
#include "services/emergency/headroom_book.h"
#include "services/emergency/limit_supervisor.h"
#include "services/emergency/order_pins.h"
#include "services/emergency/progress_board.h"
#include "services/emergency/region_power.h"
#include "services/emergency/return_board.h"
#include "services/emergency/unanswered.h"

namespace derms::emergency {
namespace {

constexpr absl::Duration kExpandEvery = absl::Milliseconds(250);
// Short, so that another process goes on soon when the one that expands orders is killed.
constexpr absl::Duration kExpansionLease = absl::Seconds(2), kExpansionRenewal = absl::Milliseconds(500);
constexpr absl::Duration kSuperviseEvery = absl::Seconds(1);

class HostedEmergency final : public server::HostedServices {
 public:
  HostedEmergency(server::ServiceHost& host, const ApprovalRule& rule, SupervisionMode mode)
      : book_(host.storage().clock(), host.ids()),
        pins_(host.storage().expansions(), book_),
        board_(host.storage().expansions(), host.storage().clock(),
               absl::Seconds(host.config().acknowledgement_seconds)),
        returns_(host.storage().queries(), book_),
        unanswered_(host.storage().control_queries(), absl::Seconds(host.config().acknowledgement_seconds)),
        expands_({.lease_name = "emergency-expansion",
                  .holder = host.ids().NewId(),
                  .leads = "expansion of emergency orders",
                  .ttl = kExpansionLease,
                  .retry = kExpansionRenewal},
                 host.storage().leases(), host.logger()),
        expander_({host.storage().fleet(), host.storage().expansions(), pins_, host.storage().archive(),
                   host.storage().clock(), host.logger()},
                  [this] { return expands_.fence(); }),
        handlers_(host.storage().fleet(), host.storage().queries(), host.storage().approvals(), host.ids(), book_,
                  rule),
        reserved_handlers_(host.storage().fleet(), host.storage().reserved().queries,
                           host.storage().reserved().approvals, host.ids(), book_, rule),
        service_(host.rpc(), handlers_, reserved_handlers_,
                 {{host.storage().queries(), host.storage().approvals()}, board_, returns_, host.storage().clock()}),
        sheets_(host.storage().fleet(), host.storage().queries(), host.storage().control_queries(), pins_),
        standing_(host.storage().fleet(), host.storage().control_queries(), host.ids()),
        instructions_(host.storage().fleet(), host.storage().control_queries(), host.ids(), unanswered_),
        sent_(host.storage().committer(), host.storage().clock()),
        setpoints_(host.storage().fleet(), sheets_, sent_, unanswered_),
        hub_(host.storage().fleet(), host.storage().clock()),
        shared_sheets_(sheets_, hub_, host.storage().clock()),
        watch_({host.storage().fleet(), shared_sheets_, hub_, host.storage().clock(), host.storage().archive(), sent_}),
        control_service_(host.rpc(), {standing_, instructions_, setpoints_, watch_}),
        mode_(mode),
        supervises_({.lease_name = "limit-supervision", .holder = host.ids().NewId(), .leads = "limit supervision"},
                    host.storage().leases(), host.logger()),
        supervisor_({power_, host.storage().fleet(), host.storage().queries(), host.storage().control_queries(),
                     sheets_, host.storage().committer(), host.storage().clock(), host.ids(), host.logger()},
                    mode, [this] { return supervises_.fence(); }) {
    host.storage().Follow(hub_);
    host.storage().Follow(expander_);
    host.storage().Observe(observers_);
    ExportGauges(host);
  }

  std::vector<grpc::Service*> services() override { return {&service_, &control_service_}; }
  void Start() override {
    expands_.Start();
    expander_.Start(kExpandEvery);
    if (mode_ == SupervisionMode::kOff) return;
    supervises_.Start();
    supervisor_.Start(kSuperviseEvery);
  }
  void Stop() override {
    supervisor_.Stop();
    supervises_.Stop();
    expander_.Stop();
    expands_.Stop();
  }

 private:
  void ExportGauges(server::ServiceHost& host) {
    host.metrics().AddGauge("derms_live_emergency_orders", "Emergency orders in force, exercises not counted.",
                            [&storage = host.storage()] {
                              return static_cast<double>(storage.fleet().LiveOrders(storage.clock().Now()).size());
                            });
    host.metrics().AddGauge("derms_setpoint_streams", "Open streams of set-points.",
                            [this] { return static_cast<double>(hub_.size()); });
    host.metrics().AddGauge("derms_limit_supervision_leader", "1 in the process that supervises limits.",
                            [this] { return static_cast<double>(supervisor_.leading()); });
    host.metrics().AddGauge("derms_limit_breaches", "Region limits that are breached, as this leader sees it.",
                            [this] { return static_cast<double>(supervisor_.breaches()); });
    host.metrics().AddGauge("derms_limit_corrections", "Regions whose DERs are limited to correct a breach.",
                            [this] { return static_cast<double>(supervisor_.corrections()); });
  }

  HeadroomBook book_;
  PinBook pins_;
  ProgressBoard board_;
  ReturnBoard returns_;
  const Unanswered unanswered_;
  server::Leadership expands_;
  Expander expander_;
  const EmergencyHandlers handlers_;
  const EmergencyHandlers reserved_handlers_;  // of methods on the reserved lane
  EmergencyService service_;
  const ControlSheets sheets_;
  const StandingHandlers standing_;
  const InstructionHandlers instructions_;
  SentInstructions sent_;
  const SetpointHandlers setpoints_;
  SetpointHub hub_;
  RegionPower power_;
  FleetFanOut observers_{{&book_, &power_, &hub_}};
  SharedSheets shared_sheets_;
  const WatchHandlers watch_;
  ControlService control_service_;
  const SupervisionMode mode_;
  server::Leadership supervises_;
  LimitSupervisor supervisor_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<server::HostedServices>> MakeEmergency(server::ServiceHost& host) {
  ASSIGN_OR_RETURN(const ApprovalRule rule, ApprovalRule::Parse(host.config().two_person_kinds));
  ASSIGN_OR_RETURN(const SupervisionMode mode, ParseSupervisionMode(host.config().limit_supervision));
  return std::make_unique<HostedEmergency>(host, rule, mode);
}

}  // namespace derms::emergency
