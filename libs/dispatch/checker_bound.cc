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
#include <array>
#include <cmath>

#include "libs/dispatch/checker_parts.h"

namespace derms::dispatch::checking {
namespace {

// Least value of slope x over [low, high].
double LeastOnBox(double slope, double low, double high) {
  return slope >= 0.0 ? slope * low : slope * high;
}

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
    double bound = 0.0;
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
  // What an injected kW and a kW of headroom are worth to a device, by interval.
  struct Worth {
    Series injection, up, down;
  };

  // The multiplier, or 0 where there is none or it is no number.
  static double Free(const std::vector<Series>& rows, std::size_t row, int t) {
    if (row >= rows.size() || static_cast<std::size_t>(t) >= rows[row].size()) return 0.0;
    const double value = rows[row][static_cast<std::size_t>(t)];
    return std::isfinite(value) ? value : 0.0;
  }
  static double Positive(const std::vector<Series>& rows, std::size_t row, int t) {
    return std::max(Free(rows, row, t), 0.0);
  }
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
                                  problem_.carbon_price_usd_per_kg * Or(root.carbon_of_import_kg_per_kwh, t, 0.0)) -
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
      in += MostConsumption(device) + MostInjection(problem_, device, t);
      out += MostInjection(problem_, device, t);
    }
    return {std::min(in, Or(problem_.regions[root].import_limit_kw, t, kUnlimited)),
            std::min(out, Or(problem_.regions[root].export_limit_kw, t, kUnlimited))};
  }

  static double At(const Series& series, int t) { return series[static_cast<std::size_t>(t)]; }
  // Of one more injected kW: it earns its worth and moves headroom from up to down.
  static double Slope(const Worth& worth, int t) {
    return -At(worth.injection, t) + At(worth.up, t) - At(worth.down, t);
  }

  double Of(const Renewable& renewable, std::size_t, const Worth& worth) const {
    double sum = 0.0;
    for (int t = 0; t < count_; ++t) {
      const double available = problem_.at(renewable.availability_kw, t);
      const double least = renewable.must_take ? available : 0.0;
      const double price = renewable.marginal_cost_usd_per_kwh - renewable.curtailment_price_usd_per_kwh;
      sum += hours_ * renewable.curtailment_price_usd_per_kwh * available - At(worth.up, t) * available +
             At(worth.down, t) * least + LeastOnBox(hours_ * price + Slope(worth, t), least, available);
    }
    return sum;
  }

  double Of(const Hydro& hydro, std::size_t i, const Worth& worth) const {
    double water = 0.0;  // USD per kWh
    if (hydro.energy_budget_kwh && i < m_.energy_budget.size() && std::isfinite(m_.energy_budget[i])) {
      water = std::max(m_.energy_budget[i], 0.0);
    }
    double sum = hydro.energy_budget_kwh ? -water * *hydro.energy_budget_kwh : 0.0;
    for (int t = 0; t < count_; ++t) {
      const double available = problem_.at(hydro.availability_kw, t);
      sum += -At(worth.up, t) * available + At(worth.down, t) * hydro.min_kw +
             LeastOnBox(hours_ * (hydro.marginal_cost_usd_per_kwh + water) + Slope(worth, t), hydro.min_kw, available);
    }
    return sum;
  }

  // The multipliers v(t) on E(t+1) = keep E(t) + ... price stored energy: charge, discharge and energy part.
  double Of(const Storage& storage, std::size_t i, const Worth& worth) const {
    const double keep = std::pow(1.0 - storage.standing_loss_per_hour, hours_);
    double sum = -keep * Free(m_.stored_energy, i, 0) * storage.initial_energy_kwh;
    for (int t = 0; t < count_; ++t) {
      const double value = Free(m_.stored_energy, i, t);
      const double next = t + 1 < count_ ? Free(m_.stored_energy, i, t + 1) : 0.0;
      const double charge = -Slope(worth, t) - value * hours_ * storage.charge_efficiency;
      const double discharge =
          hours_ * storage.wear_usd_per_kwh + Slope(worth, t) + value * hours_ / storage.discharge_efficiency;
      const double in = LeastOnBox(charge, 0.0, storage.charge_max_kw);
      const double out = LeastOnBox(discharge, 0.0, storage.discharge_max_kw);
      sum += storage.one_direction ? std::min(in, out) : in + out;
      const double least =
          t + 1 < count_ ? storage.energy_min_kwh : std::max(storage.energy_min_kwh, storage.final_energy_min_kwh);
      sum += LeastOnBox(value - keep * next, least, storage.energy_max_kwh);
      sum -= At(worth.up, t) * storage.discharge_max_kw + At(worth.down, t) * storage.charge_max_kw;
    }
    return sum;
  }

  // With ramps priced, intervals of a unit hang together only by on and off: shortest path through two states.
  double Of(const Unit& unit, std::size_t i, const Worth& worth) const {
    const double initial = unit.initial_kw.value_or(0.0);
    const bool was_on = !unit.committable || initial > 0.0;
    std::array<double, 2> best = {was_on ? kUnlimited : 0.0, was_on ? 0.0 : kUnlimited};  // off, on
    const double fixed = (RampDown(unit, i, 0) - RampUp(unit, i, 0)) * initial;
    for (int t = 0; t < count_; ++t) {
      const double running = OfRunning(unit, i, worth, t);
      std::array<double, 2> next = {kUnlimited, kUnlimited};
      for (std::size_t from = 0; from < 2; ++from) {
        next[1] = std::min(next[1], best[from] + running + OfStep(unit, i, t, from == 1, true));
        if (unit.committable) next[0] = std::min(next[0], best[from] + OfStep(unit, i, t, from == 1, false));
      }
      best = next;
    }
    return fixed + std::min(best[0], best[1]);
  }

  bool HasRampInto(const Unit& unit, int t) const { return t > 0 || unit.committable || unit.initial_kw.has_value(); }
  double RampUp(const Unit& unit, std::size_t i, int t) const {
    const bool exists = t < count_ && HasRampInto(unit, t) && std::isfinite(unit.ramp_up_kw_per_min);
    return exists ? Positive(m_.ramp_up, i, t) : 0.0;
  }
  double RampDown(const Unit& unit, std::size_t i, int t) const {
    const bool exists = t < count_ && HasRampInto(unit, t) && std::isfinite(unit.ramp_down_kw_per_min);
    return exists ? Positive(m_.ramp_down, i, t) : 0.0;
  }

  // Priced ramp rows and start cost of going from one state to another.
  double OfStep(const Unit& unit, std::size_t i, int t, bool from_on, bool to_on) const {
    const double minutes = absl::ToDoubleMinutes(problem_.interval_length);
    const auto allowance = [&](double kw_per_min, bool inside, bool outside) {
      return inside ? kw_per_min * minutes : (outside ? std::max(kw_per_min * minutes, unit.min_kw) : 0.0);
    };
    double cost = !from_on && to_on ? unit.start_cost_usd : 0.0;
    // p - p before <= R (was on) or max(R, min) (starts); nothing to rise from off to off.
    if (RampUp(unit, i, t) > 0.0) cost -= RampUp(unit, i, t) * allowance(unit.ramp_up_kw_per_min, from_on, to_on);
    if (RampDown(unit, i, t) > 0.0) cost -= RampDown(unit, i, t) * allowance(unit.ramp_down_kw_per_min, to_on, from_on);
    return cost;
  }

  // Least cost of an interval on, over the corners of the convex curve.
  double OfRunning(const Unit& unit, std::size_t i, const Worth& worth, int t) const {
    const double slope = Slope(worth, t) + RampUp(unit, i, t) - RampUp(unit, i, t + 1) - RampDown(unit, i, t) +
                         RampDown(unit, i, t + 1) + hours_ * problem_.carbon_price_usd_per_kg * unit.co2_kg_per_kwh;
    const auto cost = [&](double power) {
      double fuel = 0.0, from = 0.0;
      for (const CostPiece& piece : unit.cost_pieces) {
        fuel += std::max(std::min(power, piece.up_to_kw) - from, 0.0) * piece.usd_per_kwh;
        from = piece.up_to_kw;
      }
      return hours_ * fuel + slope * power;
    };
    double least = std::min(cost(unit.min_kw), cost(unit.max_kw));
    for (const CostPiece& piece : unit.cost_pieces) {
      if (piece.up_to_kw > unit.min_kw && piece.up_to_kw < unit.max_kw) least = std::min(least, cost(piece.up_to_kw));
    }
    return least + hours_ * unit.no_load_usd_per_hour - At(worth.up, t) * unit.max_kw + At(worth.down, t) * unit.min_kw;
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
