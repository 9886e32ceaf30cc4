#include "services/emergency/hosted_emergency.h"

#include <vector>

#include "libs/server/leadership.h"
#include "services/emergency/control_service.h"
#include "services/emergency/emergency_service.h"
#include "services/emergency/expander.h"
#include "services/emergency/headroom_book.h"
#include "services/emergency/order_pins.h"
#include "services/emergency/progress_board.h"
#include "services/emergency/return_board.h"
#include "services/emergency/unanswered.h"

namespace derms::emergency {
namespace {

constexpr absl::Duration kExpandEvery = absl::Milliseconds(250);
// Short, so that another process goes on soon when the one that expands orders is killed.
constexpr absl::Duration kExpansionLease = absl::Seconds(2), kExpansionRenewal = absl::Milliseconds(500);

// What the read model takes in: for the book, and orders of this process for the streams.
class Observers final : public store::FleetObserver {
 public:
  Observers(HeadroomBook& book, SetpointHub& hub) : book_(book), hub_(hub) {}
  void OnDer(const std::shared_ptr<const domain::Der>& der) override { book_.OnDer(der); }
  void OnReading(const domain::Reading& reading) override { book_.OnReading(reading); }
  void OnRegions(const std::shared_ptr<const domain::RegionTree>& regions) override { book_.OnRegions(regions); }
  void OnOrder(const domain::EmergencyOrder& order) override {
    book_.OnOrder(order);
    // One that another process gave comes as an event.
    if (order.number == 0 || order.state != domain::EmergencyState::kActive) hub_.OnStoredOrder(order);
  }
  void OnOrdersThrough(std::int64_t number) override { book_.OnOrdersThrough(number); }

 private:
  HeadroomBook& book_;
  SetpointHub& hub_;
};

class HostedEmergency final : public server::HostedServices {
 public:
  explicit HostedEmergency(server::ServiceHost& host)
      : book_(host.storage().clock(), host.ids()),
        pins_(host.storage().expansions(), book_),
        board_(host.storage().expansions(), host.storage().clock(),
               absl::Seconds(host.config().acknowledgement_seconds)),
        returns_(host.storage().queries(), book_),
        unanswered_(host.storage().control_queries(), absl::Seconds(host.config().acknowledgement_seconds)),
        leadership_({.lease_name = "emergency-expansion",
                     .holder = host.ids().NewId(),
                     .leads = "expansion of emergency orders",
                     .ttl = kExpansionLease,
                     .retry = kExpansionRenewal},
                    host.storage().leases(), host.logger()),
        expander_({host.storage().fleet(), host.storage().expansions(), pins_, host.storage().archive(),
                   host.storage().clock(), host.logger()},
                  [this] { return leadership_.fence(); }),
        handlers_(host.storage().fleet(), host.storage().queries(), host.ids(), book_),
        reserved_handlers_(host.storage().fleet(), host.storage().reserved().queries, host.ids(), book_),
        service_(host.rpc(), handlers_, reserved_handlers_,
                 {host.storage().queries(), board_, returns_, host.storage().clock()}),
        sheets_(host.storage().fleet(), host.storage().queries(), host.storage().control_queries(), pins_),
        standing_(host.storage().fleet(), host.storage().control_queries(), host.ids()),
        instructions_(host.storage().fleet(), host.storage().control_queries(), host.ids(), unanswered_),
        sent_(host.storage().committer(), host.storage().clock()),
        setpoints_(host.storage().fleet(), sheets_, sent_, unanswered_),
        hub_(host.storage().fleet(), host.storage().clock()),
        observers_(book_, hub_),
        shared_sheets_(sheets_, hub_, host.storage().clock()),
        watch_({host.storage().fleet(), shared_sheets_, hub_, host.storage().clock(), host.storage().archive(), sent_}),
        control_service_(host.rpc(), {standing_, instructions_, setpoints_, watch_}) {
    host.storage().Follow(hub_);
    host.storage().Follow(expander_);
    host.storage().Observe(observers_);
    host.metrics().AddGauge("derms_live_emergency_orders", "Emergency orders in force, exercises not counted.",
                            [&storage = host.storage()] {
                              return static_cast<double>(storage.fleet().LiveOrders(storage.clock().Now()).size());
                            });
    host.metrics().AddGauge("derms_setpoint_streams", "Open streams of set-points.",
                            [this] { return static_cast<double>(hub_.size()); });
  }

  std::vector<grpc::Service*> services() override { return {&service_, &control_service_}; }
  void Start() override {
    leadership_.Start();
    expander_.Start(kExpandEvery);
  }
  void Stop() override {
    expander_.Stop();
    leadership_.Stop();
  }

 private:
  HeadroomBook book_;
  PinBook pins_;
  ProgressBoard board_;
  ReturnBoard returns_;
  const Unanswered unanswered_;
  server::Leadership leadership_;
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
  Observers observers_;
  SharedSheets shared_sheets_;
  const WatchHandlers watch_;
  ControlService control_service_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<server::HostedServices>> MakeEmergency(server::ServiceHost& host) {
  return std::make_unique<HostedEmergency>(host);
}

}  // namespace derms::emergency
