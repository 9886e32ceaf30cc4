// The exact response of a hydro plant with an energy budget: a fractional knapsack.
//
// minimise sum_t (h cost - worth_t) p_t over min <= p_t <= available_t, h sum p <= budget. Above the minimum, energy
// goes to the intervals that pay most for a kWh, until the budget is spent or none pays more than its cost. (Greedy by
// value density is optimal for the continuous knapsack: Dantzig 1957.) The pay of the last one is the value of water.
// What a plant's own cost takes off the pay is the same in all intervals, so plants at the same prices share an order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libs/dispatch/fleet/fleet.h"

namespace derms::dispatch::fleet {

struct HydroTerms {
  double min_kw, capacity_kw, energy_budget_kwh, marginal_cost_usd_per_kwh;
  std::span<const double> profile;

  static HydroTerms Of(const Fleet& fleet, std::size_t i);
};

class HydroResponse {
 public:
  HydroResponse(std::size_t intervals, double hours);

  // Writes the powers and returns their cost without the worth, USD.
  double Solve(const HydroTerms& hydro, std::span<const double> worth_usd_per_kw, std::span<double> power_kw);

  // With a price of rho (USD per kW of deviation in an interval) on leaving the wished powers; as the others.
  double SolveNear(const HydroTerms& hydro, std::span<const double> worth_usd_per_kw, std::span<const double> wish_kw,
                   double rho_usd_per_kw, std::span<double> power_kw);

  // Value of water in the last solve, USD per kWh (solution.h, Multipliers::energy_budget).
  double water_usd_per_kwh() const { return water_usd_per_kwh_; }

 private:
  // Intervals by falling worth; kept while the worth is the same.
  void Order(std::span<const double> worth_usd_per_kw);
  // All plants start at their minimum. Returns what the budget leaves above it, kW summed over intervals.
  double Start(const HydroTerms& hydro, std::span<double> power_kw);
  // Takes an offer as far as the budget goes; false when it is spent.
  bool Take(double pay_usd_per_kw, double size_kw, std::size_t interval, double& left_kw, std::span<double> power_kw);
  double CostOf(const HydroTerms& hydro, std::span<const double> power_kw) const;

  const double hours_;
  std::vector<double> ordered_worth_;  // that order_ is of
  std::vector<std::uint32_t> order_;
  double water_usd_per_kwh_ = 0.0;
};

}  // namespace derms::dispatch::fleet
