// An emergency order as all commands that deal with orders print it.
#pragma once

#include "derms/v1/emergency.pb.h"
#include "services/dermsctl/session.h"

namespace derms::dermsctl {

void PrintOrder(Session& session, const v1::EmergencyOrder& order);

}  // namespace derms::dermsctl
