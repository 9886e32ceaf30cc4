#include "services/emergency/progress_board.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/domain/instruction.h"
#include "libs/wire/convert_time.h"

namespace derms::emergency {
namespace {

using domain::InstructionState;

constexpr int kTimesItsCost = 5;

// Of an order in this state an instruction that was left in `stored`.
v1::InstructionState StateUnder(v1::EmergencyState order, InstructionState stored) {
  const bool ended = order == v1::EMERGENCY_STATE_RELEASED || order == v1::EMERGENCY_STATE_EXPIRED;
  if (!ended || domain::IsFinal(stored)) return static_cast<v1::InstructionState>(stored);
  return order == v1::EMERGENCY_STATE_RELEASED ? v1::INSTRUCTION_STATE_REVOKED : v1::INSTRUCTION_STATE_EXPIRED;
}

bool IsAnswer(InstructionState stored) {
  return stored != InstructionState::kNew && stored != InstructionState::kSent;
}

}  // namespace

v1::EmergencyProgress ProgressOf(const store::ExpansionTally& tally, v1::EmergencyState state) {
  v1::EmergencyProgress progress;
  std::map<v1::InstructionState, int> counts;
  for (const auto& [stored, count] : tally.states) {
    progress.set_issued(progress.issued() + count);
    if (IsAnswer(stored)) progress.set_acknowledged(progress.acknowledged() + count);
    counts[StateUnder(state, stored)] += count;
  }
  for (const auto& [each, count] : counts) {
    v1::InstructionCount& told = *progress.add_states();
    told.set_state(each);
    told.set_count(count);
  }
  progress.set_asked_nothing(tally.silent_count);
  progress.set_complete(tally.complete);
  progress.set_unresponsive(tally.unanswered_count);
  progress.set_reported(tally.reported_count);
  if (tally.asked_count > 0) {
    progress.set_requested_kw(tally.requested_kw);
    progress.set_delivered_kw(tally.delivered_kw);
  }
  if (tally.reported_count > 0) {
    progress.set_performance(domain::PerformanceOf(tally.requested_kw, tally.delivered_kw));
    progress.set_performance_band(static_cast<v1::PerformanceBand>(domain::BandOf(progress.performance())));
  }
  return progress;
}

ProgressBoard::ProgressBoard(store::Expansions& expansions, const base::Clock& clock,
                             absl::Duration acknowledgement_timeout, absl::Duration wake_every)
    : expansions_(expansions), clock_(clock), timeout_(acknowledgement_timeout) {
  if (wake_every == absl::InfiniteDuration()) return;
  loop_ = std::make_unique<store::BackgroundLoop>([this, wake_every] {
    WakeAll();
    return wake_every;
  });
}

ProgressBoard::CountPtr ProgressBoard::Find(const std::string& emergency_id) {
  CountPtr& count = counts_[emergency_id];
  if (count != nullptr) return count;
  CountPtr made = count = std::make_shared<Count>();
  if (counts_.size() > kKept) {
    const auto oldest = std::min_element(counts_.begin(), counts_.end(), [&](const auto& a, const auto& b) {
      return std::pair(a.second == made, a.second->fresh_until) < std::pair(b.second == made, b.second->fresh_until);
    });
    counts_.erase(oldest);
  }
  return made;
}

absl::Status ProgressBoard::CountAnew(const std::string& emergency_id, Count& count, absl::Time deadline) {
  const absl::Time began = absl::Now(), as_of = clock_.Now();
  auto tally = expansions_.Tally(emergency_id, as_of - timeout_, deadline);
  const absl::Time ended = absl::Now();
  const absl::MutexLock lock(&mutex_);
  count.counting = false;
  if (!tally.ok()) return tally.status();
  count.tally = *std::move(tally);
  count.as_of = as_of;
  count.known = true;
  count.fresh_until = ended + std::max(kCountedEvery, kTimesItsCost * (ended - began));
  return absl::OkStatus();
}

absl::StatusOr<v1::EmergencyProgress> ProgressBoard::Of(const std::string& emergency_id, v1::EmergencyState state,
                                                        absl::Time deadline) {
  CountPtr count;
  bool mine = false;
  {
    const absl::MutexLock lock(&mutex_);
    count = Find(emergency_id);
    const auto ready = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return count->known || !count->counting; };
    if (!mutex_.AwaitWithDeadline(absl::Condition(&ready), deadline)) {
      return base::DeadlineExceeded("STATEMENT_TIMEOUT",
                                    "the instructions of the order are still being counted; retry");
    }
    mine = !count->counting && (!count->known || absl::Now() >= count->fresh_until);
    if (mine) count->counting = true;
  }
  if (mine) RETURN_IF_ERROR(CountAnew(emergency_id, *count, deadline));
  const absl::MutexLock lock(&mutex_);
  v1::EmergencyProgress progress = ProgressOf(count->tally, state);
  *progress.mutable_as_of() = wire::ToProto(count->as_of);
  return progress;
}

std::shared_ptr<void> ProgressBoard::Follow(std::function<void()> wake) {
  auto waker = std::make_shared<Waker>(std::move(wake));
  const absl::MutexLock lock(&mutex_);
  followers_.push_back(waker);
  return waker;
}

void ProgressBoard::WakeAll() {
  std::vector<std::shared_ptr<Waker>> alive;
  {
    const absl::MutexLock lock(&mutex_);
    std::erase_if(followers_, [](const auto& each) { return each.expired(); });
    for (const auto& each : followers_) {
      if (auto waker = each.lock()) alive.push_back(std::move(waker));
    }
  }
  for (const auto& waker : alive) (*waker)();
}

}  // namespace derms::emergency
