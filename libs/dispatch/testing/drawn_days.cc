#include "libs/dispatch/testing/drawn_days.h"

#include <algorithm>
#include <random>
#include <vector>

#include "libs/dispatch/testing/realised_day.h"

namespace derms::dispatch::testing {

ReserveTerms KnownNeed(const Problem& problem, const DrawnErrors& errors, double normal_quantile,
                       double sustain_hours) {
  const WeatherWeights weights = WeatherWeightsOf(problem, 0);
  const Series& demand_kw = problem.regions[0].demand_kw;
  ReserveTerms need{{}, {}, SecureUpPrice(problem), SecureDownPrice(problem), sustain_hours};
  for (std::size_t t = 0; t < demand_kw.size(); ++t) {
    std::vector<double> up{normal_quantile * errors.load_deviation * demand_kw[t]}, down = up;
    for (std::size_t p = 0; p < problem.profiles.size(); ++p) {
      const double quantile = normal_quantile * errors.profile_deviation * problem.profiles[p][t];
      up.push_back(weights.up[p] * quantile);
      down.push_back(weights.down[p] * quantile);
    }
    need.up_kw.push_back(CombinedQuantile(up, ErrorDependence::kIndependent));
    need.down_kw.push_back(CombinedQuantile(down, ErrorDependence::kIndependent));
  }
  return need;
}

double ShortfallRate(const Problem& problem, const Solution& solution, const DrawnErrors& errors, int days) {
  std::mt19937_64 random(20'200'715);
  std::normal_distribution<double> normal;
  const Series& demand_kw = problem.regions[0].demand_kw;
  int shortfalls = 0;
  for (int day = 0; day < days; ++day) {
    for (std::size_t t = 0; t < demand_kw.size(); ++t) {
      RealisedInterval realised;
      realised.demand_kw = demand_kw[t] * (1 + errors.load_deviation * normal(random));
      for (const Series& profile : problem.profiles) {
        realised.profiles.push_back(std::max(0.0, profile[t] * (1 + errors.profile_deviation * normal(random))));
      }
      shortfalls += BalanceOf(problem, solution, realised, static_cast<int>(t)) != Balance::kKept;
    }
  }
  return static_cast<double>(shortfalls) / (days * static_cast<double>(demand_kw.size()));
}

}  // namespace derms::dispatch::testing
