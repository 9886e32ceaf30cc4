// An emergency order in words, as all commands that deal with orders print it.
#pragma once

#include <string>

#include "derms/v1/emergency.pb.h"
#include "services/dermsctl/session.h"

namespace derms::dermsctl {

// How it was decided on: "approved by operator-2: seen on site", "declined by ...", "lapsed"; empty: nobody had to, or
// has yet.
std::string DecisionText(const v1::EmergencyOrder& order);

// Lines of label and text; JSON where that is wished.
void PrintOrder(Session& session, const v1::EmergencyOrder& order);

}  // namespace derms::dermsctl
