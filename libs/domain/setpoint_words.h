// An effective set-point in sentences for people: what holds, who says so, and why others do not count.
#pragma once

#include <string>
#include <vector>

#include "libs/domain/control.h"
#include "libs/domain/setpoint.h"

namespace derms::domain {

// "schedule RUN-1 (planner)", "limit FEEDER-12 of primacy 65 (operator-1)".
std::string DescribeControl(const Control& control);

// "40 kW: 55 kW by schedule RUN-1 (planner), lowered to 40 kW by limit FEEDER-12 of primacy 65 (operator-1)".
// `controls` is the list that was resolved.
std::string DescribeSetpoint(const EffectiveSetpoint& setpoint, const std::vector<Control>& controls);

// "55 kW by schedule RUN-1 (planner) does not count: operator I-7 (operator-1) is stronger".
std::string DescribeLoser(const Loser& loser, const std::vector<Control>& controls);

}  // namespace derms::domain
