// Streams of set-points.
#pragma once

#include <functional>
#include <memory>

#include "derms/v1/control.pb.h"
#include "libs/server/call.h"
#include "libs/server/watch.h"
#include "services/emergency/setpoint_watch.h"

namespace derms::emergency {

// Thread-safe.
class WatchHandlers {
 public:
  using Source = server::WatchSource<v1::WatchSetpointsResponse>;

  // What `parts` names must outlive the handlers and every source.
  explicit WatchHandlers(SetpointWatch::Parts parts) : parts_(parts) {}

  // The source ends with the errors of SetpointWatch::Next.
  absl::StatusOr<std::unique_ptr<Source>> WatchSetpoints(server::Call& call, const v1::WatchSetpointsRequest& request,
                                                         std::function<void()> wake) const;

 private:
  const SetpointWatch::Parts parts_;
};

}  // namespace derms::emergency
