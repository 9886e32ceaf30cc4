#include "libs/dispatch/robust_reserve.h"

#include <algorithm>
#include <cmath>

#include "libs/dispatch/objectives.h"
#include "libs/dispatch/region_tree.h"

namespace derms::dispatch {
namespace {

// Rounding must not ask for one error more: (39 + 1) 0.975 is 39.
constexpr double kRounding = 1e-9;

bool IsWithin(const RegionTree& tree, int region, int ancestor) {
  const std::vector<int>& path = tree.path_to_root(region);
  return std::find(path.begin(), path.end(), ancestor) != path.end();
}

// Element-wise; an empty series asks for nothing.
Series Larger(const Series& one, const Series& other) {
  if (one.empty() || other.empty()) return one.empty() ? other : one;
  Series larger = one;
  for (std::size_t t = 0; t < larger.size(); ++t) larger[t] = std::max(larger[t], other[t]);
  return larger;
}

}  // namespace

WeatherWeights WeatherWeightsOf(const Problem& problem, int region) {
  const RegionTree tree(problem.regions);
  WeatherWeights weights{Series(problem.profiles.size(), 0.0), Series(problem.profiles.size(), 0.0)};
  const auto add = [&](const ScaledProfile& availability, bool errs_down) {
    const auto profile = static_cast<std::size_t>(availability.profile);
    weights.up[profile] += availability.scale;
    if (errs_down) weights.down[profile] += availability.scale;
  };
  for (const Device& device : problem.devices) {
    if (!IsWithin(tree, device.region, region)) continue;
    if (const auto* renewable = std::get_if<Renewable>(&device.kind)) {
      add(renewable->availability_kw, renewable->must_take || !device.reserve_down);
    } else if (const auto* hydro = std::get_if<Hydro>(&device.kind)) {
      add(hydro->availability_kw, !device.reserve_down);
    }
  }
  return weights;
}

double ConformalQuantile(std::vector<double> errors, double probability) {
  const auto rank = std::ceil((static_cast<double>(errors.size()) + 1.0) * probability - kRounding);
  if (rank > static_cast<double>(errors.size())) return kUnlimited;
  const auto place = errors.begin() + static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
  std::nth_element(errors.begin(), place, errors.end());
  return *place;
}

// n >= (n + 1) probability
int ErrorsNeeded(double probability) {
  return static_cast<int>(std::ceil(probability / (1.0 - probability) - kRounding));
}

Series PersistenceErrors(const Series& history, int intervals_per_day, int interval, int neighbours) {
  const auto size = static_cast<std::ptrdiff_t>(history.size());
  const std::ptrdiff_t lag = static_cast<std::ptrdiff_t>(interval / intervals_per_day + 1) * intervals_per_day;
  Series errors;
  for (std::ptrdiff_t same = size + interval - lag; same - lag + neighbours >= 0; same -= intervals_per_day) {
    for (std::ptrdiff_t later = same - neighbours; later <= same + neighbours; ++later) {
      if (later >= size || later < lag) continue;
      const double error = history[static_cast<std::size_t>(later)] - history[static_cast<std::size_t>(later - lag)];
      if (!std::isnan(error)) errors.push_back(error);
    }
  }
  return errors;
}

double CombinedQuantile(const std::vector<double>& quantiles_kw, ErrorDependence dependence) {
  double sum = 0.0, squares = 0.0;
  for (double quantile : quantiles_kw) {
    sum += quantile;
    squares += quantile * quantile;
  }
  return dependence == ErrorDependence::kIndependent ? std::sqrt(squares) : sum;
}

ReserveTerms ReserveTermsOf(const Problem& problem, int region) {
  const Region& of = problem.regions[static_cast<std::size_t>(region)];
  return {of.reserve_up_kw, of.reserve_down_kw, problem.reserve_up_price_usd_per_kwh,
          problem.reserve_down_price_usd_per_kwh, problem.reserve_hours};
}

void SetReserveTerms(const ReserveTerms& terms, int region, Problem& problem) {
  Region& of = problem.regions[static_cast<std::size_t>(region)];
  of.reserve_up_kw = terms.up_kw;
  of.reserve_down_kw = terms.down_kw;
  problem.reserve_up_price_usd_per_kwh = terms.up_price_usd_per_kwh;
  problem.reserve_down_price_usd_per_kwh = terms.down_price_usd_per_kwh;
  problem.reserve_hours = terms.hours;
}

void RaiseReserve(const ReserveTerms& terms, int region, Problem& problem) {
  const ReserveTerms before = ReserveTermsOf(problem, region);
  ReserveTerms raised = terms;
  raised.up_kw = Larger(before.up_kw, terms.up_kw);
  raised.down_kw = Larger(before.down_kw, terms.down_kw);
  raised.hours = std::max(before.hours, terms.hours);
  if (AsksForReserve(problem)) {  // then the prices that stand there were meant
    raised.up_price_usd_per_kwh = std::max(before.up_price_usd_per_kwh, terms.up_price_usd_per_kwh);
    raised.down_price_usd_per_kwh = std::max(before.down_price_usd_per_kwh, terms.down_price_usd_per_kwh);
  }
  SetReserveTerms(raised, region, problem);
}

double SecureUpPrice(const Problem& problem) {
  return kMostOfService * problem.value_of_lost_load_usd_per_kwh;
}
double SecureDownPrice(const Problem& problem) {
  return kMostOfService * problem.over_generation_price_usd_per_kwh;
}

}  // namespace derms::dispatch
