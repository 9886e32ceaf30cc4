#include "libs/dispatch/objectives.h"

#include <algorithm>
#include <cmath>

#include "libs/base/error.h"
#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/region_tree.h"

namespace derms::dispatch {
namespace {

// A cost weight of 0 cannot mean "energy is free" (then nothing would be decided where the others are silent): it
// means that a wish may cost up to this factor more than its like.
constexpr double kLeastCostShare = 0.01;
constexpr double kLeastMeanPrice = 0.01;  // USD/kWh; keeps the wishes alive when energy is free

double SumOf(const ObjectiveWeights& weights) {
  return weights.cost + weights.renewable + weights.stability + weights.load_balance + weights.carbon;
}

double MeanImportPrice(const Problem& problem) {
  double sum = 0.0;
  int count = 0;
  for (const Region& region : problem.regions) {
    for (double price : region.import_price_usd_per_kwh) sum += std::abs(price);
    count += static_cast<int>(region.import_price_usd_per_kwh.size());
  }
  return count == 0 ? kLeastMeanPrice : std::max(sum / count, kLeastMeanPrice);
}

void AddCurtailmentPrice(double price, Problem& problem) {
  for (Device& device : problem.devices) {
    if (auto* renewable = std::get_if<Renewable>(&device.kind)) renewable->curtailment_price_usd_per_kwh += price;
  }
}

void PriceReserve(double price, Problem& problem) {
  double& up = problem.reserve_up_price_usd_per_kwh;
  double& down = problem.reserve_down_price_usd_per_kwh;
  const bool keep = AsksForReserve(problem);  // then the price that stands there was meant
  up = std::max(keep ? up : 0.0, std::min(price, kMostOfService * problem.value_of_lost_load_usd_per_kwh));
  down = std::max(keep ? down : 0.0, std::min(price, kMostOfService * problem.over_generation_price_usd_per_kwh));
}

void AskForReserve(const ObjectiveScales& scales, Problem& problem) {
  const RegionTree tree(problem.regions);
  const auto count = static_cast<std::size_t>(problem.interval_count);
  std::vector<Series> required(problem.regions.size(), Series(count, 0.0));
  for (std::size_t r = 0; r < problem.regions.size(); ++r) {
    Series& root = required[static_cast<std::size_t>(tree.root_of(static_cast<int>(r)))];
    for (std::size_t t = 0; t < count; ++t) {
      root[t] += scales.reserve_share_of_demand * ValueAt(problem.regions[r].demand_kw, static_cast<int>(t), 0.0);
    }
  }
  for (const Device& device : problem.devices) {
    if (!std::holds_alternative<Renewable>(device.kind)) continue;
    Series& root = required[static_cast<std::size_t>(tree.root_of(device.region))];
    for (std::size_t t = 0; t < count; ++t) {
      root[t] += scales.reserve_share_of_renewables * HighestOutputKw(problem, device, static_cast<int>(t));
    }
  }
  for (int root : tree.roots()) {
    Region& region = problem.regions[static_cast<std::size_t>(root)];
    region.reserve_up_kw.resize(count, 0.0);
    region.reserve_down_kw.resize(count, 0.0);
    for (std::size_t t = 0; t < count; ++t) {
      region.reserve_up_kw[t] = std::max(region.reserve_up_kw[t], required[static_cast<std::size_t>(root)][t]);
      region.reserve_down_kw[t] = std::max(region.reserve_down_kw[t], required[static_cast<std::size_t>(root)][t]);
    }
  }
}

void BalanceLoad(const ObjectiveScales& scales, double price, Problem& problem) {
  const double service =
      kMostOfService * std::min(problem.value_of_lost_load_usd_per_kwh, problem.over_generation_price_usd_per_kwh);
  for (Region& region : problem.regions) {
    if (region.parent >= 0) continue;
    region.peak_charge_usd_per_kw +=
        std::min(price * scales.peak_charge_in_mean_price_hours, service * problem.hours());
    region.flattening_usd_per_kwh += std::min(price * scales.flattening_in_mean_prices, service);
  }
}

// What the carbon of a mean imported kWh costs becomes a price per kg. Limited so that no load is shed for it.
void PriceCarbon(const ObjectiveScales& scales, double price, Problem& problem) {
  double sum = 0.0, highest = 0.0;
  std::size_t count = 0;
  for (const Region& region : problem.regions) {
    for (double kg : region.carbon_of_import_kg_per_kwh) {
      sum += kg;
      highest = std::max(highest, kg);
    }
    count += region.carbon_of_import_kg_per_kwh.size();
  }
  for (const Device& device : problem.devices) {
    if (const auto* unit = std::get_if<Unit>(&device.kind)) highest = std::max(highest, unit->co2_kg_per_kwh);
  }
  if (highest <= 0.0) return;  // nothing emits
  const double mean = sum > 0.0 ? sum / static_cast<double>(count) : scales.usual_carbon_kg_per_kwh;
  const double wish = price * scales.carbon_of_mean_import_in_mean_prices / mean;
  problem.carbon_price_usd_per_kg += std::min(wish, kMostOfService * problem.value_of_lost_load_usd_per_kwh / highest);
}

absl::Status CheckWeights(const ObjectiveWeights& weights) {
  base::Violations violations;
  const auto check = [&](const char* field, double value) {
    if (!std::isfinite(value) || value < 0.0) violations.Add(field, "must be a finite number, 0 or more");
  };
  check("objectives.cost", weights.cost);
  check("objectives.renewable", weights.renewable);
  check("objectives.stability", weights.stability);
  check("objectives.load_balance", weights.load_balance);
  check("objectives.carbon", weights.carbon);
  if (violations.empty() && SumOf(weights) == 0.0) {
    violations.Add("objectives", "needs at least one weight above 0");
  }
  return violations.ToStatus("INVALID_OBJECTIVES");
}

}  // namespace

bool AsksForReserve(const Problem& problem) {
  return std::any_of(problem.regions.begin(), problem.regions.end(), [](const Region& region) {
    return !region.reserve_up_kw.empty() || !region.reserve_down_kw.empty();
  });
}

absl::Status ApplyObjectives(const ObjectiveWeights& weights, const ObjectiveScales& scales, Problem& problem) {
  RETURN_IF_ERROR(CheckWeights(weights));
  const double sum = SumOf(weights);
  const double mean_price = MeanImportPrice(problem);
  // Price of a wish: its weight relative to the weight of cost, in mean energy prices.
  const auto price = [&](double weight) { return weight / std::max(weights.cost, kLeastCostShare * sum) * mean_price; };
  if (weights.renewable > 0.0) {
    AddCurtailmentPrice(std::min(price(weights.renewable) * scales.curtailment_in_mean_prices,
                                 kMostOfService * problem.over_generation_price_usd_per_kwh),
                        problem);
  }
  if (weights.stability > 0.0) {
    PriceReserve(price(weights.stability) * scales.reserve_price_in_mean_prices, problem);
    AskForReserve(scales, problem);
  }
  if (weights.load_balance > 0.0) BalanceLoad(scales, price(weights.load_balance), problem);
  if (weights.carbon > 0.0) PriceCarbon(scales, price(weights.carbon), problem);
  return absl::OkStatus();
}

}  // namespace derms::dispatch
