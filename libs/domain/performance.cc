#include "libs/domain/performance.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace derms::domain {
namespace {

std::optional<double> Ratio(double part, double whole) {
  if (whole <= 0) return std::nullopt;
  return part / whole;
}

template <typename Better>
void Take(std::optional<double>& mine, const std::optional<double>& other, Better better) {
  if (other && (!mine || better(*other, *mine))) mine = other;
}

// Mean price of what was generated over the mean price of the time: L. Hirth, "The market value of variable
// renewables", Energy Economics 38 (2013).
std::optional<double> ValueFactor(const PerformanceSums& sums) {
  const auto captured = Ratio(sums.price_of_generated_usd, sums.priced_generated_kwh);
  const auto mean = Ratio(sums.price_sum, sums.priced_hours);
  if (!captured || !mean || *mean <= 0) return std::nullopt;
  return *captured / *mean;
}

}  // namespace

PerformanceSums& PerformanceSums::operator+=(const PerformanceSums& other) {
  der_count += other.der_count;
  using Sum = double PerformanceSums::*;
  static constexpr Sum kSums[] = {&PerformanceSums::capacity_kw,
                                  &PerformanceSums::period_hours,
                                  &PerformanceSums::online_hours,
                                  &PerformanceSums::offline_hours,
                                  &PerformanceSums::maintenance_hours,
                                  &PerformanceSums::available_hours,
                                  &PerformanceSums::covered_hours,
                                  &PerformanceSums::derated_hours,
                                  &PerformanceSums::capacity_period_kwh,
                                  &PerformanceSums::capacity_available_kwh,
                                  &PerformanceSums::capacity_covered_kwh,
                                  &PerformanceSums::capacity_deviation_kwh,
                                  &PerformanceSums::capacity_derated_kwh,
                                  &PerformanceSums::generated_kwh,
                                  &PerformanceSums::consumed_kwh,
                                  &PerformanceSums::available_kwh,
                                  &PerformanceSums::curtailed_kwh,
                                  &PerformanceSums::energy_value_usd,
                                  &PerformanceSums::operating_cost_usd,
                                  &PerformanceSums::priced_generated_kwh,
                                  &PerformanceSums::price_of_generated_usd,
                                  &PerformanceSums::priced_hours,
                                  &PerformanceSums::price_sum,
                                  &PerformanceSums::frequency_seconds,
                                  &PerformanceSums::frequency_outside_seconds,
                                  &PerformanceSums::voltage_seconds,
                                  &PerformanceSums::voltage_outside_seconds,
                                  &PerformanceSums::support_kwh,
                                  &PerformanceSums::quality_seconds,
                                  &PerformanceSums::valid_seconds};
  for (const Sum sum : kSums) this->*sum += other.*sum;
  Take(min_power_kw, other.min_power_kw, std::less<>());
  Take(max_power_kw, other.max_power_kw, std::greater<>());
  return *this;
}

PerformanceFigures FiguresOf(const PerformanceSums& sums) {
  PerformanceFigures figures;
  figures.availability_factor = Ratio(sums.available_hours, sums.period_hours);
  figures.weighted_equivalent_availability_factor =
      Ratio(sums.capacity_available_kwh - sums.capacity_derated_kwh, sums.capacity_period_kwh);
  figures.capacity_factor = Ratio(sums.generated_kwh, sums.capacity_period_kwh);
  figures.utilization = Ratio(sums.generated_kwh + sums.consumed_kwh, sums.capacity_covered_kwh);
  figures.curtailed_share = Ratio(sums.curtailed_kwh, sums.available_kwh);
  figures.cost_efficiency = ValueFactor(sums);
  figures.frequency_in_band_share =
      Ratio(sums.frequency_seconds - sums.frequency_outside_seconds, sums.frequency_seconds);
  figures.voltage_in_band_share = Ratio(sums.voltage_seconds - sums.voltage_outside_seconds, sums.voltage_seconds);
  figures.stability_contribution = Ratio(sums.support_kwh, sums.capacity_deviation_kwh);
  if (figures.stability_contribution) {
    figures.stability_contribution = std::clamp(*figures.stability_contribution, -1.0, 1.0);
  }
  figures.valid_share = Ratio(sums.valid_seconds, sums.quality_seconds);
  return figures;
}

std::optional<double> JainIndex(const std::vector<double>& given_up) {
  if (given_up.empty()) return std::nullopt;
  double sum = 0, squares = 0;
  for (const double value : given_up) {
    sum += value;
    squares += value * value;
  }
  if (squares == 0) return 1;
  return sum * sum / (static_cast<double>(given_up.size()) * squares);
}

std::vector<double> HourMeans(const SeriesPiece& series, absl::Time from, absl::Time until) {
  std::vector<double> means;
  const auto count = static_cast<std::int64_t>(series.values.size());
  const auto place_of = [&](absl::Time time) {
    absl::Duration rest;
    return absl::IDivDuration(absl::Floor(time - series.starts_at, series.interval), series.interval, &rest);
  };
  for (absl::Time hour = from; hour < until; hour += absl::Hours(1)) {
    const std::int64_t first = place_of(hour);
    const std::int64_t last = std::max(first, place_of(hour + absl::Hours(1) - absl::Nanoseconds(1)));
    double sum = 0;
    int known = 0;
    for (std::int64_t i = std::max<std::int64_t>(first, 0); i <= last && i < count; ++i) {
      const double value = series.values[static_cast<std::size_t>(i)];
      if (std::isnan(value)) continue;
      sum += value;
      ++known;
    }
    means.push_back(known == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / known);
  }
  return means;
}

}  // namespace derms::domain
