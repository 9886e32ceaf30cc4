#include "libs/forecast/seasonal_terms.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "libs/forecast/angles.h"

namespace derms::forecast {
namespace {

constexpr double kHeatingBelowC = 18, kCoolingAboveC = 22;
constexpr double kDaysOfYear = 365.2425;
constexpr std::size_t kLastHours = 3;

// Mean of the last hours of a day, as far as they are known.
double EveningOf(const DayTable& values, std::size_t day) {
  const std::size_t count = std::max<std::size_t>(1, values.slots() * kLastHours / 24);
  double sum = 0;
  std::size_t known = 0;
  for (std::size_t slot = values.slots() - count; slot < values.slots(); ++slot) {
    if (!values.known(day, slot)) continue;
    sum += values.at(day, slot);
    ++known;
  }
  return known == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(known);
}

// Mean over a day of how far it was below the mean of the week that ends with it.
double DayBelowItsWeek(const DayTable& values, std::size_t day) {
  double sum = 0;
  std::size_t known = 0;
  for (std::size_t slot = 0; slot < values.slots(); ++slot) {
    if (!values.known(day, slot)) continue;
    sum += values.MeanOver(day, slot, 7) - values.at(day, slot);
    ++known;
  }
  return known == 0 ? 0 : sum / static_cast<double>(known);
}

double OrZero(double value) {
  return std::isnan(value) ? 0 : value;
}

void AddTemperature(const DayTable& air_c, std::size_t day, std::size_t slot, std::size_t newest,
                    std::vector<double>& terms) {
  const double now = air_c.at(day, slot), then = air_c.at(newest, slot);
  if (std::isnan(now) || std::isnan(then)) {
    terms.insert(terms.end(), {0, 0, 0});
    return;
  }
  const auto heating = [](double c) { return std::max(0.0, kHeatingBelowC - c); };
  const auto cooling = [](double c) { return std::max(0.0, c - kCoolingAboveC); };
  terms.insert(terms.end(), {now - then, heating(now) - heating(then), cooling(now) - cooling(then)});
}

}  // namespace

SeasonalData::SeasonalData(DayTable values_in, std::optional<DayTable> temperature_in)
    : values(std::move(values_in)), temperature_c(std::move(temperature_in)) {
  for (std::size_t day = 0; day < values.days(); ++day) {
    below_week.push_back(DayBelowItsWeek(values, day));
    evening.push_back(EveningOf(values, day));
  }
}

std::vector<std::string> TermNames(bool with_temperature) {
  std::vector<std::string> names = {"level of the newest day",   "mean of 3 days against it",
                                    "mean of 7 days against it", "mean of 28 days against it",
                                    "same time a week before",   "same time of the day before it",
                                    "its day against the week",  "its last hours against those before"};
  for (const char* day : {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}) {
    names.emplace_back(day);
  }
  names.insert(names.end(), {"season, winter to summer", "season, spring to autumn"});
  if (with_temperature) {
    names.insert(names.end(), {"warmer than that day", "more heating than that day", "more cooling than that day"});
  }
  return names;
}

double Persistence(const DayTable& values, std::size_t day, std::size_t slot, std::size_t lead_days) {
  return day < lead_days ? std::numeric_limits<double>::quiet_NaN() : values.Newest(day - lead_days, slot);
}

bool FillTerms(const SeasonalData& data, std::size_t day, std::size_t slot, std::size_t lead_days,
               std::vector<double>& terms) {
  terms.clear();
  if (day < lead_days + 7) return false;
  const DayTable& values = data.values;
  const std::size_t newest = day - lead_days;
  const double level = values.Newest(newest, slot);
  if (std::isnan(level)) return false;
  terms = {level,
           values.MeanOver(newest, slot, 3) - level,
           values.MeanOver(newest, slot, 7) - level,
           values.MeanOver(newest, slot, kDaysBehindTerms) - level,
           OrZero(values.Newest(day - 7, slot) - level),
           OrZero(values.Newest(newest - 1, slot) - level),
           data.below_week[newest],
           OrZero(data.evening[newest] - data.evening[newest - 1])};
  const absl::CivilDay date = absl::ToCivilDay(values.time(day, slot), absl::UTCTimeZone());
  const auto weekday = static_cast<int>(absl::GetWeekday(date));
  for (int i = 0; i < 7; ++i) terms.push_back(i == weekday ? 1 : 0);
  const double season = 2 * kPi * absl::GetYearDay(date) / kDaysOfYear;
  terms.insert(terms.end(), {std::cos(season), std::sin(season)});
  if (data.temperature_c) AddTemperature(*data.temperature_c, day, slot, newest, terms);
  return true;
}

}  // namespace derms::forecast
