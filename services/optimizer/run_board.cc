#include "services/optimizer/run_board.h"

#include <cmath>
#include <utility>

#include "libs/wire/convert_time.h"

namespace derms::optimizer {

void LiveRun::Cancel(std::string_view by) {
  absl::MutexLock lock(&mutex_);
  if (cancelled_) return;
  cancelled_by_ = std::string(by);
  cancelled_ = true;
  ++changes_;
}

std::string LiveRun::cancelled_by() const {
  absl::MutexLock lock(&mutex_);
  return cancelled_by_;
}

void LiveRun::Note(const dispatch::SolveProgress& progress) {
  absl::MutexLock lock(&mutex_);
  progress_.set_phase(std::string(progress.phase));
  const bool has_cost = std::isfinite(progress.best_cost_usd), has_bound = std::isfinite(progress.lower_bound_usd);
  if (has_cost) progress_.set_best_objective_usd(progress.best_cost_usd);
  if (has_bound) progress_.set_lower_bound_usd(progress.lower_bound_usd);
  if (has_cost && has_bound) {
    progress_.set_gap((progress.best_cost_usd - progress.lower_bound_usd) / std::abs(progress.best_cost_usd));
  }
  ++changes_;
}

v1::RunProgress LiveRun::ProgressAt(absl::Time now) const {
  absl::MutexLock lock(&mutex_);
  v1::RunProgress progress = progress_;
  *progress.mutable_elapsed() = wire::ToProto(now - began_at_);
  return progress;
}

std::shared_ptr<LiveRun> RunBoard::Add(const std::string& run_id, absl::Time began_at, RunDone done) {
  auto live = std::make_shared<LiveRun>(run_id, began_at);
  live->Note({.phase = "waiting"});
  absl::MutexLock lock(&mutex_);
  Entry& entry = runs_[run_id];
  entry.live = live;
  entry.waiting.push_back(std::move(done));
  return live;
}

std::shared_ptr<LiveRun> RunBoard::Find(std::string_view run_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = runs_.find(run_id);
  return found == runs_.end() ? nullptr : found->second.live;
}

std::vector<std::shared_ptr<LiveRun>> RunBoard::All() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<LiveRun>> all;
  for (const auto& [id, entry] : runs_) all.push_back(entry.live);
  return all;
}

bool RunBoard::Join(std::string_view run_id, RunDone done) {
  absl::MutexLock lock(&mutex_);
  const auto found = runs_.find(run_id);
  if (found == runs_.end()) return false;
  found->second.waiting.push_back(std::move(done));
  return true;
}

void RunBoard::End(const std::string& run_id, const absl::StatusOr<v1::OptimizationRun>& outcome) {
  std::vector<RunDone> waiting;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = runs_.find(run_id);
    if (found == runs_.end()) return;
    waiting = std::move(found->second.waiting);
    runs_.erase(found);
  }
  for (const RunDone& done : waiting) done(outcome);
  Wake(run_id);
}

std::shared_ptr<void> RunBoard::Follow(const std::string& run_id, std::function<void()> wake) {
  auto follower = std::make_shared<Waker>(std::move(wake));
  absl::MutexLock lock(&mutex_);
  std::erase_if(followers_, [](const auto& entry) { return entry.second.expired(); });
  followers_.emplace(run_id, follower);
  return follower;
}

void RunBoard::Wake(std::string_view run_id) const {
  std::vector<std::shared_ptr<Waker>> awake;
  {
    absl::MutexLock lock(&mutex_);
    const auto [begin, end] = followers_.equal_range(run_id);
    for (auto it = begin; it != end; ++it) awake.push_back(it->second.lock());
  }
  for (const auto& waker : awake) {
    if (waker != nullptr) (*waker)();
  }
}

void RunBoard::WakeAll() const {
  std::vector<std::shared_ptr<Waker>> awake;
  {
    absl::MutexLock lock(&mutex_);
    std::erase_if(followers_, [](const auto& entry) { return entry.second.expired(); });
    for (const auto& [id, weak] : followers_) awake.push_back(weak.lock());
  }
  for (const auto& waker : awake) {
    if (waker != nullptr) (*waker)();
  }
}

}  // namespace derms::optimizer
