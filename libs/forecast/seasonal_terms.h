// The terms of the seasonal model for one interval of one day. Used by seasonal_model.cc.
#pragma once

#include <cstddef>
#include <vector>

#include "libs/forecast/seasonal_model.h"

namespace derms::forecast {

// Empties `terms` and fills it, in the order of TermNames; false when the past does not hold what they need.
bool FillTerms(const SeasonalData& data, std::size_t day, std::size_t slot, std::size_t lead_days,
               std::vector<double>& terms);

}  // namespace derms::forecast
