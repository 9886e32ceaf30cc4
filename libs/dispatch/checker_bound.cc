// The lower bound that multipliers prove (weak duality).
//
// Add to the cost every coupling row times its multiplier; what is left falls apart into small problems, each over a
// box, a pair of exclusive directions or two states (on, off), and each is minimised here in closed form. The sum is
// at most the cost of any feasible schedule, whatever the multipliers are. With
//     k_r = balance(root) + flattening(root) + sum over the non-root regions on the way up [import_limit -
//     export_limit]
// a kW injected in region r is worth k_r, up and down headroom u and d (sums over the regions above), and
//     bound = sum_r,t [ k_r demand - limits - ... ] + exchange + peak + level + sum over devices of their minimum.
// Derivation: docs/dispatch.md "Certificate".
#include <algorithm>
#include <cmath>

#include "libs/dispatch/checker_bound_parts.h"

namespace derms::dispatch::checking {
namespace {

class BoundComputer {
 public:
  BoundComputer(const Problem& problem, const Multipliers& multipliers)
      : problem_(problem),
        m_(multipliers),
        hours_(absl::ToDoubleHours(problem.interval_length)),
        count_(problem.interval_count),
        injection_(problem.regions.size(), Series(static_cast<std::size_t>(problem.interval_count), 0.0)) {
    for (const Device& device : problem.devices) {
      Series& most = injection_[static_cast<std::size_t>(device.region)];
      for (int t = 0; t < count_; ++t) most[static_cast<std::size_t>(t)] += MostInjection(problem, device, t);
    }
  }

  double Compute() {
    double bound = problem_.carbon_cap_kg ? -CapPrice() * *problem_.carbon_cap_kg : 0.0;
    for (std::size_t r = 0; r < problem_.regions.size(); ++r) {
      bound += OfRegion(r);
      if (problem_.regions[r].parent < 0) bound += OfGrid(r);
    }
    for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
      const Worth worth = WorthOf(problem_.devices[i]);
      bound += std::visit([&](const auto& kind) { return Of(kind, i, worth); }, problem_.devices[i].kind);
    }
    return bound;
  }

 private:
  // The multiplier, or 0 where there is none or it is no number.
  static double Free(const std::vector<Series>& rows, std::size_t row, int t) {
    if (row >= rows.size() || static_cast<std::size_t>(t) >= rows[row].size()) return 0.0;
    const double value = rows[row][static_cast<std::size_t>(t)];
    return std::isfinite(value) ? value : 0.0;
  }
  static double Positive(const std::vector<Series>& rows, std::size_t row, int t) {
    return std::max(Free(rows, row, t), 0.0);
  }
  // The multiplier of a row over the horizon, likewise.
  static double Single(const std::vector<double>& rows, std::size_t row) {
    return row < rows.size() && std::isfinite(rows[row]) ? rows[row] : 0.0;
  }
  double CapPrice() const {
    return problem_.carbon_cap_kg && std::isfinite(m_.carbon_cap) ? std::max(m_.carbon_cap, 0.0) : 0.0;
  }
  // USD/kg: what a kg costs, and what it is worth under the cap.
  double CarbonPrice() const { return problem_.carbon_price_usd_per_kg + CapPrice(); }
  // A limit that does not exist has no price.
  double ImportPrice(std::size_t r, int t) const {
    return std::isfinite(Or(problem_.regions[r].import_limit_kw, t, kUnlimited)) ? Positive(m_.import_limit, r, t) : 0;
  }
  double ExportPrice(std::size_t r, int t) const {
    return std::isfinite(Or(problem_.regions[r].export_limit_kw, t, kUnlimited)) ? Positive(m_.export_limit, r, t) : 0;
  }
  double Peak(std::size_t r, int t) const {
    return problem_.regions[r].peak_charge_usd_per_kw > 0.0 ? Positive(m_.peak, r, t) : 0.0;
  }
  double Flattening(std::size_t r, int t) const {
    const double most = hours_ * problem_.regions[r].flattening_usd_per_kwh;
    return std::clamp(Free(m_.flattening, r, t), -most, most);
  }
  double ReserveUp(std::size_t r, int t) const {
    return problem_.regions[r].reserve_up_kw.empty() ? 0.0 : Positive(m_.reserve_up, r, t);
  }
  double ReserveDown(std::size_t r, int t) const {
    return problem_.regions[r].reserve_down_kw.empty() ? 0.0 : Positive(m_.reserve_down, r, t);
  }

