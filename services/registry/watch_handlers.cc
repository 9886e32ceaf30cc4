#include "services/registry/watch_handlers.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/error.h"
#include "libs/wire/convert_records.h"
#include "services/registry/event_view.h"
#include "services/registry/event_watch.h"

namespace derms::registry {
namespace {

// Asked by the follower's thread and the watcher's: holds copies, changes nothing.
EventPredicate WantedBy(const domain::Caller& caller, const v1::WatchEventsRequest& request,
                        const store::ReadModel& fleet) {
  std::vector<domain::EventType> types;
  for (const int type : request.types()) types.push_back(wire::FromProto(static_cast<v1::EventType>(type)));
  std::optional<std::string> der_id;
  if (!request.der_id().empty()) der_id = request.der_id();
  return [caller, types, der_id, &fleet](const domain::Event& event) {
    if (!types.empty() && std::find(types.begin(), types.end(), event.type) == types.end()) return false;
    if (der_id && event.der_id != der_id) return false;
    return MaySee(event, caller, *fleet.Regions());
  };
}

class EventSource final : public WatchHandlers::Source {
 public:
  EventSource(domain::Caller caller, std::unique_ptr<EventWatch> watch)
      : caller_(std::move(caller)), watch_(std::move(watch)) {}

  bool NeedsDatabase() const override { return watch_->NeedsDatabase(); }
  absl::StatusOr<std::optional<v1::WatchEventsResponse>> Next(absl::Time deadline) override {
    ASSIGN_OR_RETURN(const auto message, watch_->Next(deadline));
    if (!message) return std::optional<v1::WatchEventsResponse>();
    v1::WatchEventsResponse response;
    for (const EventPtr& event : message->events) *response.add_events() = ViewOfEvent(*event, caller_);
    response.set_through_sequence(message->through_sequence);
    return std::optional(std::move(response));
  }
  std::optional<v1::WatchEventsResponse> Heartbeat() override {
    if (watch_->through_sequence() < 0) return std::nullopt;  // has not begun yet
    v1::WatchEventsResponse response;
    response.set_through_sequence(watch_->through_sequence());
    return response;
  }

 private:
  const domain::Caller caller_;
  const std::unique_ptr<EventWatch> watch_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<WatchHandlers::Source>> WatchHandlers::WatchEvents(server::Call& call,
                                                                                  const v1::WatchEventsRequest& request,
                                                                                  std::function<void()> wake) const {
  call.MarkFiltered();
  auto watch = std::make_unique<EventWatch>(hub_, queries_, WantedBy(call.caller(), request, fleet_),
                                            request.after_sequence(), EventWatch::Limits(), std::move(wake));
  return std::make_unique<EventSource>(call.caller(), std::move(watch));
}

}  // namespace derms::registry
