// The lower bound that prices prove, by weak duality: every row between devices or intervals goes into the cost with
// its multiplier, and the rest is minimised over boxes, pairs of exclusive directions, and pieces. At most the cost of
// any feasible schedule, whatever the multipliers are (Boyd and Vandenberghe, Convex Optimization, 5.1.3).
#include "libs/dispatch/fleet/fleet_checker_parts.h"

namespace derms::dispatch::fleet::checking {
namespace {

double D(float value) {
  return static_cast<double>(value);
}

// Least value of slope x for x from low to high.
double LeastOver(double low, double high, double slope) {
  return slope * (slope > 0.0 ? low : high);
}

double FiniteOr0(const Series& series, std::size_t t) {
  return !series.empty() && std::isfinite(series[t]) ? series[t] : 0.0;
}

// A region's multipliers as they may be used: finite, of the right sign, zero where there is no such row.
struct AdmissiblePrices {
  Series balance, flattening, peak;
  Series up, down;
  Series import_limit, export_limit;

  AdmissiblePrices(const Fleet& fleet, const FleetRegion& region, const RegionPrices& prices) {
    const double most = fleet.hours * region.flattening_usd_per_kwh;
    const bool is_root = region.parent < 0;
    const auto positive = [](bool exists, const Series& series, std::size_t t) {
      return exists ? std::max(FiniteOr0(series, t), 0.0) : 0.0;
    };
    for (std::size_t t = 0; t < fleet.intervals(); ++t) {
      balance.push_back(is_root ? FiniteOr0(prices.balance, t) : 0.0);
      flattening.push_back(is_root ? std::clamp(FiniteOr0(prices.flattening, t), -most, most) : 0.0);
      peak.push_back(positive(is_root && region.peak_charge_usd_per_kw > 0.0, prices.peak, t));
      up.push_back(positive(!region.reserve_up_kw.empty(), prices.reserve_up, t));
      down.push_back(positive(!region.reserve_down_kw.empty(), prices.reserve_down, t));
      import_limit.push_back(positive(!is_root && std::isfinite(region.import_limit_kw[t]), prices.import_limit, t));
      export_limit.push_back(positive(!is_root && std::isfinite(region.export_limit_kw[t]), prices.export_limit, t));
    }
  }
};

// What the rows of a region and of all above it make of a kW injected in it, and of headroom there.
struct LocalWorth {
  Series injection, up, down;
};

LocalWorth WorthIn(const Fleet& fleet, const std::vector<AdmissiblePrices>& prices, std::size_t region) {
  const Series zero(fleet.intervals(), 0.0);
  LocalWorth worth{zero, zero, zero};
  for (int s = static_cast<int>(region); s >= 0; s = fleet.regions[static_cast<std::size_t>(s)].parent) {
    const AdmissiblePrices& of = prices[static_cast<std::size_t>(s)];
    for (std::size_t t = 0; t < fleet.intervals(); ++t) {
      worth.injection[t] += of.balance[t] + of.flattening[t] + of.import_limit[t] - of.export_limit[t];
      worth.up[t] += of.up[t];
      worth.down[t] += of.down[t];
    }
  }
  return worth;
}

// What a root's subtree could consume and inject at most.
struct MostExchange {
  Series in_kw, out_kw;
};

class BoundOfRegion {
 public:
  BoundOfRegion(const Fleet& fleet, std::size_t region, const AdmissiblePrices& prices, LocalWorth worth,
                const RegionSums& sums, const DeviceMultipliers& multipliers, const std::vector<BackingPrices>& backing)
      : fleet_(fleet),
        r_(region),
        region_(fleet.regions[region]),
        prices_(prices),
        sums_(sums),
        multipliers_(multipliers),
        count_(fleet.intervals()),
        up_(std::move(worth.up)),
        down_(std::move(worth.down)),
        backing_(backing),
        row_(count_) {
    for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
      worth_[kind].resize(count_);
      for (std::size_t t = 0; t < count_; ++t) {
        worth_[kind][t] = worth.injection[t] - ((kind & kHeadroomUp) != 0 ? up_[t] : 0.0) +
                          ((kind & kHeadroomDown) != 0 ? down_[t] : 0.0);
      }
    }
  }

