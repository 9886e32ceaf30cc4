#include "services/emergency/hosted_emergency.h"

#include <vector>

#include "services/emergency/control_service.h"
#include "services/emergency/emergency_service.h"
#include "services/emergency/expiry.h"
#include "services/emergency/headroom_book.h"

namespace derms::emergency {
namespace {

constexpr absl::Duration kExpiryEvery = absl::Seconds(1);

class HostedEmergency final : public server::HostedServices {
 public:
  explicit HostedEmergency(server::ServiceHost& host)
      : book_(host.storage().clock(), host.ids()),
        handlers_(host.storage().fleet(), host.storage().queries(), host.ids(), book_),
        expiry_(host.storage().fleet(), host.storage().queries(), host.storage().committer(), host.ids(),
                host.logger()),
        service_(host.rpc(), handlers_),
        sheets_(host.storage().fleet(), host.storage().queries(), host.storage().control_queries(), book_),
        standing_(host.storage().fleet(), host.storage().control_queries(), host.ids()),
        instructions_(host.storage().fleet(), host.storage().control_queries(), host.ids()),
        sent_(host.storage().committer(), host.storage().clock()),
        setpoints_(host.storage().fleet(), sheets_, sent_),
        hub_(host.storage().fleet(), host.storage().clock()),
        watch_({host.storage().fleet(), sheets_, hub_, host.storage().clock(), host.storage().archive(), sent_}),
        control_service_(host.rpc(), {standing_, instructions_, setpoints_, watch_}) {
    host.storage().Follow(hub_);
    host.storage().Observe(book_);
    host.metrics().AddGauge("derms_live_emergency_orders", "Emergency orders in force, exercises not counted.",
                            [&storage = host.storage()] {
                              return static_cast<double>(storage.fleet().LiveOrders(storage.clock().Now()).size());
                            });
    host.metrics().AddGauge("derms_setpoint_streams", "Open streams of set-points.",
                            [this] { return static_cast<double>(hub_.size()); });
  }

  std::vector<grpc::Service*> services() override { return {&service_, &control_service_}; }
  void Start() override { expiry_.Start(kExpiryEvery); }
  void Stop() override { expiry_.Stop(); }

 private:
  HeadroomBook book_;
  const EmergencyHandlers handlers_;
  Expiry expiry_;
  EmergencyService service_;
  const ControlSheets sheets_;
  const StandingHandlers standing_;
  const InstructionHandlers instructions_;
  SentInstructions sent_;
  const SetpointHandlers setpoints_;
  SetpointHub hub_;
  const WatchHandlers watch_;
  ControlService control_service_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<server::HostedServices>> MakeEmergency(server::ServiceHost& host) {
  return std::make_unique<HostedEmergency>(host);
}

}  // namespace derms::emergency
