// An emergency order in words, as all commands that deal with orders print it.
#pragma once

#include "derms/v1/emergency.pb.h"
#include "services/dermsctl/session.h"

namespace derms::dermsctl {

// Lines of label and text; JSON where that is wished.
void PrintOrder(Session& session, const v1::EmergencyOrder& order);

}  // namespace derms::dermsctl
