// Limits, defaults, instructions and set-points between protobuf and domain. Pure; inputs are validated before
// (libs/wire/validate.h).
#pragma once

#include <string>
#include <vector>

#include "derms/v1/control.pb.h"
#include "libs/domain/instruction.h"
#include "libs/domain/setpoint.h"
#include "libs/domain/standing_control.h"

namespace derms::emergency {

domain::PowerTerms FromProto(const v1::ControlPower& power);

// What is output only stays as it is in a new value; without starts_at it starts at `now`.
domain::StandingControl FromProto(domain::StandingKind kind, const v1::StandingControl& control, absl::Time now);
v1::StandingControl ToProto(const domain::StandingControl& control);

domain::ControlSource FromProto(v1::ControlSource source);
v1::ControlSource ToProto(domain::ControlSource source);
domain::InstructionState FromProto(v1::InstructionState state);
// The state is the one at `now`.
v1::Instruction ToProto(const domain::Instruction& instruction, absl::Time now);

v1::Control ToProto(const domain::Control& control);
// What the DER shall do, until `valid_until` at most; `controls` is the list that was resolved.
v1::Setpoint ToProto(const std::string& der_id, const domain::EffectiveSetpoint& setpoint,
                     const std::vector<domain::Control>& controls, absl::Time valid_until);

}  // namespace derms::emergency
