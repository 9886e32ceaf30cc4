#include "services/optimizer/availability_band.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/forecast/errors_by_kind.h"

namespace derms::optimizer {
namespace {

using Days = std::vector<forecast::JudgedDay>;

// By day, the newest one last and whole.
Days JudgedDays(const std::vector<double>& shares, const std::vector<double>& measured, std::size_t slots) {
  const std::vector<double> unknown(slots, std::numeric_limits<double>::quiet_NaN());
  const std::size_t past = shares.size(), count = (past + slots - 1) / slots, before = count * slots - past;
  Days days(count, forecast::JudgedDay{unknown, unknown});
  for (std::size_t i = 0; i < past; ++i) {
    forecast::JudgedDay& day = days[(before + i) / slots];
    day.forecasts[(before + i) % slots] = shares[i];
    day.errors[(before + i) % slots] = measured[i] - shares[i];
  }
  return days;
}

// By slot, the median error of it and its next neighbours, of forecasts of something; an error weighs as in a band.
std::vector<double> Corrections(const Days& days, std::size_t slots) {
  std::vector<double> corrections;
  for (std::size_t slot = 0; slot < slots; ++slot) {
    std::vector<forecast::WeightedError> errors;
    double weight = 1;
    for (auto day = days.rbegin(); day != days.rend(); ++day, weight *= forecast::kDayWeight) {
      for (const std::size_t near : forecast::Neighbours(slot, slots, 1)) {
        if (day->forecasts[near] != 0 && !std::isnan(day->errors[near])) errors.push_back({day->errors[near], weight});
      }
    }
    corrections.push_back(forecast::BandOf(std::move(errors)).middle);
  }
  return corrections;
}

double Corrected(double share, double correction) {
  return share == 0 ? 0 : share + correction;
}

Days WithCorrections(Days days, const std::vector<double>& corrections) {
  for (forecast::JudgedDay& day : days) {
    for (std::size_t slot = 0; slot < corrections.size(); ++slot) {
      if (day.forecasts[slot] != 0) day.errors[slot] -= corrections[slot];
    }
  }
  return days;
}

absl::Status TooShort(std::size_t found) {
  return base::FailedPrecondition(
             "HISTORY_TOO_SHORT",
             absl::StrCat("P10 and P90 need ", forecast::kErrorsNeeded,
                          " past errors of every time of day and one has ", found,
                          ": store more of the measured availability and of the weather of that time with PutSeries"))
      .Metadata("needed", absl::StrCat(forecast::kErrorsNeeded))
      .Metadata("found", absl::StrCat(found));
}

}  // namespace

absl::StatusOr<BandedShares> PutBandAround(const std::vector<double>& shares, const std::vector<double>& past_shares,
                                           const std::vector<double>& past_measured, std::size_t slots) {
  const Days raw = JudgedDays(past_shares, past_measured, slots);
  const std::vector<double> corrections = Corrections(raw, slots);
  const Days days = WithCorrections(raw, corrections);
  BandedShares banded{{}, std::numeric_limits<std::size_t>::max()};
  for (std::size_t lead_days = 1; banded.points.size() < shares.size(); ++lead_days) {
    const forecast::ErrorsByKind errors(days, lead_days);
    for (std::size_t slot = 0; slot < slots && banded.points.size() < shares.size(); ++slot) {
      const double share = shares[banded.points.size()];
      banded.error_count = std::min(banded.error_count, errors.count(slot, share));
      if (banded.error_count < forecast::kErrorsNeeded) return TooShort(banded.error_count);
      banded.points.push_back(forecast::PointOf(Corrected(share, corrections[slot]), errors.band(slot, share), {0, 1}));
    }
  }
  return banded;
}

}  // namespace derms::optimizer
