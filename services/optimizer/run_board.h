// The runs that this process solves: how far they are, who follows them, who wants their end.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/dispatch/solver.h"

namespace derms::optimizer {

// Its end: the run as it is stored, or the status that says why there is no schedule.
using RunDone = std::function<void(absl::StatusOr<v1::OptimizationRun>)>;

// Thread-safe.
class LiveRun {
 public:
  LiveRun(std::string run_id, absl::Time began_at) : run_id_(std::move(run_id)), began_at_(began_at) {}

  const std::string& run_id() const { return run_id_; }
  // Ends the solve soon; the first `by` counts. Empty: the system, because the process stops.
  void Cancel(std::string_view by);
  const std::atomic<bool>& cancelled() const { return cancelled_; }
  std::string cancelled_by() const;

  void Note(const dispatch::SolveProgress& progress);
  v1::RunProgress ProgressAt(absl::Time now) const;
  int changes() const { return changes_; }  // grows with every Note and Cancel

 private:
  const std::string run_id_;
  const absl::Time began_at_;
  std::atomic<bool> cancelled_ = false;
  std::atomic<int> changes_ = 0;
  mutable absl::Mutex mutex_;
  std::string cancelled_by_ ABSL_GUARDED_BY(mutex_);
  v1::RunProgress progress_ ABSL_GUARDED_BY(mutex_);  // without elapsed
};

// Thread-safe. Followers' functions are called without a lock held; they must be quick.
class RunBoard {
 public:
  std::shared_ptr<LiveRun> Add(const std::string& run_id, absl::Time began_at, RunDone done);
  std::shared_ptr<LiveRun> Find(std::string_view run_id) const;  // null: not of this process, or over
  std::vector<std::shared_ptr<LiveRun>> All() const;
  // Hears of the end too; false when the run is not here (any more).
  bool Join(std::string_view run_id, RunDone done);
  // It is stored: tells those who wait, wakes those who follow.
  void End(const std::string& run_id, const absl::StatusOr<v1::OptimizationRun>& outcome);

  // `wake` runs whenever there may be news of the run, here or elsewhere, until the handle is gone.
  [[nodiscard]] std::shared_ptr<void> Follow(const std::string& run_id, std::function<void()> wake);
  void Wake(std::string_view run_id) const;
  void WakeAll() const;

 private:
  struct Entry {
    std::shared_ptr<LiveRun> live;
    std::vector<RunDone> waiting;
  };
  using Waker = std::function<void()>;

  mutable absl::Mutex mutex_;
  std::map<std::string, Entry, std::less<>> runs_ ABSL_GUARDED_BY(mutex_);
  mutable std::multimap<std::string, std::weak_ptr<Waker>, std::less<>> followers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace derms::optimizer
