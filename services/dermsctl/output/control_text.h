// What limits, instructions and set-points say, in words.
#pragma once

#include <string>

#include "derms/v1/control.pb.h"
#include "services/dermsctl/session.h"

namespace derms::dermsctl {

// "20 kW, at most 50 %"; empty when it says nothing.
std::string PowerText(const v1::ControlPower& power);
// The same, led by "connect" or "disconnect" where it says so.
std::string SaysText(const v1::Instruction& instruction);
std::string SaysText(const v1::Control& control);

// As people write it, without needless digits: "-30", "12.5".
std::string KwText(double power_kw);
// Empty for a time before or after all times that are set, as of what holds until further notice.
std::string BoundText(const Session& session, const google::protobuf::Timestamp& time);

}  // namespace derms::dermsctl
