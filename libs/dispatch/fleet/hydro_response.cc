#include "libs/dispatch/fleet/hydro_response.h"

#include <algorithm>
#include <numeric>

namespace derms::dispatch::fleet {

HydroTerms HydroTerms::Of(const Fleet& fleet, std::size_t i) {
  const Hydros& h = fleet.hydros;
  return {.min_kw = h.min_kw[i],
          .capacity_kw = h.capacity_kw[i],
          .energy_budget_kwh = h.energy_budget_kwh[i],
          .marginal_cost_usd_per_kwh = h.marginal_cost_usd_per_kwh[i],
          .profile = fleet.profiles[static_cast<std::size_t>(h.profile[i])]};
}

HydroResponse::HydroResponse(std::size_t intervals, double hours) : hours_(hours), order_(intervals) {}

double HydroResponse::Solve(const HydroTerms& hydro, std::span<const double> worth, std::span<double> power_kw) {
  Order(worth);
  double left_kw = Start(hydro, power_kw);
  for (const std::uint32_t t : order_) {
    const double pay = worth[t] - hours_ * hydro.marginal_cost_usd_per_kwh;
    const double room = std::max(hydro.capacity_kw * hydro.profile[t] - hydro.min_kw, 0.0);
    if (pay <= 0.0 || !Take(pay, room, t, left_kw, power_kw)) break;
  }
  return CostOf(hydro, power_kw);
}

// Up to the wish an interval pays rho more, beyond it rho less: two offers, and two sequences in the same order,
// merged.
double HydroResponse::SolveNear(const HydroTerms& hydro, std::span<const double> worth, std::span<const double> wish_kw,
                                double rho, std::span<double> power_kw) {
  Order(worth);
  double left_kw = Start(hydro, power_kw);
  std::size_t near = 0, far = 0;
  while (far < order_.size()) {
    const bool to_wish = near < order_.size() && worth[order_[near]] + rho >= worth[order_[far]] - rho;
    const std::uint32_t t = to_wish ? order_[near++] : order_[far++];
    const double pay = worth[t] + (to_wish ? rho : -rho) - hours_ * hydro.marginal_cost_usd_per_kwh;
    const double room = std::max(hydro.capacity_kw * hydro.profile[t] - hydro.min_kw, 0.0);
    const double wished = std::clamp(wish_kw[t] - hydro.min_kw, 0.0, room);
    if (pay <= 0.0 || !Take(pay, to_wish ? wished : room - wished, t, left_kw, power_kw)) break;
  }
  return CostOf(hydro, power_kw);
}

void HydroResponse::Order(std::span<const double> worth) {
  if (std::equal(worth.begin(), worth.end(), ordered_worth_.begin(), ordered_worth_.end())) return;
  ordered_worth_.assign(worth.begin(), worth.end());
  std::iota(order_.begin(), order_.end(), 0U);
  std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) { return worth[a] > worth[b]; });
}

double HydroResponse::Start(const HydroTerms& hydro, std::span<double> power_kw) {
  std::fill(power_kw.begin(), power_kw.end(), hydro.min_kw);
  water_usd_per_kwh_ = 0.0;
  return std::max(hydro.energy_budget_kwh / hours_ - hydro.min_kw * static_cast<double>(power_kw.size()), 0.0);
}

bool HydroResponse::Take(double pay, double size_kw, std::size_t t, double& left_kw, std::span<double> power_kw) {
  const double taken = std::min(left_kw, size_kw);
  power_kw[t] += taken;
  left_kw -= taken;
  if (taken == size_kw) return true;
  water_usd_per_kwh_ = pay / hours_;
  return false;
}

double HydroResponse::CostOf(const HydroTerms& hydro, std::span<const double> power_kw) const {
  double sum_kw = 0.0;
  for (const double power : power_kw) sum_kw += power;
  return hours_ * hydro.marginal_cost_usd_per_kwh * sum_kw;
}

}  // namespace derms::dispatch::fleet
