// Forecasts of a series with P10, P50 and P90: the seasonal model, its errors on days that it did not learn from, and a
// band made of them. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/records.h"
#include "libs/forecast/errors_by_kind.h"
#include "libs/forecast/seasonal_model.h"

namespace derms::forecast {

struct ForecastPoint {
  double p10 = 0, p50 = 0, p90 = 0;
};

// Values that a series of a kind can have.
struct ValueRange {
  double least, most;
};
ValueRange RangeOf(domain::SeriesKind kind);
// p50 and the band around it, within the range and in order.
ForecastPoint PointOf(double p50, const ErrorBand& band, const ValueRange& range);

// Fewest days of the past: 28 behind the terms and two weeks to be wrong in.
inline constexpr std::size_t kFewestDays = 42;

// A model that knows how wrong it is.
class CalibratedModel {
 public:
  // Learns from the days [first, end) of the data: the newest quarter of them, 14 to 56 days, calibrates the band; the
  // model itself learns from all in the end. The data go on to the first day to forecast at least. FAILED_PRECONDITION
  // HISTORY_TOO_SHORT, with `needed` and `found`.
  static absl::StatusOr<CalibratedModel> Fit(const SeasonalData& data, std::size_t first, std::size_t end,
                                             std::size_t lead_days, const ValueRange& range);

  // The bands learn from a day that has become known, in order: the first is `end`.
  void Learn(const SeasonalData& data, std::size_t day);

  // Of the day `lead_days` after the newest that was learned. NaN where the week before holds no value.
  ForecastPoint Forecast(const SeasonalData& data, std::size_t day, std::size_t slot) const;
  // What persistence says of the same interval, with a band made from its errors on the same days.
  ForecastPoint Persist(const SeasonalData& data, std::size_t day, std::size_t slot) const;

  const SeasonalModel& model() const { return model_; }
  std::size_t error_count() const { return error_count_; }  // fewest behind the band of an interval of the first day

 private:
  CalibratedModel(SeasonalModel model, std::size_t lead_days, const ValueRange& range, ErrorsByKind errors,
                  ErrorsByKind persistence_errors);

  std::size_t FewestErrors(const SeasonalData& data, std::size_t day) const;

  SeasonalModel model_;
  std::size_t lead_days_;
  std::size_t error_count_ = 0;
  ValueRange range_;
  ErrorsByKind errors_, persistence_errors_;
};

struct Term {
  std::string name;
  double weight = 0;  // change of the forecast per standard deviation of the term, mean over the day
};

struct SeriesForecast {
  std::vector<ForecastPoint> points;
  std::size_t sample_count = 0;  // values that were learned from
  std::size_t error_count = 0;   // fewest behind an interval
  std::vector<Term> terms;       // heaviest first
};

struct SeriesQuestion {
  absl::Time starts_at;            // an interval start of the series; nothing of it is used from here on
  std::size_t interval_count = 0;  // at most kMostLeadDays days
  std::size_t history_days = 365;
};

// `temperature_c`, of the same interval, holds past and forecast. HISTORY_TOO_SHORT as above; also when the week before
// holds no value for a time of day.
absl::StatusOr<SeriesForecast> ForecastSeries(const domain::SeriesPiece& series,
                                              const std::optional<domain::SeriesPiece>& temperature_c,
                                              const SeriesQuestion& question);

}  // namespace derms::forecast
