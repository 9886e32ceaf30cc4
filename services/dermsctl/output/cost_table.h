// What a schedule costs, part by part.
#pragma once

#include <span>
#include <utility>

#include "services/dermsctl/session.h"

namespace derms::dermsctl {

using CostPart = std::pair<const char*, double>;  // what for, USD

// Parts that cost nothing are left out.
void PrintCostTable(Session& session, std::span<const CostPart> parts, double total_usd);

}  // namespace derms::dermsctl
