#include "services/emergency/hosted_emergency.h"

#include <vector>

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
        service_(host.rpc(), handlers_) {
    host.storage().Observe(book_);
    host.metrics().AddGauge("derms_live_emergency_orders", "Emergency orders in force, exercises not counted.",
                            [&storage = host.storage()] {
                              return static_cast<double>(storage.fleet().LiveOrders(storage.clock().Now()).size());
                            });
  }

  std::vector<grpc::Service*> services() override { return {&service_}; }
  void Start() override { expiry_.Start(kExpiryEvery); }
  void Stop() override { expiry_.Stop(); }

 private:
  HeadroomBook book_;
  const EmergencyHandlers handlers_;
  Expiry expiry_;
  EmergencyService service_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<server::HostedServices>> MakeEmergency(server::ServiceHost& host) {
  return std::make_unique<HostedEmergency>(host);
}

}  // namespace derms::emergency
