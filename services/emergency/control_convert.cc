#include "services/emergency/control_convert.h"

#include <algorithm>

#include "libs/wire/convert_time.h"

namespace derms::emergency {

using wire::FromProto;
using wire::ToProto;

domain::PowerTerms FromProto(const v1::ControlPower& power) {
  domain::PowerTerms terms;
  if (power.has_power_kw()) terms.power_kw = power.power_kw();
  if (power.has_max_power_kw()) terms.max_power_kw = power.max_power_kw();
  if (power.has_min_power_kw()) terms.min_power_kw = power.min_power_kw();
  if (power.has_power_share()) terms.power_share = power.power_share();
  if (power.has_max_power_share()) terms.max_power_share = power.max_power_share();
  if (power.has_min_power_share()) terms.min_power_share = power.min_power_share();
  return terms;
}

domain::StandingControl FromProto(domain::StandingKind kind, const v1::StandingControl& control, absl::Time now) {
  domain::StandingControl standing;
  standing.kind = kind;
  standing.control_id = control.control_id();
  standing.der_id = control.der_id();
  standing.region_id = control.region_id();
  standing.program = control.program();
  standing.primacy = control.primacy();
  standing.power = FromProto(control.power());
  standing.starts_at = control.has_starts_at() ? FromProto(control.starts_at()) : now;
  standing.valid_until = FromProto(control.valid_until());
  standing.reason = control.reason();
  return standing;
}

v1::StandingControl ToProto(const domain::StandingControl& standing) {
  v1::StandingControl control;
  control.set_control_id(standing.control_id);
  control.set_der_id(standing.der_id);
  control.set_region_id(standing.region_id);
  control.set_program(standing.program);
  control.set_primacy(standing.primacy);
  v1::ControlPower& power = *control.mutable_power();
  const domain::PowerTerms& terms = standing.power;
  if (terms.power_kw) power.set_power_kw(*terms.power_kw);
  if (terms.max_power_kw) power.set_max_power_kw(*terms.max_power_kw);
  if (terms.min_power_kw) power.set_min_power_kw(*terms.min_power_kw);
  if (terms.power_share) power.set_power_share(*terms.power_share);
  if (terms.max_power_share) power.set_max_power_share(*terms.max_power_share);
  if (terms.min_power_share) power.set_min_power_share(*terms.min_power_share);
  *control.mutable_starts_at() = ToProto(standing.starts_at);
  *control.mutable_valid_until() = ToProto(standing.valid_until);
  control.set_reason(standing.reason);
  control.set_put_by(standing.put_by);
  *control.mutable_updated_at() = ToProto(standing.put_at);
  control.set_revision(standing.revision);
  return control;
}

// Numbers are the same on both sides.
domain::ControlSource FromProto(v1::ControlSource source) {
  return static_cast<domain::ControlSource>(source);
}
v1::ControlSource ToProto(domain::ControlSource source) {
  return static_cast<v1::ControlSource>(source);
}
domain::InstructionState FromProto(v1::InstructionState state) {
  return static_cast<domain::InstructionState>(state);
}

v1::Instruction ToProto(const domain::Instruction& instruction, absl::Time now) {
  v1::Instruction told;
  told.set_der_id(instruction.der_id);
  told.set_source(ToProto(instruction.source));
  told.set_control_id(instruction.control_id);
  if (instruction.power_kw) told.mutable_power()->set_power_kw(*instruction.power_kw);
  if (instruction.max_power_kw) told.mutable_power()->set_max_power_kw(*instruction.max_power_kw);
  if (instruction.min_power_kw) told.mutable_power()->set_min_power_kw(*instruction.min_power_kw);
  if (instruction.connect) told.set_connect(*instruction.connect);
  *told.mutable_issued_at() = ToProto(instruction.issued_at);
  *told.mutable_starts_at() = ToProto(instruction.starts_at);
  *told.mutable_valid_until() = ToProto(instruction.valid_until);
  told.set_state(static_cast<v1::InstructionState>(instruction.StateAt(now)));
  *told.mutable_state_at() = ToProto(instruction.state_at);
  told.set_detail(instruction.detail);
  if (instruction.delivered_kw) told.set_delivered_kw(*instruction.delivered_kw);
  told.set_issued_by(instruction.issued_by);
  told.set_reason(instruction.reason);
  told.set_superseded_by(instruction.superseded_by);
  told.set_revision(instruction.revision);
  if (instruction.power_kw && instruction.delivered_kw) {
    told.set_performance(domain::PerformanceOf(*instruction.power_kw, *instruction.delivered_kw));
    told.set_performance_band(static_cast<v1::PerformanceBand>(domain::BandOf(told.performance())));
  }
  return told;
}

v1::Control ToProto(const domain::Control& control) {
  v1::Control told;
  told.set_source(ToProto(control.source));
  told.set_control_id(control.control_id);
  told.set_issued_by(control.issued_by);
  told.set_primacy(control.primacy);
  *told.mutable_issued_at() = ToProto(control.issued_at);
  *told.mutable_starts_at() = ToProto(control.starts_at);
  *told.mutable_valid_until() = ToProto(control.valid_until);
  if (control.power_kw) told.set_power_kw(*control.power_kw);
  if (control.max_power_kw) told.set_max_power_kw(*control.max_power_kw);
  if (control.min_power_kw) told.set_min_power_kw(*control.min_power_kw);
  if (control.connect) told.set_connect(*control.connect);
  if (control.mode) told.set_mode(static_cast<v1::OperatingMode>(*control.mode));
  return told;
}

v1::Setpoint ToProto(const std::string& der_id, const domain::EffectiveSetpoint& setpoint,
                     const std::vector<domain::Control>& controls, absl::Time valid_until) {
  v1::Setpoint told;
  told.set_der_id(der_id);
  told.set_power_kw(setpoint.power_kw);
  if (setpoint.max_power_kw) told.set_max_power_kw(*setpoint.max_power_kw);
  if (setpoint.min_power_kw) told.set_min_power_kw(*setpoint.min_power_kw);
  told.set_connected(setpoint.connected);
  told.set_operating_mode(static_cast<v1::OperatingMode>(setpoint.mode));
  *told.mutable_valid_until() = ToProto(std::min(valid_until, setpoint.valid_until));
  told.set_source(v1::CONTROL_SOURCE_FAIL_SAFE);
  // Off the grid it is who disconnects that the power comes from.
  const auto field = setpoint.connected ? domain::ControlField::kPower : domain::ControlField::kConnect;
  const int winner = setpoint.WinnerOf(field);
  if (winner == domain::kNoControl) return told;
  told.set_source(ToProto(controls[static_cast<std::size_t>(winner)].source));
  told.set_control_id(controls[static_cast<std::size_t>(winner)].control_id);
  return told;
}

}  // namespace derms::emergency
