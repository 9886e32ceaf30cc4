// How DERs performed, from sums over their hours. Pure functions; docs/reports.md has the formulas with their sources.
#pragma once

#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "libs/domain/records.h"

namespace derms::domain {

// Sums over the hours of a period, of one DER or of several: sums of sums.
struct PerformanceSums {
  int der_count = 0;
  double capacity_kw = 0;

  double period_hours = 0;                                            // registered and not retired
  double online_hours = 0, offline_hours = 0, maintenance_hours = 0;  // by stored status
  double available_hours = 0;                                         // ONLINE and covered
  double covered_hours = 0;                                           // power known
  double derated_hours = 0;  // equivalent: available hours times the share of the capacity that is not to be had
  // The same times the capacity of each DER, kWh.
  double capacity_period_kwh = 0, capacity_available_kwh = 0, capacity_covered_kwh = 0, capacity_deviation_kwh = 0;
  double capacity_derated_kwh = 0;

  double generated_kwh = 0, consumed_kwh = 0;  // 0 or more
  std::optional<double> min_power_kw, max_power_kw;

  double available_kwh = 0, curtailed_kwh = 0;  // where an availability series says what could have been generated

  double energy_value_usd = 0, operating_cost_usd = 0;
  double priced_generated_kwh = 0, price_of_generated_usd = 0;  // generation in hours with a price, and its value
  double priced_hours = 0, price_sum = 0;                       // covered hours with a price; sum of price x hours

  double frequency_seconds = 0, frequency_outside_seconds = 0;
  double voltage_seconds = 0, voltage_outside_seconds = 0;  // where the nominal voltage is known
  double support_kwh = 0;
  double quality_seconds = 0, valid_seconds = 0;

  PerformanceSums& operator+=(const PerformanceSums& other);
};

// What follows; absent where the divisor is nothing.
struct PerformanceFigures {
  std::optional<double> availability_factor;                      // AF = AH / PH
  std::optional<double> weighted_equivalent_availability_factor;  // WEAF = (AH - EDH) NMC / (PH NMC)
  std::optional<double> capacity_factor;                          // NCF = energy / (NMC x PH)
  std::optional<double> utilization;
  std::optional<double> curtailed_share;
  std::optional<double> cost_efficiency;  // value factor
  std::optional<double> frequency_in_band_share, voltage_in_band_share;
  std::optional<double> stability_contribution;  // -1 to 1
  std::optional<double> valid_share;
};
PerformanceFigures FiguresOf(const PerformanceSums& sums);

// R. Jain, D. Chiu, W. Hawe, "A quantitative measure of fairness", DEC-TR-301, 1984: (sum x)^2 / (n sum x^2) of what
// each gave up; 1 when all gave up the same, or nothing; none without anybody.
std::optional<double> JainIndex(const std::vector<double>& given_up);

// Mean of the known values of a series in each hour from `from`, a whole hour, until `until`; NaN where there is none.
// A value longer than an hour counts in every hour that begins in it.
std::vector<double> HourMeans(const SeriesPiece& series, absl::Time from, absl::Time until);

}  // namespace derms::domain
