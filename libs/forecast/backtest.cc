#include "libs/forecast/backtest.h"

#include <algorithm>
#include <cmath>

#include "libs/base/error.h"

namespace derms::forecast {
namespace {

constexpr std::size_t kLearnEveryDays = 7;
constexpr std::size_t kLeadDays = 1;

// Rounding is no miss: bounds are made of the same numbers as values.
constexpr double kRounding = 1e-9;

}  // namespace

double PinballLoss(double value, double forecast, double q) {
  return value >= forecast ? (value - forecast) * q : (forecast - value) * (1 - q);
}

void ScoreKeeper::Add(double value, const ForecastPoint& forecast) {
  ++count_;
  absolute_ += std::abs(value - forecast.p50);
  squared_ += (value - forecast.p50) * (value - forecast.p50);
  pinball_ += (PinballLoss(value, forecast.p10, kLower) + PinballLoss(value, forecast.p50, kMiddle) +
               PinballLoss(value, forecast.p90, kUpper)) /
              3;
  width_ += forecast.p90 - forecast.p10;
  const double slack = kRounding * std::max(1.0, std::abs(value));
  const bool covered = value >= forecast.p10 - slack && value <= forecast.p90 + slack;
  if (covered && forecast.p90 - forecast.p10 <= slack) return;
  ++uncertain_count_;
  covered_ += covered ? 1 : 0;
}

Score ScoreKeeper::score() const {
  if (count_ == 0) return {};
  const auto n = static_cast<double>(count_);
  const double coverage = uncertain_count_ == 0 ? 1 : covered_ / static_cast<double>(uncertain_count_);
  return {absolute_ / n, std::sqrt(squared_ / n), pinball_ / n, coverage, width_ / n};
}

double Backtest::skill() const {
  const double reference = persistence.mean_absolute_error;
  return reference > 0 ? 1 - forecast.mean_absolute_error / reference : 0;
}

absl::StatusOr<Backtest> RunBacktest(const domain::SeriesPiece& series,
                                     const std::optional<domain::SeriesPiece>& temperature_c,
                                     const BacktestQuestion& question) {
  const std::size_t past = question.history_days, days = past + question.test_days;
  const absl::Time from = question.test_from - absl::Hours(24) * static_cast<std::int64_t>(past);
  std::optional<DayTable> temperatures;
  if (temperature_c) temperatures.emplace(*temperature_c, from, days);
  const SeasonalData data(DayTable(series, from, days), std::move(temperatures));
  const ValueRange range = RangeOf(series.kind);
  ScoreKeeper forecast, persistence;
  for (std::size_t learned = past; learned < days; learned += kLearnEveryDays) {
    ASSIGN_OR_RETURN(CalibratedModel model, CalibratedModel::Fit(data, learned - past, learned, kLeadDays, range));
    for (std::size_t day = learned; day < std::min(learned + kLearnEveryDays, days); ++day) {
      for (std::size_t slot = 0; slot < data.values.slots(); ++slot) {
        const ForecastPoint predicted = model.Forecast(data, day, slot);
        if (!data.values.known(day, slot) || std::isnan(predicted.p50)) continue;
        forecast.Add(data.values.at(day, slot), predicted);
        persistence.Add(data.values.at(day, slot), model.Persist(data, day, slot));
      }
      model.Learn(data, day);
    }
  }
  if (forecast.count() == 0) {
    return base::FailedPrecondition("HISTORY_TOO_SHORT",
                                    "no value of the series lies in the days to forecast; test other ones");
  }
  return Backtest{forecast.score(), persistence.score(), forecast.count()};
}

}  // namespace derms::forecast
