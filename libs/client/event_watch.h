// Follows the events of the fleet across lost connections, without a gap and without a repetition.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "derms/v1/telemetry.pb.h"
#include "libs/client/connection.h"

namespace derms::client {

struct WatchHandlers {
  // Called for every event in order; false ends the watch with OK.
  std::function<bool(const v1::Event&)> on_event;
  // Called when the stream was lost, before waiting; names the sequence number it will resume after (-1: from now).
  std::function<void(const absl::Status& why, std::int64_t after_sequence)> on_lost;
};

// Runs until a handler says stop or the service refuses: UNAVAILABLE, CANCELLED, RESOURCE_EXHAUSTED (TOO_SLOW) and an
// ordinary end of the stream are resumed for ever, with backoff, from the last through_sequence; every other status is
// returned. Blocks the calling thread, on which the handlers run.
absl::Status WatchEvents(Connection& connection, v1::WatchEventsRequest request, const WatchHandlers& handlers);

}  // namespace derms::client
