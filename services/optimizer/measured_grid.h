// What DERs measured of the grid of each region. Of each region the hundredth part of meters that is furthest out,
// either way, does not count: a meter may be wrong. Pure.
#pragma once

#include <vector>

#include "absl/time/time.h"
#include "libs/store/queries.h"
#include "services/optimizer/grid_conditions.h"
#include "services/optimizer/problem_builder.h"

namespace derms::optimizer {

// What the newest readings in memory say of the frequency of each region, those that still hold (libs/domain/rollup.h)
// and are believed. Costs nothing, and says nothing of voltage: nameplates are in the database.
std::vector<GridExtremes> NewestFrequencies(const std::vector<FleetMember>& fleet, absl::Time now);

// What hours of readings say. `keys` are those of the fleet, by place; voltages count where the nameplate among
// `settings` has the nominal one.
std::vector<GridExtremes> ExtremesInHours(const std::vector<FleetMember>& fleet, const std::vector<base::DerKey>& keys,
                                          const std::vector<store::DerGridHours>& hours,
                                          const std::vector<store::DerGridSettings>& settings);

}  // namespace derms::optimizer
