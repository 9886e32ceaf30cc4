// One follower's way through a run: how it stands, then every change, at last the whole run.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/domain/access.h"
#include "libs/server/watch.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"
#include "services/optimizer/run_board.h"

namespace derms::optimizer {

// What RunWatch asks; all outlive it.
struct RunWatchParts {
  const store::ReadModel& fleet;
  store::Queries& queries;
  RunBoard& board;
  const base::Clock& clock;  // the database's
};

// Ends with NOT_FOUND RUN_NOT_FOUND, PERMISSION_DENIED UNAUTHORIZED for an operator of another region, the errors of
// Queries, or, after the run's end, OK.
class RunWatch final : public server::WatchSource<v1::WatchRunResponse> {
 public:
  RunWatch(std::string run_id, domain::Caller caller, RunWatchParts parts, std::function<void()> wake);

  bool NeedsDatabase() const override { return true; }
  absl::StatusOr<std::optional<v1::WatchRunResponse>> Next(absl::Time deadline) override;
  std::optional<v1::WatchRunResponse> Heartbeat() override;

 private:
  absl::StatusOr<v1::OptimizationRun> Load(absl::Time deadline) const;

  const std::string run_id_;
  const domain::Caller caller_;
  const RunWatchParts parts_;
  const std::shared_ptr<void> follower_;
  v1::OptimizationRun summary_;  // as sent last; no run_id before the first
  int changes_ = -1;             // of the live run, as sent last
};

}  // namespace derms::optimizer
