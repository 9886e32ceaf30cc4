#include "services/optimizer/availability_band.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/forecast/conformal.h"

namespace derms::optimizer {

absl::StatusOr<BandedShares> PutBandAround(const std::vector<double>& shares, const std::vector<double>& past_shares,
                                           const std::vector<double>& past_measured, std::size_t slots) {
  forecast::ErrorsBySlot errors(slots);
  const std::size_t past = past_shares.size();
  for (std::size_t i = 0; i < past; ++i) {
    const std::size_t slot = (slots - (past - i) % slots) % slots;  // the newest one is the last slot
    if (!std::isnan(past_measured[i]) && !std::isnan(past_shares[i]))
      errors.Add(slot, past_measured[i] - past_shares[i]);
  }
  BandedShares banded{{}, errors.Fewest()};
  if (banded.error_count < forecast::kErrorsNeeded) {
    return base::FailedPrecondition(
               "HISTORY_TOO_SHORT",
               absl::StrCat("P10 and P90 need ", forecast::kErrorsNeeded,
                            " past errors of every time of day and one has ", banded.error_count,
                            ": store more of the measured availability and of the weather of that time with PutSeries"))
        .Metadata("needed", absl::StrCat(forecast::kErrorsNeeded))
        .Metadata("found", absl::StrCat(banded.error_count));
  }
  const forecast::ValueRange share{0, 1};
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const forecast::ErrorBand band = forecast::BandOf(errors.Around(i % slots));
    const double middle = shares[i] + band.middle;
    banded.points.push_back(forecast::PointOf(middle, {band.lower - band.middle, 0, band.upper - band.middle}, share));
  }
  return banded;
}

}  // namespace derms::optimizer
