// How a series goes on, from its own past: persistence, corrected by what has proved to be wrong with it. Pure;
// thread-safe to read.
//
// For each time of day a robust ridge regression (robust_ridge.h) of the change against the newest known value of the
// same time of day, on terms that a person can read: how that value stands against the mean of 3, 7 and 28 days, a week
// ago, the day before; how the last hours and the last day stood against the days before them; the day of the week; the
// season; and, when the air temperature is known, how heating, cooling and temperature change against that day. Samples
// of the neighbouring times of day help. Nothing that says nothing moves the forecast away from persistence.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "libs/forecast/day_table.h"
#include "libs/forecast/robust_ridge.h"

namespace derms::forecast {

// The series and what it depends on, over the same days.
struct SeasonalData {
  // `temperature_c` is past and forecast.
  explicit SeasonalData(DayTable values, std::optional<DayTable> temperature_c = std::nullopt);

  DayTable values;
  std::optional<DayTable> temperature_c;
  std::vector<double> below_week;  // by day: mean of the week that ends with it less its own
  std::vector<double> evening;     // by day: mean of its last three hours; NaN when unknown
};

inline constexpr std::size_t kDaysBehindTerms = 28;  // a term looks so far back
inline constexpr std::size_t kMostLeadDays = 7;

// Names of the terms, in the order of LinearModel::weights.
std::vector<std::string> TermNames(bool with_temperature);

// The newest value of the slot that is known `lead_days` before `day`: what persistence says. NaN: none for a week.
double Persistence(const DayTable& values, std::size_t day, std::size_t slot, std::size_t lead_days);

class SeasonalModel {
 public:
  // Learns from the days [first, end) to forecast a day `lead_days` (1 to 7) after the newest known one: with 1 all
  // before the day is known. `data` is only read here.
  static SeasonalModel Fit(const SeasonalData& data, std::size_t first, std::size_t end, std::size_t lead_days);

  // Of a day of the data, which may hold more days than were there to learn from; uses nothing later than `lead_days`
  // before it. 0 where the week before holds nothing but zeros at that time of day, as the sun at night. NaN where it
  // holds no value.
  double Forecast(const SeasonalData& data, std::size_t day, std::size_t slot) const;

  std::size_t sample_count() const { return sample_count_; }
  // Mean over the day of the size of each term's weight, in the unit of the series.
  std::vector<double> MeanWeights() const;

 private:
  std::size_t lead_days_ = 1;
  std::size_t sample_count_ = 0;
  std::vector<LinearModel> by_slot_;
};

}  // namespace derms::forecast
