// How good forecasts of a series would have been: each day of a stretch of the past from what was known before it.
// Pure; thread-safe.
#pragma once

#include <cstddef>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/records.h"
#include "libs/forecast/series_forecast.h"

namespace derms::forecast {

// Means over the judged values, in the unit of the series.
struct Score {
  double mean_absolute_error = 0;
  double root_mean_square_error = 0;
  double pinball_loss = 0;  // mean over P10, P50 and P90 (R. Koenker, G. Bassett, Econometrica 46, 1978)
  double coverage = 1;    // share of values within P10 and P90; 0.8 is right. What was certain and came true, as no sun
                          // at night, does not count; 1 when nothing counts
  double mean_width = 0;  // P90 less P10
};

// Collects what makes a score.
class ScoreKeeper {
 public:
  void Add(double value, const ForecastPoint& forecast);
  std::size_t count() const { return count_; }
  Score score() const;  // zeros while nothing was added

 private:
  std::size_t count_ = 0, uncertain_count_ = 0;
  double absolute_ = 0, squared_ = 0, pinball_ = 0, covered_ = 0, width_ = 0;
};

// (value - forecast) * q above the forecast, (forecast - value) * (1 - q) below it.
double PinballLoss(double value, double forecast, double q);

struct BacktestQuestion {
  absl::Time test_from;       // an interval start of the series
  std::size_t test_days = 0;  // at least 1
  std::size_t history_days = 365;
};

struct Backtest {
  Score forecast, persistence;
  std::size_t value_count = 0;

  // 1 - MAE of the forecast over that of persistence; 0 when both are without error.
  double skill() const;
};

// The models learn anew every seven days, their bands every day: the values of a day are known when the next one is
// forecast. `temperature_c`
// stands for a perfect forecast. HISTORY_TOO_SHORT as for CalibratedModel::Fit, and when no value can be judged.
absl::StatusOr<Backtest> RunBacktest(const domain::SeriesPiece& series,
                                     const std::optional<domain::SeriesPiece>& temperature_c,
                                     const BacktestQuestion& question);

}  // namespace derms::forecast
