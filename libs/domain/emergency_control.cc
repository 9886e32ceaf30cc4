#include "libs/domain/emergency_control.h"

#include <algorithm>
#include <cmath>

#include "libs/domain/defaults.h"
#include "libs/domain/restoration.h"

namespace derms::domain {
namespace {

bool IsFinite(const std::optional<Reading>& reading) {
  return reading && reading->power_kw && std::isfinite(*reading->power_kw);
}

// What the order wants the DER to do, on top of what it does.
std::optional<double> TargetKw(const EmergencyOrder& order, const DerState& state) {
  if (state.pinned_kw) return state.pinned_kw;
  if (!IsFinite(state.reading)) return std::nullopt;
  const double fraction = FractionOf(order.shares, state.der->type);
  return MovedToKw(order.kind, fraction, state, order.ends_at - order.starts_at);
}

// The most that a REDUCE lets the DER give.
std::optional<double> LimitKw(const EmergencyOrder& order, const DerState& state) {
  if (state.pinned_kw) return state.pinned_kw;
  const double fraction = FractionOf(order.shares, state.der->type);
  if (fraction <= 0) return std::nullopt;
  return ReducedToKw(fraction, state, order.ends_at - order.starts_at);
}

// What the order says of the DER; false: nothing.
bool Fill(const EmergencyOrder& order, const DerState& state, Control& control) {
  switch (order.kind) {
    case EmergencyKind::kDisconnect:
      control.connect = false;
      return true;
    case EmergencyKind::kCeaseToEnergize:
      control.min_power_kw = 0;
      [[fallthrough]];
    case EmergencyKind::kCurtailAll:
      control.power_kw = 0;
      control.max_power_kw = 0;
      return true;
    case EmergencyKind::kReduce:
      control.max_power_kw = LimitKw(order, state);
      return control.max_power_kw.has_value();
    case EmergencyKind::kIsland:
      control.mode = OperatingMode::kIslanded;
      return true;
    case EmergencyKind::kBlackStart:
      control.mode = OperatingMode::kBlackStart;
      return true;
    case EmergencyKind::kInject:
    case EmergencyKind::kAbsorb:
      control.power_kw = TargetKw(order, state);
      control.override_limits = order.override_limits;
      return control.power_kw.has_value();
    case EmergencyKind::kRestore:
      break;
  }
  return false;
}

}  // namespace

std::optional<Control> ControlOf(const EmergencyOrder& order, const DerState& state, const RegionTree& regions) {
  if (order.exercise || !Binds(order, *state.der, regions)) return std::nullopt;
  Control control;
  control.source = ControlSource::kEmergency;
  control.control_id = order.emergency_id;
  control.issued_by = order.issued_by;
  control.issued_at = order.starts_at;
  control.starts_at = order.starts_at;
  const WayBack way = WayBackOf(order, *state.der);
  control.valid_until = way.turn;
  if (order.state != EmergencyState::kActive && order.restoration) control.returns_at = way.back;
  if (!Fill(order, state, control)) return std::nullopt;
  return control;
}

std::vector<Control> ControlsOf(const EmergencyOrder& order, const DerState& state, const RegionTree& regions) {
  std::vector<Control> controls;
  std::optional<Control> held = ControlOf(order, state, regions);
  if (!held) return controls;
  const double from_kw = order.kind == EmergencyKind::kReduce ? held->max_power_kw.value_or(0) : 0;
  controls = StepsOf(order, *state.der, from_kw);
  controls.insert(controls.begin(), *std::move(held));
  return controls;
}

Instruction UntilItsTurn(Instruction instruction, const EmergencyOrder& order, const Der& der, absl::Time now) {
  if (!order.restoration) return instruction;
  instruction.valid_until = WayBackOf(order, der).turn;
  const bool released = order.StateAt(now) == EmergencyState::kReleased;
  if (released && now >= instruction.valid_until && !IsFinal(instruction.state)) {
    instruction.state = InstructionState::kRevoked;
    instruction.state_at = instruction.valid_until;
  }
  return instruction;
}

}  // namespace derms::domain
