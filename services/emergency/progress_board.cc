#include "services/emergency/progress_board.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "libs/base/error.h"
#include "libs/domain/instruction.h"
#include "libs/wire/convert_time.h"

namespace derms::emergency {
namespace {

using domain::InstructionState;

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

absl::StatusOr<v1::EmergencyProgress> ProgressBoard::Of(const v1::EmergencyOrder& order, absl::Time deadline) {
  const auto count = [&]() -> absl::StatusOr<Counted> {
    const absl::Time as_of = clock_.Now();
    ASSIGN_OR_RETURN(store::ExpansionTally tally, expansions_.Tally(order.emergency_id(), as_of - timeout_, deadline));
    return Counted{std::move(tally), as_of};
  };
  ASSIGN_OR_RETURN(const Counted counted, counts_.Of(order.emergency_id(), count, deadline));
  const bool gives_back = order.restoration().restored_count() < order.restoration().der_count();
  v1::EmergencyProgress progress = ProgressOf(counted.tally, gives_back ? v1::EMERGENCY_STATE_ACTIVE : order.state());
  *progress.mutable_as_of() = wire::ToProto(counted.as_of);
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
