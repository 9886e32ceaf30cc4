#include "services/emergency/watch_handlers.h"

#include <optional>
#include <utility>

namespace derms::emergency {
namespace {

class SetpointSource final : public WatchHandlers::Source {
 public:
  explicit SetpointSource(SetpointWatch::Parts parts, SetpointWatch::Scope scope, std::function<void()> wake)
      : watch_(parts, std::move(scope), std::move(wake)) {}

  bool NeedsDatabase() const override { return watch_.NeedsDatabase(); }
  absl::StatusOr<std::optional<v1::WatchSetpointsResponse>> Next(absl::Time deadline) override {
    return watch_.Next(deadline);
  }
  std::optional<v1::WatchSetpointsResponse> Heartbeat() override { return watch_.Heartbeat(); }

 private:
  SetpointWatch watch_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<WatchHandlers::Source>> WatchHandlers::WatchSetpoints(
    server::Call& call, const v1::WatchSetpointsRequest& request, std::function<void()> wake) const {
  call.MarkFiltered();  // the source checks every DER
  SetpointWatch::Scope scope{
      call.caller(), {request.der_ids().begin(), request.der_ids().end()}, request.resume_token()};
  return std::make_unique<SetpointSource>(parts_, std::move(scope), std::move(wake));
}

}  // namespace derms::emergency
