// WatchRun and CancelRun: following a run that is being solved, and ending it.
#pragma once

#include <functional>
#include <memory>

#include "derms/v1/optimizer.pb.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "services/optimizer/run_watch.h"

namespace derms::optimizer {

// All references must outlive the handlers. Thread-safe.
class RunControlHandlers {
 public:
  using Source = server::WatchSource<v1::WatchRunResponse>;
  explicit RunControlHandlers(RunWatchParts parts) : parts_(parts) {}

  // From memory; what it finds and refuses comes with the first message (RunWatch).
  absl::StatusOr<std::unique_ptr<Source>> WatchRun(server::Call& call, const v1::WatchRunRequest& request,
                                                   std::function<void()> wake) const;

  // Blocks (SQL). NOT_FOUND RUN_NOT_FOUND; FAILED_PRECONDITION RUN_ENDED, also at commit.
  absl::StatusOr<server::Plan<v1::CancelRunResponse>> CancelRun(server::Call& call,
                                                                const v1::CancelRunRequest& request) const;
  // After the commit: tells the run at once when it is solved here; other processes hear within a second.
  void Cancelled(const v1::OptimizationRun& run) const;

 private:
  const RunWatchParts parts_;
};

}  // namespace derms::optimizer
