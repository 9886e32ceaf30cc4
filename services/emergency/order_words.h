// What events say of emergency orders: who, why, and what was before and is after. Pure functions.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "libs/domain/approval.h"
#include "libs/domain/emergency.h"

namespace derms::emergency {

// "emergency order INJECT of 150 kW for region NORTH, 3 DERs bound: line 7 tripped. Before: BATTERY 3 DERs, 300 kW
// left. After: BATTERY 50 %." `approval`: null, or whose word it needed.
std::string AllocationSummary(const domain::EmergencyOrder& order, const domain::EmergencyApproval* approval = nullptr);

// "The emergency order for region NORTH was released before its end. Before: ACTIVE until ..., INJECT of 150 kW, 3 DERs
// bound, BATTERY 50 %, given by operator-1: line 7 tripped. After: RELEASED by operator-2."
std::string ReleaseSummary(const domain::EmergencyOrder& order);

// Asked for, `planned` as it would be; declined.
std::string RequestSummary(const domain::EmergencyOrder& planned, const domain::EmergencyApproval& approval);
std::string DeclineSummary(const domain::EmergencyApproval& approval);

}  // namespace derms::emergency
