// How far a plant's model was off in the past, put around what it says now. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/forecast/series_forecast.h"

namespace derms::optimizer {

struct BandedShares {
  std::vector<forecast::ForecastPoint> points;
  std::size_t error_count = 0;  // fewest behind an interval
};

// `shares` are predicted from an interval on; `past_shares` are what the model says, and `past_measured` what was
// measured (NaN: unknown), of the intervals that end there. `slots` intervals make a day. P50 is the prediction plus
// the median error of that time of day, and 0 where 0 is predicted; bands are those of forecast::ErrorsByKind, of what
// remains. FAILED_PRECONDITION HISTORY_TOO_SHORT when an interval has too few errors.
absl::StatusOr<BandedShares> PutBandAround(const std::vector<double>& shares, const std::vector<double>& past_shares,
                                           const std::vector<double>& past_measured, std::size_t slots);

}  // namespace derms::optimizer
