// Events out.
#pragma once

#include <functional>
#include <memory>

#include "derms/v1/telemetry.pb.h"
#include "libs/server/call.h"
#include "libs/server/watch.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"
#include "services/registry/event_hub.h"

namespace derms::registry {

// Thread-safe.
class WatchHandlers {
 public:
  using Source = server::WatchSource<v1::WatchEventsResponse>;

  // All must outlive the handlers and every source.
  WatchHandlers(const store::ReadModel& fleet, store::Queries& queries, EventHub& hub)
      : fleet_(fleet), queries_(queries), hub_(hub) {}

  // What the caller may see of the events it asks for (event_view.h), from the database first and then as it happens
  // (event_watch.h). The source ends with RESOURCE_EXHAUSTED TOO_SLOW or FAILED_PRECONDITION SEQUENCE_AHEAD.
  absl::StatusOr<std::unique_ptr<Source>> WatchEvents(server::Call& call, const v1::WatchEventsRequest& request,
                                                      std::function<void()> wake) const;

 private:
  const store::ReadModel& fleet_;
  store::Queries& queries_;
  EventHub& hub_;
};

}  // namespace derms::registry
