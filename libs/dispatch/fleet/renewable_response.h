// What the renewables of a class take of the weather at a price: all devices whose net cost is below it.
//
// Devices stand in merit order of net cost = marginal cost - curtailment price, so prefix sums of capacity and of
// capacity x net cost answer any price in O(log n), for the whole class and whatever its size.
#pragma once

#include <vector>

#include "libs/dispatch/fleet/fleet.h"

namespace derms::dispatch::fleet {

class MeritOrder {
 public:
  MeritOrder(const Renewables& renewables, const RenewableClass& of);

  // Capacity with a net cost of at most this price.
  double TakenAt(double price_usd_per_kwh) const;
  // sum of net cost x capacity over the first `taken_kw` of capacity: USD/h at full weather.
  double NetCost(double taken_kw) const;

  double capacity_kw() const { return sum_kw_.back(); }
  // Net cost of the device that the marginal kW of capacity belongs to.
  double PriceAt(double taken_kw) const;
  // sum of curtailment price x capacity: what taking nothing would cost, USD/h.
  double curtailment_usd_per_hour() const { return curtailment_usd_per_hour_; }

 private:
  std::vector<float> net_cost_;           // by device
  std::vector<double> sum_kw_, sum_usd_;  // one more entry: of the devices before
  double curtailment_usd_per_hour_ = 0.0;
};

inline float NetCost(const Renewables& renewables, std::size_t i) {
  return renewables.marginal_cost_usd_per_kwh[i] - renewables.curtailment_price_usd_per_kwh[i];
}

}  // namespace derms::dispatch::fleet