  // All but the exchange with the grid.
  double Compute() {
    double bound = OfService() + OfLimits();
    for (const RenewableClass& of : fleet_.renewables.classes) {
      if (of.region == static_cast<int>(r_)) bound += OfRenewables(of);
    }
    bound +=
        OfGroups(fleet_.storages.groups, [this](std::size_t i, const Series& worth) { return OfStorage(i, worth); });
    bound += OfGroups(fleet_.units.groups, [this](std::size_t i, const Series& worth) { return OfUnit(i, worth); });
    bound += OfGroups(fleet_.hydros.groups, [this](std::size_t i, const Series& worth) { return OfHydro(i, worth); });
    return bound;
  }

  // Of a root: import or export, never both; highest import; level. Exchange is limited by what could be consumed and
  // injected.
  double OfGrid(const MostExchange& most) const {
    double sum = 0.0, peak_slope = region_.peak_charge_usd_per_kw, level_slope = 0.0;
    double highest = region_.peak_so_far_kw, lowest = 0.0;
    for (std::size_t t = 0; t < count_; ++t) {
      const double most_in = std::min(region_.import_limit_kw[t], most.in_kw[t]);
      const double most_out = std::min(region_.export_limit_kw[t], most.out_kw[t]);
      const double importing =
          fleet_.hours * region_.import_price_usd_per_kwh[t] - prices_.balance[t] + prices_.peak[t];
      const double exporting = prices_.balance[t] - fleet_.hours * region_.export_price_usd_per_kwh[t];
      sum += std::min(LeastOver(0.0, most_in, importing), LeastOver(0.0, most_out, exporting));
      peak_slope -= prices_.peak[t];
      level_slope -= prices_.flattening[t];
      highest = std::max(highest, most_in);
      lowest = std::max(lowest, most_out);
    }
    sum += LeastOver(region_.peak_so_far_kw, highest, peak_slope);
    return sum - region_.peak_charge_usd_per_kw * region_.peak_so_far_kw + LeastOver(-lowest, highest, level_slope);
  }

 private:
  static double Or0(const Series& series, std::size_t t) { return series.empty() ? 0.0 : series[t]; }

  // - up x highest output + down x lowest output: what headroom is measured from.
  double OfHeadroom(Headroom headroom, std::size_t t, double lowest, double highest) const {
    return ((headroom & kHeadroomDown) != 0 ? down_[t] * lowest : 0.0) -
           ((headroom & kHeadroomUp) != 0 ? up_[t] * highest : 0.0);
  }

  template <typename Of>
  double OfGroups(const std::vector<DeviceGroup>& groups, const Of& of) {
    double sum = 0.0;
    for (const DeviceGroup& group : groups) {
      if (group.region != static_cast<int>(r_)) continue;
      headroom_ = group.headroom;
      for (std::size_t i = group.begin; i < group.end; ++i) sum += of(i, worth_[group.headroom]);
    }
    return sum;
  }

  double OfService() const {
    double sum = 0.0;
    for (std::size_t t = 0; t < count_; ++t) {
      const double worth = worth_[kNoHeadroom][t], demand = region_.demand_kw[t];
      sum += worth * demand + LeastOver(0.0, demand, fleet_.hours * fleet_.value_of_lost_load_usd_per_kwh - worth);
      sum +=
          LeastOver(0.0, sums_.most_injection_kw[t], fleet_.hours * fleet_.over_generation_price_usd_per_kwh + worth);
      const double need_up = Or0(region_.reserve_up_kw, t), need_down = Or0(region_.reserve_down_kw, t);
      const double up = prices_.up[t], down = prices_.down[t];  // of its own requirement
      sum += up * need_up + LeastOver(0.0, need_up, fleet_.hours * fleet_.reserve_up_price_usd_per_kwh - up);
      sum += down * need_down + LeastOver(0.0, need_down, fleet_.hours * fleet_.reserve_down_price_usd_per_kwh - down);
    }
    return sum;
  }

  double OfLimits() const {
    double sum = 0.0;
    for (std::size_t t = 0; t < count_; ++t) {
      if (prices_.import_limit[t] > 0.0) sum -= prices_.import_limit[t] * region_.import_limit_kw[t];
      if (prices_.export_limit[t] > 0.0) sum -= prices_.export_limit[t] * region_.export_limit_kw[t];
    }
    return sum;
  }

  double OfRenewables(const RenewableClass& of) const {
    const Series& profile = fleet_.profiles[static_cast<std::size_t>(of.profile)];
    const Series& worth = worth_[of.headroom];
    double sum = 0.0;
    for (std::size_t i = of.begin; i < of.end; ++i) {
      const double capacity = D(fleet_.renewables.capacity_kw[i]);
      const double cost = D(fleet_.renewables.marginal_cost_usd_per_kwh[i]);
      const double curtailment = D(fleet_.renewables.curtailment_price_usd_per_kwh[i]);
      for (std::size_t t = 0; t < count_; ++t) {
        const double available = capacity * profile[t], least = of.must_take ? available : 0.0;
        sum += fleet_.hours * curtailment * available + OfHeadroom(of.headroom, t, least, available) +
               LeastOver(least, available, fleet_.hours * (cost - curtailment) - worth[t]);
      }
    }
    return sum;
  }