  double InjectionWorth(int region, int t) const {
    double worth = 0.0;
    for (int s = region; s >= 0; s = problem_.regions[static_cast<std::size_t>(s)].parent) {
      const auto r = static_cast<std::size_t>(s);
      worth += problem_.regions[r].parent < 0 ? Free(m_.balance, r, t) + Flattening(r, t)
                                              : ImportPrice(r, t) - ExportPrice(r, t);
    }
    return worth;
  }

  Worth WorthOf(const Device& device) const {
    const auto size = static_cast<std::size_t>(count_);
    Worth worth{Series(size), Series(size), Series(size)};
    for (int t = 0; t < count_; ++t) {
      const auto at = static_cast<std::size_t>(t);
      worth.injection[at] = InjectionWorth(device.region, t);
      for (int s = device.region; s >= 0; s = problem_.regions[static_cast<std::size_t>(s)].parent) {
        if (device.reserve_up) worth.up[at] += ReserveUp(static_cast<std::size_t>(s), t);
        if (device.reserve_down) worth.down[at] += ReserveDown(static_cast<std::size_t>(s), t);
      }
    }
    return worth;
  }

  // Demand, limits, shed, over and reserve of a region.
  double OfRegion(std::size_t r) const {
    const Region& region = problem_.regions[r];
    double sum = 0.0;
    for (int t = 0; t < count_; ++t) {
      const double worth = InjectionWorth(static_cast<int>(r), t), demand = Or(region.demand_kw, t, 0.0);
      sum += worth * demand;
      sum += LeastOnBox(hours_ * problem_.value_of_lost_load_usd_per_kwh - worth, 0.0, demand);
      sum += LeastOnBox(hours_ * problem_.over_generation_price_usd_per_kwh + worth, 0.0, At(injection_[r], t));
      if (region.parent >= 0) {
        if (ImportPrice(r, t) > 0.0) sum -= ImportPrice(r, t) * Or(region.import_limit_kw, t, 0.0);
        if (ExportPrice(r, t) > 0.0) sum -= ExportPrice(r, t) * Or(region.export_limit_kw, t, 0.0);
      }
      sum += Reserve(ReserveUp(r, t), problem_.reserve_up_price_usd_per_kwh, Or(region.reserve_up_kw, t, 0.0));
      sum += Reserve(ReserveDown(r, t), problem_.reserve_down_price_usd_per_kwh, Or(region.reserve_down_kw, t, 0.0));
    }
    return sum;
  }
  double Reserve(double multiplier, double price, double required) const {
    return multiplier * required + LeastOnBox(hours_ * price - multiplier, 0.0, required);
  }

  // Import or export (never both), peak and level of a root.
  double OfGrid(std::size_t r) const {
    const Region& root = problem_.regions[r];
    double sum = 0.0, peak_slope = root.peak_charge_usd_per_kw, level_slope = 0.0;
    double most_in_ever = root.peak_so_far_kw, most_out_ever = 0.0;
    for (int t = 0; t < count_; ++t) {
      const auto [most_in, most_out] = MostExchange(r, t);
      const double balance = Free(m_.balance, r, t);
      const double in = hours_ * (Or(root.import_price_usd_per_kwh, t, 0.0) +
                                  CarbonPrice() * Or(root.carbon_of_import_kg_per_kwh, t, 0.0)) -
                        balance + Peak(r, t);
      const double out = balance - hours_ * Or(root.export_price_usd_per_kwh, t, 0.0);
      sum += std::min(LeastOnBox(in, 0.0, most_in), LeastOnBox(out, 0.0, most_out));
      peak_slope -= Peak(r, t);
      level_slope -= Flattening(r, t);
      most_in_ever = std::max(most_in_ever, most_in);
      most_out_ever = std::max(most_out_ever, most_out);
    }
    sum += LeastOnBox(peak_slope, root.peak_so_far_kw, most_in_ever);
    sum -= root.peak_charge_usd_per_kw * root.peak_so_far_kw;
    return sum + LeastOnBox(level_slope, -most_out_ever, most_in_ever);
  }

