// What events say of limits that are breached and relieved. Pure functions.
#pragma once

#include <string>

#include "libs/domain/limit_supervision.h"
#include "services/emergency/region_power.h"
#include "services/emergency/supervised_limits.h"

namespace derms::emergency {

// "Region NORTH exports 620.0 kW, 120.0 kW over its export limit of 500.0 kW: 3 DERs are ... 2 of 40 DERs have no fresh
// reading and do not count. Every DER is limited to 78.1 % of its capacity." `share`: 1 when nothing is corrected.
std::string BreachText(const std::string& region_id, const FlowLimit& limit, double flow_kw, const std::string& cause,
                       const RegionTotals& totals, double share);
// "DER SUN_1 gives 120.0 kW, 20.0 kW above its set-point, while region NORTH is over its export limit."
std::string PartText(const domain::SetpointPart& part, const std::string& region_id, const FlowLimit& limit);
// "limited to 78.1 % of its capacity"
std::string ShareText(domain::FlowDirection direction, double share);

}  // namespace derms::emergency