  // Values of stored energy split the recursion into boxes of energy and, per interval, charging or discharging.
  // Headroom that energy must back counts as the lesser of two terms, and the lesser is below any mean of them: of its
  // price a part is a price of the energy term, the rest one of the power term.
  double OfStorage(std::size_t i, const Series& by_power) {
    const Storages& s = fleet_.storages;
    Series worth = by_power;
    const double backing = fleet_.reserve_hours > 0.0 ? PriceEnergyTerms(i, worth) : 0.0;
    multipliers_.stored_energy(i, worth, holding_, row_);
    for (double& value : row_) value = std::isfinite(value) ? value : 0.0;
    const double keep = 1.0 - D(s.loss_per_interval[i]), in = D(s.charge_max_kw[i]), out = D(s.discharge_max_kw[i]);
    double sum = -keep * row_[0] * D(s.initial_energy_kwh[i]);
    for (std::size_t t = 0; t < count_; ++t) {
      const bool is_last = t + 1 == count_;
      const double charging = worth[t] - row_[t] * fleet_.hours * D(s.charge_efficiency[i]);
      const double discharging =
          fleet_.hours * D(s.wear_usd_per_kwh[i]) - worth[t] + row_[t] * fleet_.hours / D(s.discharge_efficiency[i]);
      sum += std::min(LeastOver(0.0, in, charging), LeastOver(0.0, out, discharging));
      const double low =
          is_last ? std::max(D(s.energy_min_kwh[i]), D(s.final_energy_min_kwh[i])) : D(s.energy_min_kwh[i]);
      const double held = holding_.empty() ? 0.0 : holding_[t];
      sum += LeastOver(low, D(s.energy_max_kwh[i]), row_[t] - (is_last ? 0.0 : keep * row_[t + 1]) - held);
      sum += OfHeadroom(headroom_, t, -in, out);
    }
    return sum + backing;
  }

  // Prices of the energy terms instead of the power terms: into the worth of power and that of energy held; returns
  // what no decision changes.
  double PriceEnergyTerms(std::size_t i, Series& worth) {
    const Storages& s = fleet_.storages;
    const double up_per_kwh = D(s.discharge_efficiency[i]) / fleet_.reserve_hours;
    const double down_per_kwh = 1.0 / (D(s.charge_efficiency[i]) * fleet_.reserve_hours);
    const BackingPrices* const run = RunOf(i);
    holding_.assign(count_, 0.0);
    double constant = 0.0;
    for (std::size_t t = 0; t < count_ && run != nullptr; ++t) {
      const double up = PartOf(run->up, up_, kHeadroomUp, t), down = PartOf(run->down, down_, kHeadroomDown, t);
      worth[t] += up - down;
      holding_[t] = up * up_per_kwh - down * down_per_kwh;
      constant += up * (D(s.discharge_max_kw[i]) + up_per_kwh * D(s.energy_min_kwh[i])) +
                  down * (D(s.charge_max_kw[i]) - down_per_kwh * D(s.energy_max_kwh[i]));
    }
    return constant;
  }
  double PartOf(const Series& part, const Series& whole, Headroom counts, std::size_t t) const {
    return (headroom_ & counts) != 0 ? std::clamp(FiniteOr0(part, t), 0.0, whole[t]) : 0.0;
  }
  const BackingPrices* RunOf(std::size_t storage) const {
    for (const BackingPrices& run : backing_) {
      if (run.begin <= storage && storage < run.end) return &run;
    }
    return nullptr;
  }