  // No balance can ask for more than all demand, charging and thrown-away energy, or give more than all injection.
  std::pair<double, double> MostExchange(std::size_t root, int t) const {
    double in = 0.0, out = 0.0;
    const auto is_below = [&](int region) {
      while (problem_.regions[static_cast<std::size_t>(region)].parent >= 0) {
        region = problem_.regions[static_cast<std::size_t>(region)].parent;
      }
      return region == static_cast<int>(root);
    };
    for (std::size_t r = 0; r < problem_.regions.size(); ++r) {
      if (is_below(static_cast<int>(r))) in += Or(problem_.regions[r].demand_kw, t, 0.0);
    }
    for (const Device& device : problem_.devices) {
      if (!is_below(device.region)) continue;
      in += MostConsumption(problem_, device, t) + MostInjection(problem_, device, t);
      out += MostInjection(problem_, device, t);
    }
    return {std::min(in, Or(problem_.regions[root].import_limit_kw, t, kUnlimited)),
            std::min(out, Or(problem_.regions[root].export_limit_kw, t, kUnlimited))};
  }

  static double At(const Series& series, int t) { return series[static_cast<std::size_t>(t)]; }
  double Of(const Renewable& renewable, std::size_t, const Worth& worth) const {
    double sum = 0.0;
    for (int t = 0; t < count_; ++t) {
      const double available = problem_.at(renewable.availability_kw, t);
      const double least = renewable.must_take ? available : 0.0;
      const double price = renewable.marginal_cost_usd_per_kwh - renewable.curtailment_price_usd_per_kwh;
      sum += hours_ * renewable.curtailment_price_usd_per_kwh * available - At(worth.up, t) * available +
             At(worth.down, t) * least +
             LeastOnBox(hours_ * price + worth.Slope(static_cast<std::size_t>(t)), least, available);
    }
    return sum;
  }

  double Of(const Hydro& hydro, std::size_t i, const Worth& worth) const {
    const double whole = hydro.energy_budget_kwh ? std::max(Single(m_.energy_budget, i), 0.0) : 0.0;
    double sum = hydro.energy_budget_kwh ? -whole * *hydro.energy_budget_kwh : 0.0;
    Series water(static_cast<std::size_t>(count_), whole);  // USD per kWh in each interval
    for (std::size_t k = 0; k < hydro.period_budgets.size(); ++k) {
      const PeriodBudget& budget = hydro.period_budgets[k];
      const double price = Positive(m_.period_budget, i, static_cast<int>(k));
      sum -= price * budget.energy_kwh;
      for (int t = budget.intervals.first; t < budget.intervals.end; ++t) water[static_cast<std::size_t>(t)] += price;
    }
    for (int t = 0; t < count_; ++t) {
      const double available = problem_.at(hydro.availability_kw, t);
      const double slope =
          hours_ * (hydro.marginal_cost_usd_per_kwh + At(water, t)) + worth.Slope(static_cast<std::size_t>(t));
      sum +=
          -At(worth.up, t) * available + At(worth.down, t) * hydro.min_kw + LeastOnBox(slope, hydro.min_kw, available);
    }
    return sum;
  }

  double Of(const Storage& storage, std::size_t i, const Worth& worth) const {
    StoragePrices prices;
    for (int t = 0; t < count_; ++t) {
      prices.stored.push_back(Free(m_.stored_energy, i, t));
      prices.energy_up.push_back(Positive(m_.reserve_energy_up, i, t));
      prices.energy_down.push_back(Positive(m_.reserve_energy_down, i, t));
    }
    prices.stored.push_back(0.0);
    return LeastOfStorage(problem_, storage, worth, prices);
  }

  double Of(const Unit& unit, std::size_t i, const Worth& worth) const {
    UnitPrices prices;
    for (int t = 0; t < count_; ++t) {
      const bool has_ramp = t > 0 || unit.committable || unit.initial_kw.has_value();
      prices.ramp_up.push_back(has_ramp ? Positive(m_.ramp_up, i, t) : 0.0);
      prices.ramp_down.push_back(has_ramp ? Positive(m_.ramp_down, i, t) : 0.0);
    }
    prices.ramp_up.push_back(0.0);
    prices.ramp_down.push_back(0.0);
    prices.energy = unit.energy_budget_kwh ? std::max(Single(m_.energy_budget, i), 0.0) : 0.0;
    prices.carbon = CarbonPrice();
    return LeastOfUnit(problem_, unit, worth, prices);
  }

  double Of(const FlexibleLoad& load, std::size_t i, const Worth& worth) const {
    return LeastOfLoad(problem_, load, worth, Single(m_.delivered_energy, i));
  }

  const Problem& problem_;
  const Multipliers& m_;
  const double hours_;
  const int count_;
  std::vector<Series> injection_;  // largest, of a region's own devices
};

}  // namespace

double RecomputeBound(const Problem& problem, const Multipliers& multipliers) {
  return BoundComputer(problem, multipliers).Compute();
}

}  // namespace derms::dispatch::checking
