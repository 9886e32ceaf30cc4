#include "services/emergency/hosted_emergency.h"

#include <utility>
#include <vector>

#include "libs/base/error.h"
#include "libs/server/leadership.h"
#include "services/emergency/control_service.h"
#include "services/emergency/emergency_service.h"
#include "services/emergency/fleet_fan_out.h"
#include "services/emergency/headroom_book.h"
#include "services/emergency/limit_supervisor.h"
#include "services/emergency/region_power.h"

namespace derms::emergency {
namespace {

constexpr absl::Duration kSuperviseEvery = absl::Seconds(1);

class HostedEmergency final : public server::HostedServices {
 public:
  HostedEmergency(server::ServiceHost& host, ApprovalRule rule, SupervisionMode mode)
      : book_(host.storage().clock(), host.ids()),
        handlers_(host.storage().fleet(), host.storage().queries(), host.ids(), book_, host.storage().approvals(),
                  std::move(rule)),
        service_(host.rpc(), handlers_),
        sheets_(host.storage().fleet(), host.storage().queries(), host.storage().control_queries()),
        standing_(host.storage().fleet(), host.storage().control_queries(), host.ids()),
        instructions_(host.storage().fleet(), host.storage().control_queries(), host.ids()),
        sent_(host.storage().committer(), host.storage().clock()),
        setpoints_(host.storage().fleet(), sheets_, sent_),
        hub_(host.storage().fleet(), host.storage().clock()),
        watch_({host.storage().fleet(), sheets_, hub_, host.storage().clock(), host.storage().archive(), sent_}),
        control_service_(host.rpc(), {standing_, instructions_, setpoints_, watch_}),
        supervises_(mode != SupervisionMode::kOff),
        leadership_({.lease_name = "limit-supervision", .holder = host.ids().NewId(), .leads = "limit supervision"},
                    host.storage().leases(), host.logger()),
        supervisor_({power_, host.storage().fleet(), host.storage().queries(), host.storage().control_queries(),
                     sheets_, host.storage().committer(), host.storage().clock(), host.ids(), host.logger()},
                    mode, [this] { return leadership_.fence(); }) {
    host.storage().Follow(hub_);
    host.storage().Observe(observers_);
    ExportGauges(host);
  }

  std::vector<grpc::Service*> services() override { return {&service_, &control_service_}; }
  void Start() override {
    if (!supervises_) return;
    leadership_.Start();
    supervisor_.Start(kSuperviseEvery);
  }
  void Stop() override {
    supervisor_.Stop();
    leadership_.Stop();
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
  RegionPower power_;
  FleetFanOut observers_{{&book_, &power_}};
  const EmergencyHandlers handlers_;
  EmergencyService service_;
  const ControlSheets sheets_;
  const StandingHandlers standing_;
  const InstructionHandlers instructions_;
  SentInstructions sent_;
  const SetpointHandlers setpoints_;
  SetpointHub hub_;
  const WatchHandlers watch_;
  ControlService control_service_;
  const bool supervises_;
  server::Leadership leadership_;
  LimitSupervisor supervisor_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<server::HostedServices>> MakeEmergency(server::ServiceHost& host) {
  ASSIGN_OR_RETURN(ApprovalRule rule, ApprovalRule::Parse(host.config().two_person_kinds));
  ASSIGN_OR_RETURN(const SupervisionMode mode, ParseSupervisionMode(host.config().limit_supervision));
  return std::make_unique<HostedEmergency>(host, std::move(rule), mode);
}

}  // namespace derms::emergency