  // Priced ramps leave a convex curve over [min, max] in each interval: least at the end of a piece.
  double OfUnit(std::size_t i, const Series& worth) {
    const Units& u = fleet_.units;
    Ask(multipliers_.ramp, i, worth);
    const bool starts_anywhere = std::isnan(u.initial_kw[i]);
    if (starts_anywhere) row_[0] = 0.0;
    double sum = starts_anywhere ? 0.0 : -row_[0] * D(u.initial_kw[i]);
    for (std::size_t t = 0; t < count_; ++t) {
      const double slope = row_[t] - (t + 1 < count_ ? row_[t + 1] : 0.0) - worth[t];
      double at = D(u.min_kw[i]), value = fleet_.hours * D(u.cost_at_min_usd_per_hour[i]) + slope * at, least = value;
      for (std::size_t k = u.first_piece[i]; k < u.first_piece[i + 1]; ++k) {
        const double to = k + 1 == u.first_piece[i + 1] ? D(u.max_kw[i]) : at + D(u.piece_kw[k]);
        value += (to - at) * (slope + fleet_.hours * D(u.piece_usd_per_kwh[k]));
        least = std::min(least, value);
        at = to;
      }
      sum += least - std::max(row_[t], 0.0) * D(u.ramp_up_kw[i]) - std::max(-row_[t], 0.0) * D(u.ramp_down_kw[i]);
      sum += OfHeadroom(headroom_, t, D(u.min_kw[i]), D(u.max_kw[i]));
    }
    return sum;
  }

  double OfHydro(std::size_t i, const Series& worth) const {
    const Hydros& h = fleet_.hydros;
    const Series& profile = fleet_.profiles[static_cast<std::size_t>(h.profile[i])];
    const double budget = D(h.energy_budget_kwh[i]);
    double water = std::isfinite(budget) ? multipliers_.water(i, worth) : 0.0;
    water = std::isfinite(water) ? std::max(water, 0.0) : 0.0;
    double sum = std::isfinite(budget) ? -water * budget : 0.0;
    for (std::size_t t = 0; t < count_; ++t) {
      const double low = D(h.min_kw[i]), high = std::max(D(h.capacity_kw[i]) * profile[t], low);
      sum += LeastOver(low, high, fleet_.hours * (D(h.marginal_cost_usd_per_kwh[i]) + water) - worth[t]) +
             OfHeadroom(headroom_, t, low, D(h.capacity_kw[i]) * profile[t]);
    }
    return sum;
  }

  void Ask(const DeviceMultipliers::PerInterval& multipliers, std::size_t i, const Series& worth) {
    multipliers(i, worth, row_);
    for (double& value : row_) value = std::isfinite(value) ? value : 0.0;
  }

  const Fleet& fleet_;
  const std::size_t r_;
  const FleetRegion& region_;
  const AdmissiblePrices& prices_;
  const RegionSums& sums_;
  const DeviceMultipliers& multipliers_;
  const std::size_t count_;
  const Series up_, down_;  // of headroom here, with what is required above
  std::array<Series, kHeadroomKinds> worth_;
  const std::vector<BackingPrices>& backing_;
  Series row_;      // multipliers of the device at hand
  Series holding_;  // what a kWh that it holds earns; empty: nothing
  Headroom headroom_ = kNoHeadroom;
};

// Entries of regions that are no roots stay empty.
std::vector<MostExchange> MostByRoot(const Fleet& fleet, const std::vector<RegionSums>& sums) {
  std::vector<MostExchange> most(fleet.regions.size());
  for (std::size_t r = 0; r < fleet.regions.size(); ++r) {
    std::size_t root = r;
    while (fleet.regions[root].parent >= 0) root = static_cast<std::size_t>(fleet.regions[root].parent);
    MostExchange& to = most[root];
    to.in_kw.resize(fleet.intervals());
    to.out_kw.resize(fleet.intervals());
    for (std::size_t t = 0; t < fleet.intervals(); ++t) {
      to.in_kw[t] += fleet.regions[r].demand_kw[t] + sums[r].most_consumption_kw + sums[r].most_injection_kw[t];
      to.out_kw[t] += sums[r].most_injection_kw[t];
    }
  }
  return most;
}

}  // namespace

double RecomputeBound(const Fleet& fleet, const std::vector<RegionPrices>& prices, const std::vector<RegionSums>& sums,
                      const DeviceMultipliers& multipliers) {
  std::vector<AdmissiblePrices> admissible;
  for (std::size_t r = 0; r < fleet.regions.size(); ++r) admissible.emplace_back(fleet, fleet.regions[r], prices[r]);
  const std::vector<MostExchange> most = MostByRoot(fleet, sums);
  double bound = 0.0;
  for (std::size_t r = 0; r < fleet.regions.size(); ++r) {
    BoundOfRegion region(fleet, r, admissible[r], WorthIn(fleet, admissible, r), sums[r], multipliers,
                         prices[r].backing);
    bound += region.Compute();
    if (fleet.regions[r].parent < 0) bound += region.OfGrid(most[r]);
  }
  return bound;
}

}  // namespace derms::dispatch::fleet::checking
