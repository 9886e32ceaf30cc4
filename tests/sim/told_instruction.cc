#include "tests/sim/told_instruction.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libs/wire/convert_time.h"

namespace derms::sim {
namespace {

// What is done in part is said before its time is over: the service takes nothing after it.
constexpr absl::Duration kSayBeforeEnd = absl::Seconds(2);
constexpr absl::Duration kRemember = absl::Minutes(1);
constexpr double kMovedShare = 0.01;

absl::Time EndOf(const v1::Setpoint& setpoint, absl::Time now) {
  if (!setpoint.has_valid_until()) return absl::InfiniteFuture();
  const absl::Time end = wire::FromProto(setpoint.valid_until());
  return end - std::min(kSayBeforeEnd, (end - now) / 4);
}

}  // namespace

bool IsAcknowledged(v1::ControlSource source) {
  return source == v1::CONTROL_SOURCE_EMERGENCY || source == v1::CONTROL_SOURCE_OPERATOR ||
         source == v1::CONTROL_SOURCE_OWNER;
}

ToldInstruction::ToldInstruction(const v1::Setpoint& setpoint, const DerFaults& faults, absl::Time now)
    : source_(setpoint.source()),
      control_id_(setpoint.control_id()),
      deaf_(faults.deaf),
      rejects_(faults.rejects),
      aborts_(faults.aborts),
      decides_at_(now + faults.late),
      ends_at_(EndOf(setpoint, now)),
      target_(TargetOf(setpoint)) {}

Target ToldInstruction::TargetOf(const v1::Setpoint& setpoint) {
  Target target{.power_kw = setpoint.power_kw(), .connected = setpoint.connected()};
  if (setpoint.operating_mode() != v1::OPERATING_MODE_UNSPECIFIED) {
    target.mode = static_cast<domain::OperatingMode>(setpoint.operating_mode());  // the same numbers
  }
  return target;
}

bool ToldInstruction::IsDecided() const {
  return state_ != v1::INSTRUCTION_STATE_RECEIVED;
}

bool ToldInstruction::IsOver() const {
  return state_ == v1::INSTRUCTION_STATE_REJECTED || state_ == v1::INSTRUCTION_STATE_ABORTED ||
         state_ == v1::INSTRUCTION_STATE_PARTIAL;
}

void ToldInstruction::Advance(SimulatedDer& der, absl::Time now) {
  if (!IsDecided()) Decide(der, now);
  if (IsDecided() && !IsOver()) der.Follow(target_);  // also once it has SUCCEEDED: it goes on
  der.Advance(now);
  if (state_ == v1::INSTRUCTION_STATE_ACCEPTED || state_ == v1::INSTRUCTION_STATE_STARTED) Progress(der, now);
}

void ToldInstruction::Decide(SimulatedDer& der, absl::Time now) {
  if (now < decides_at_) return;
  if (rejects_) return End(v1::INSTRUCTION_STATE_REJECTED, "inverter too hot", std::nullopt);
  began_kw_ = der.power_kw();
  state_ = v1::INSTRUCTION_STATE_ACCEPTED;
}

void ToldInstruction::Progress(const SimulatedDer& der, absl::Time now) {
  if (der.HasReachedTarget()) return End(v1::INSTRUCTION_STATE_SUCCEEDED, "", der.power_kw());
  const bool moved = std::abs(der.power_kw() - began_kw_) > kMovedShare * der.traits().capacity_kw;
  if (moved && aborts_) return End(v1::INSTRUCTION_STATE_ABORTED, "lost an inverter on the way", der.power_kw());
  if (moved) state_ = v1::INSTRUCTION_STATE_STARTED;
  if (der.is_storage() && der.IsStuckShort()) {
    return End(v1::INSTRUCTION_STATE_PARTIAL, "the store is at the end of its band", der.power_kw());
  }
  if (now >= ends_at_) End(v1::INSTRUCTION_STATE_PARTIAL, "its time was over before", der.power_kw());
}

void ToldInstruction::End(v1::InstructionState state, std::string detail, std::optional<double> delivered_kw) {
  state_ = state;
  detail_ = std::move(detail);
  delivered_kw_ = delivered_kw;
}

v1::Acknowledgement ToldInstruction::Say(const std::string& der_id) {
  v1::Acknowledgement said;
  said.set_der_id(der_id);
  said.set_source(source_);
  said.set_control_id(control_id_);
  said.set_state(state_);
  said.set_detail(detail_);
  if (delivered_kw_) said.set_delivered_kw(*delivered_kw_);
  said_ = state_;
  under_way_ = true;
  return said;
}

void ToldInstruction::Answered() {
  confirmed_ = said_;
  under_way_ = false;
}

bool ToldInstruction::IsForgettable(absl::Time now) const {
  return !IsToBeSaid() && !under_way_ && now > ends_at_ + kRemember;
}

}  // namespace derms::sim
