#include "libs/client/event_watch.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "derms/v1/telemetry.grpc.pb.h"

namespace derms::client {
namespace {

bool IsResumable(const grpc::Status& status) {
  return status.ok() || IsRetryable(status) || status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED;
}

// Hands out the events of one message and moves the place to resume from; false when the handler wants no more.
bool Deliver(const v1::WatchEventsResponse& message, const WatchHandlers& handlers, v1::WatchEventsRequest& request) {
  for (const v1::Event& event : message.events()) {
    if (!handlers.on_event(event)) return false;
    request.set_after_sequence(std::max(request.after_sequence(), event.sequence()));
  }
  request.set_after_sequence(std::max(request.after_sequence(), message.through_sequence()));
  return true;
}

}  // namespace

absl::Status WatchEvents(Connection& connection, v1::WatchEventsRequest request, const WatchHandlers& handlers) {
  RetryPolicy endless = connection.options().retry;
  endless.max_attempts = std::numeric_limits<int>::max();
  Backoff backoff(endless, connection.surroundings().pacing);
  while (true) {
    grpc::ClientContext context;
    RETURN_IF_ERROR(connection.Authorize(context));
    v1::TelemetryService::Stub stub(connection.channel());
    auto stream = stub.WatchEvents(&context, request);
    v1::WatchEventsResponse message;
    while (stream->Read(&message)) {
      backoff.Reset();
      if (!Deliver(message, handlers, request)) {
        context.TryCancel();
        stream->Finish();
        return absl::OkStatus();
      }
    }
    const grpc::Status status = stream->Finish();
    if (!IsResumable(status)) return connection.Explain(status);
    handlers.on_lost(connection.Explain(status), request.after_sequence());
    connection.surroundings().pacing.sleep(backoff.Next(RetryDelayOf(status)));
  }
}

}  // namespace derms::client
