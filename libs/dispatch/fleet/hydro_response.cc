#include "libs/dispatch/fleet/hydro_response.h"

#include <algorithm>
#include <cmath>

namespace derms::dispatch::fleet {

HydroTerms HydroTerms::Of(const Fleet& fleet, std::size_t i) {
  const Hydros& h = fleet.hydros;
  return {.min_kw = h.min_kw[i],
          .capacity_kw = h.capacity_kw[i],
          .energy_budget_kwh = h.energy_budget_kwh[i],
          .marginal_cost_usd_per_kwh = h.marginal_cost_usd_per_kwh[i],
          .profile = fleet.profiles[static_cast<std::size_t>(h.profile[i])]};
}

HydroResponse::HydroResponse(std::size_t intervals, double hours) : hours_(hours) {
  offers_.reserve(2 * intervals);
}

double HydroResponse::Solve(const HydroTerms& hydro, std::span<const double> worth, std::span<double> power_kw) {
  offers_.clear();
  for (std::size_t t = 0; t < worth.size(); ++t) {
    const double pay = worth[t] - hours_ * hydro.marginal_cost_usd_per_kwh;
    offers_.push_back({pay, std::max(hydro.capacity_kw * hydro.profile[t] - hydro.min_kw, 0.0), t});
  }
  return Fill(hydro, power_kw);
}

double HydroResponse::SolveNear(const HydroTerms& hydro, std::span<const double> worth, std::span<const double> wish_kw,
                                double rho, std::span<double> power_kw) {
  offers_.clear();
  for (std::size_t t = 0; t < worth.size(); ++t) {
    const double pay = worth[t] - hours_ * hydro.marginal_cost_usd_per_kwh;
    const double room = std::max(hydro.capacity_kw * hydro.profile[t] - hydro.min_kw, 0.0);
    const double wished = std::clamp(wish_kw[t] - hydro.min_kw, 0.0, room);
    offers_.push_back({pay + rho, wished, t});
    offers_.push_back({pay - rho, room - wished, t});
  }
  return Fill(hydro, power_kw);
}

double HydroResponse::Fill(const HydroTerms& hydro, std::span<double> power_kw) {
  std::sort(offers_.begin(), offers_.end(), [](const Offer& a, const Offer& b) {
    return a.pay_usd_per_kw != b.pay_usd_per_kw ? a.pay_usd_per_kw > b.pay_usd_per_kw : a.interval < b.interval;
  });
  std::fill(power_kw.begin(), power_kw.end(), hydro.min_kw);
  double sum_kw = hydro.min_kw * static_cast<double>(power_kw.size());
  double left_kw = std::max(hydro.energy_budget_kwh / hours_ - sum_kw, 0.0);
  water_usd_per_kwh_ = 0.0;
  for (const Offer& offer : offers_) {
    if (offer.pay_usd_per_kw <= 0.0) break;
    const double taken = std::min(left_kw, offer.size_kw);
    power_kw[offer.interval] += taken;
    sum_kw += taken;
    left_kw -= taken;
    if (taken < offer.size_kw) {
      water_usd_per_kwh_ = offer.pay_usd_per_kw / hours_;
      break;
    }
  }
  return hours_ * hydro.marginal_cost_usd_per_kwh * sum_kw;
}

}  // namespace derms::dispatch::fleet
