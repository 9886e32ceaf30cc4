// What one DER was told and how far it has got with it, as it is to be acknowledged. Pure; time is given.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "derms/v1/control.pb.h"
#include "tests/sim/faults.h"
#include "tests/sim/simulated_der.h"

namespace derms::sim {

// True for what comes with a row of its own: schedules, limits and defaults are followed without a word.
bool IsAcknowledged(v1::ControlSource source);

// Not thread-safe.
class ToldInstruction {
 public:
  ToldInstruction(const v1::Setpoint& setpoint, const DerFaults& faults, absl::Time now);

  // The same instruction with other limits, or after something stronger was over.
  void Retold(const v1::Setpoint& setpoint) { target_ = TargetOf(setpoint); }
  // Decides, moves `der` towards the target and notes how far it has got.
  void Advance(SimulatedDer& der, absl::Time now);

  bool Is(v1::ControlSource source, const std::string& control_id) const {
    return source == source_ && control_id == control_id_;
  }
  // Something is to be said that nobody has confirmed and that is not under way.
  bool IsToBeSaid() const { return !deaf_ && !under_way_ && state_ != confirmed_; }
  v1::Acknowledgement Say(const std::string& der_id);
  // The answer to what was said last; without one it is said again.
  void Answered();
  void Unanswered() { under_way_ = false; }
  // Nothing will come of it any more.
  bool IsForgettable(absl::Time now) const;
  const std::string& control_id() const { return control_id_; }
  static Target TargetOf(const v1::Setpoint& setpoint);

 private:
  bool IsDecided() const;
  bool IsOver() const;
  void Decide(SimulatedDer& der, absl::Time now);
  void Progress(const SimulatedDer& der, absl::Time now);
  void End(v1::InstructionState state, std::string detail, std::optional<double> delivered_kw);

  const v1::ControlSource source_;
  const std::string control_id_;
  const bool deaf_, rejects_, aborts_;
  const absl::Time decides_at_;
  const absl::Time ends_at_;
  Target target_;
  double began_kw_ = 0;
  v1::InstructionState state_ = v1::INSTRUCTION_STATE_RECEIVED;
  v1::InstructionState confirmed_ = v1::INSTRUCTION_STATE_UNSPECIFIED;
  v1::InstructionState said_ = v1::INSTRUCTION_STATE_UNSPECIFIED;
  bool under_way_ = false;
  std::string detail_;
  std::optional<double> delivered_kw_;
};

}  // namespace derms::sim
