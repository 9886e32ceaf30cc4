// How far an emergency order has got, in words.
#pragma once

#include "derms/v1/emergency.pb.h"
#include "services/dermsctl/session.h"

namespace derms::dermsctl {

// Lines of label and text, as those of an order; none when the order has no progress.
void PrintProgress(Session& session, const v1::EmergencyOrder& order);
// A line: time, how many are told, have answered, have not, what was delivered, and how many are back; of an order
// without progress, as one that waits for approval, its state alone.
void PrintProgressLine(Session& session, const v1::EmergencyOrder& order);

}  // namespace derms::dermsctl
