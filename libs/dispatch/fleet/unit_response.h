// The exact response of one unit with ramps and a convex cost curve to prices.
//
// minimise  sum_t h C(p_t) - worth_t p_t   over  min <= p_t <= max,  -ramp_down <= p_t - p_{t-1} <= ramp_up.
//
// V_t(p), the most that output p in interval t and all after it can earn, is concave and piecewise linear:
//     V_t(p) = worth_t p - h C(p) + max over reachable p' of V_{t+1}(p').
// The maximum over a window is the sup-convolution with an interval: insert a segment of slope 0 and length ramp_up +
// ramp_down, cut ramp_up off the left and ramp_down off the right. Forwards, p_t is the best output for its own sake
// (where V_t turns), as near as the ramps let it come.
//
// An anchor adds a reward for staying near a wished trajectory, - rho |p - wish| in each interval: one more step in the
// slopes of worth - h C'. Without it, units of one price would all move together where it is the price of the region.
#pragma once

#include <span>
#include <vector>

#include "libs/dispatch/fleet/fleet.h"
#include "libs/dispatch/fleet/slope_list.h"

namespace derms::dispatch::fleet {

struct UnitTerms {
  double min_kw, max_kw, ramp_up_kw, ramp_down_kw, initial_kw, cost_at_min_usd_per_hour;
  std::span<const float> piece_kw, piece_usd_per_kwh;

  static UnitTerms Of(const Units& units, std::size_t i);

  bool starts_anywhere() const;
  double CostUsdPerHour(double power_kw) const;
};

class UnitResponse {
 public:
  UnitResponse(std::size_t intervals, double hours);

  // Writes the powers and returns their cost without the worth, USD.
  double Solve(const UnitTerms& unit, std::span<const double> worth_usd_per_kw, std::span<double> power_kw);

  // The same with a price of rho (USD per kW of deviation in an interval) on leaving the wished powers, which is not
  // part of the cost returned.
  double SolveNear(const UnitTerms& unit, std::span<const double> worth_usd_per_kw, std::span<const double> wish_kw,
                   double rho_usd_per_kw, std::span<double> power_kw);

 private:
  // Slopes of worth - h C' over [0, max - min], kW above min, in profit_.
  void MakeProfit(const UnitTerms& unit, double worth);
  void MakeProfitNear(const UnitTerms& unit, double worth, double wish_kw, double rho);
  // One step backwards: value_ of the next interval, widened by the ramps, plus profit_. Returns the best output of the
  // interval, where the sum turns negative, kW above min.
  double StepBack(const UnitTerms& unit, bool is_last);
  double Forward(const UnitTerms& unit, std::span<double> power_kw) const;

  const double hours_;
  std::vector<Segment> value_, earlier_, profit_;
  std::vector<double> best_kw_;
};

// Prices of the ramps into each interval that prove the response optimal (solution.h, Multipliers): up - down.
// USD per kW; positive: ramping up is what binds.
void UnitMultipliers(const UnitTerms& unit, double hours, std::span<const double> worth_usd_per_kw,
                     std::span<const double> power_kw, std::span<double> ramp_usd_per_kw);

}  // namespace derms::dispatch::fleet
