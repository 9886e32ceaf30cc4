// Storage with priced energy rows, and flexible loads with priced delivery.
#include <cmath>

#include "libs/dispatch/checker_bound_parts.h"

namespace derms::dispatch::checking {

// The multipliers v(t) on E(t+1) = keep E(t) + ... price stored energy: charge, discharge, spill and energy part. Of
// the worth of headroom, a share a <= u (b <= d) is worth of the energy behind it, the rest of power:
//     -u headroom >= -(u - a) (discharge_max - p) - a eta_d (E - energy_min) / reserve_hours.
double LeastOfStorage(const Problem& problem, const Storage& storage, const Worth& worth, const StoragePrices& prices) {
  const double hours = absl::ToDoubleHours(problem.interval_length);
  const double keep = std::pow(1.0 - storage.standing_loss_per_hour, hours);
  const bool backed = problem.reserve_hours > 0.0;
  double sum = -keep * prices.stored[0] * storage.initial_energy_kwh;
  for (std::size_t t = 0; t < worth.injection.size(); ++t) {
    const double of_up = backed ? std::min(prices.energy_up[t], worth.up[t]) : 0.0;
    const double of_down = backed ? std::min(prices.energy_down[t], worth.down[t]) : 0.0;
    const double up = worth.up[t] - of_up, down = worth.down[t] - of_down;
    const double slope = -worth.injection[t] + up - down, value = prices.stored[t];

    const double charge = -slope - value * hours * storage.charge_efficiency;
    const double discharge = hours * storage.wear_usd_per_kwh + slope + value * hours / storage.discharge_efficiency;
    const double in = LeastOnBox(charge, 0.0, storage.charge_max_kw);
    const double out = LeastOnBox(discharge, 0.0, storage.discharge_max_kw);
    sum += storage.one_direction ? std::min(in, out) : in + out;
    sum -= up * storage.discharge_max_kw + down * storage.charge_max_kw;

    const double inflow = storage.inflow_kw ? problem.at(*storage.inflow_kw, static_cast<int>(t)) : 0.0;
    sum += hours * (LeastOnBox(value, 0.0, inflow) - value * inflow);

    double energy = value - keep * prices.stored[t + 1];
    if (backed) {
      const double per_kwh_up = storage.discharge_efficiency / problem.reserve_hours;
      const double per_kwh_down = 1.0 / (storage.charge_efficiency * problem.reserve_hours);
      energy += of_down * per_kwh_down - of_up * per_kwh_up;
      sum += of_up * per_kwh_up * storage.energy_min_kwh - of_down * per_kwh_down * storage.energy_max_kwh;
    }
    const EnergyBox box = EnergyBoxOf(problem, storage, static_cast<int>(t));
    sum += LeastOnBox(energy, box.least_kwh, box.most_kwh);
  }
  return sum;
}

namespace {

// Intervals on give any energy from n h min to n h max: only run lengths that can make up the energy count.
class LoadBound {
 public:
  LoadBound(const Problem& problem, const FlexibleLoad& load, const Worth& worth, double delivered)
      : load_(load),
        delivered_(delivered),
        hours_(absl::ToDoubleHours(problem.interval_length)),
        value_(load.undelivered_usd_per_kwh.value_or(0.0)) {
    const int end = load.window.end == 0 ? problem.interval_count : load.window.end;
    for (int t = load.window.first; t < end; ++t) {
      // Of a consumed kW, in USD: what it costs the region, less its share of the delivery.
      const double slope = worth.injection[static_cast<std::size_t>(t)] - delivered * hours_;
      running_.push_back(LeastOnBox(slope, load.min_kw, load.max_kw));
    }
  }

  double Compute() const {
    const auto most = static_cast<int>(running_.size());
    if (load_.min_kw <= 0.0) return load_.energy_kwh * delivered_ + Undelivered(most) + Sum(running_);
    double least = kUnlimited;
    for (int length = 0; length <= most; ++length) {
      if (IsPossible(length)) least = std::min(least, Undelivered(length) + Cheapest(length));
    }
    return load_.energy_kwh * delivered_ + least;
  }

 private:
  static constexpr double kRounding = 1e-6;  // kWh

  static double Sum(const Series& values) {
    double sum = 0.0;
    for (double value : values) sum += value;
    return sum;
  }

  double Least(int length) const { return length * hours_ * load_.min_kw; }
  double Most(int length) const { return length * hours_ * load_.max_kw; }
  bool IsPossible(int length) const {
    if (Least(length) > load_.energy_kwh + kRounding) return false;
    return load_.undelivered_usd_per_kwh.has_value() || Most(length) >= load_.energy_kwh - kRounding;
  }

  // Its price less its share of the delivery, over what can be left with so many intervals on.
  double Undelivered(int length) const {
    if (!load_.undelivered_usd_per_kwh) return 0.0;
    const double low = std::clamp(load_.energy_kwh - Most(length), 0.0, load_.energy_kwh);
    const double high = std::clamp(load_.energy_kwh - Least(length), 0.0, load_.energy_kwh);
    return LeastOnBox(value_ - delivered_, low, high);
  }

  // So many intervals on: in one run, or anywhere.
  double Cheapest(int length) const {
    const auto count = static_cast<std::size_t>(length);
    if (!load_.contiguous) {
      Series sorted = running_;
      std::sort(sorted.begin(), sorted.end());
      sorted.resize(count);
      return Sum(sorted);
    }
    double least = kUnlimited;
    for (std::size_t first = 0; first + count <= running_.size(); ++first) {
      const auto begin = running_.begin() + static_cast<std::ptrdiff_t>(first);
      least = std::min(least, Sum(Series(begin, begin + length)));
    }
    return least;
  }

  const FlexibleLoad& load_;
  const double delivered_, hours_, value_;
  Series running_;  // least value of an interval on, by interval of the window
};

}  // namespace

double LeastOfLoad(const Problem& problem, const FlexibleLoad& load, const Worth& worth, double delivered) {
  return LoadBound(problem, load, worth, delivered).Compute();
}

}  // namespace derms::dispatch::checking
