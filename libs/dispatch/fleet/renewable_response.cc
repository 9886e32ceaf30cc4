#include "libs/dispatch/fleet/renewable_response.h"

#include <algorithm>

namespace derms::dispatch::fleet {

MeritOrder::MeritOrder(const Renewables& renewables, const RenewableClass& of) : sum_kw_(1, 0.0), sum_usd_(1, 0.0) {
  for (std::size_t i = of.begin; i < of.end; ++i) {
    const double capacity = renewables.capacity_kw[i];
    // In the arithmetic of the cost, not of the order: floats would round the difference.
    const double net = static_cast<double>(renewables.marginal_cost_usd_per_kwh[i]) -
                       static_cast<double>(renewables.curtailment_price_usd_per_kwh[i]);
    net_cost_.push_back(fleet::NetCost(renewables, i));
    sum_kw_.push_back(sum_kw_.back() + capacity);
    sum_usd_.push_back(sum_usd_.back() + capacity * net);
    curtailment_usd_per_hour_ += capacity * static_cast<double>(renewables.curtailment_price_usd_per_kwh[i]);
  }
}

double MeritOrder::TakenAt(double price_usd_per_kwh) const {
  const auto end = std::upper_bound(net_cost_.begin(), net_cost_.end(), price_usd_per_kwh,
                                    [](double price, float net) { return price < static_cast<double>(net); });
  return sum_kw_[static_cast<std::size_t>(end - net_cost_.begin())];
}

double MeritOrder::NetCost(double taken_kw) const {
  const auto after = std::lower_bound(sum_kw_.begin(), sum_kw_.end(), taken_kw);
  if (after == sum_kw_.begin()) return 0.0;
  if (after == sum_kw_.end()) return sum_usd_.back();
  const auto k = static_cast<std::size_t>(after - sum_kw_.begin());
  const double share = (taken_kw - sum_kw_[k - 1]) / (sum_kw_[k] - sum_kw_[k - 1]);
  return sum_usd_[k - 1] + share * (sum_usd_[k] - sum_usd_[k - 1]);
}

double MeritOrder::PriceAt(double taken_kw) const {
  if (net_cost_.empty()) return 0.0;
  const auto after = std::lower_bound(sum_kw_.begin() + 1, sum_kw_.end(), taken_kw);
  const auto k = std::min(static_cast<std::size_t>(after - sum_kw_.begin()) - 1, net_cost_.size() - 1);
  return static_cast<double>(net_cost_[k]);
}

}  // namespace derms::dispatch::fleet
