#include "libs/dispatch/fleet/surrogate_layout.h"

#include <algorithm>
#include <cmath>

#include "libs/dispatch/fleet/backing.h"
#include "libs/dispatch/fleet/storage_response.h"
#include "libs/dispatch/fleet/surrogate.h"
#include "libs/dispatch/fleet/unit_response.h"

namespace derms::dispatch::fleet {
namespace {

constexpr std::size_t kUnitPieces = 3;

class Layer {
 public:
  explicit Layer(const RegionModel& model) : model_(model), lp_(layout_.program), count_(model.count()) {}

  SurrogateLayout Lay() {
    double largest = 1.0;
    for (std::size_t t = 0; t < count_; ++t) {
      double demand = 0.0;
      for (const Pool& pool : model_.pools) demand += pool.demand_kw[t];
      whole_demand_kw_.push_back(demand);
      largest = std::max({largest, demand, 0.1 * model_.most_injection_kw[t]});
    }
    layout_.unit_kw = largest;
    layout_.pools.resize(model_.pools.size());
    for (std::size_t pool = 0; pool < model_.pools.size(); ++pool) LayRows(pool);
    LayGrid();
    for (std::size_t pool = 1; pool < model_.pools.size(); ++pool) LayInflow(pool);
    for (std::size_t pool = 0; pool < model_.pools.size(); ++pool) LayReserve(pool);
    for (std::size_t pool = 0; pool < model_.pools.size(); ++pool) {
      for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) LayRenewables(pool, static_cast<Headroom>(kind));
    }
    for (const Cluster& cluster : model_.clusters) LayCluster(cluster);
    return std::move(layout_);
  }

 private:
  double hours() const { return model_.fleet.hours; }
  double U(double kw) const { return kw / layout_.unit_kw; }  // may be infinite
  static int I(std::size_t t) { return static_cast<int>(t); }

  // balance: injection + inflow - outflow + shed - over = demand - must-take injection, of a pool by itself
  void LayRows(std::size_t number) {
    const Pool& pool = model_.pools[number];
    SurrogateLayout::OfPool& rows = layout_.pools[number];
    const auto must_take = [&](const DeviceSums& sums, std::size_t t, Headroom counts) {
      double sum = 0.0;
      for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
        if (counts == kNoHeadroom || (kind & counts) != 0) sum += sums.must_take_kw[kind][t];
      }
      return sum;
    };
    rows.balance = lp_.rows();
    for (std::size_t t = 0; t < count_; ++t) {
      const double demand = U(pool.demand_kw[t] - must_take(pool.own, t, kNoHeadroom));
      AddRow(t, demand, demand);
    }
    // up: -(sum of p) + short >= required - highest; down: sum of p + short >= required + lowest; with all below
    const DeviceSums& below = pool.with_below;
    if (!pool.reserve_up_kw.empty()) {
      rows.reserve_up = lp_.rows();
      for (std::size_t t = 0; t < count_; ++t) {
        AddRow(t, U(pool.reserve_up_kw[t] - below.highest_up_kw[t] + must_take(below, t, kHeadroomUp)), kUnlimited);
      }
    }
    if (!pool.reserve_down_kw.empty()) {
      rows.reserve_down = lp_.rows();
      for (std::size_t t = 0; t < count_; ++t) {
        AddRow(t, U(pool.reserve_down_kw[t] + below.lowest_down_kw[t] - must_take(below, t, kHeadroomDown)),
               kUnlimited);
      }
    }
  }

  // Of a root that is solved again later: its columns are the same whatever the weather.
  bool keeps_shape() const {
    return model_.is_flat() && model_.fleet.regions[static_cast<std::size_t>(model_.index)].parent < 0;
  }

  int AddColumn(std::size_t t, double low, double high, double price) {
    layout_.column_interval.push_back(I(t));
    return lp_.AddColumn(low, high, price);
  }
  int AddRow(std::size_t t, double low, double high) {
    layout_.row_interval.push_back(I(t));
    return lp_.AddRow(low, high);
  }
  // Of the whole horizon.
  int AddColumn(double low, double high, double price) {
    layout_.column_interval.push_back(-1);
    return lp_.AddColumn(low, high, price);
  }
  int AddRow(double low, double high) {
    layout_.row_interval.push_back(-1);
    return lp_.AddRow(low, high);
  }

  // Power into the balance and, by headroom kind, out of (up) and into (down) the reserve rows of all pools above.
  void Inject(std::size_t t, int column, Headroom headroom, double sign = 1.0, std::size_t pool = 0) {
    lp_.Add(layout_.pools[pool].balance + I(t), column, sign);
    const Series& premium = model_.priced.premium[headroom];
    if (!premium.empty()) lp_.cost[static_cast<std::size_t>(column)] -= sign * premium[t];
    if (headroom == kNoHeadroom) return;
    for (int p = static_cast<int>(pool); p >= 0; p = model_.pools[static_cast<std::size_t>(p)].parent) {
      const SurrogateLayout::OfPool& rows = layout_.pools[static_cast<std::size_t>(p)];
      if (rows.reserve_up >= 0 && (headroom & kHeadroomUp) != 0) lp_.Add(rows.reserve_up + I(t), column, -sign);
      if (rows.reserve_down >= 0 && (headroom & kHeadroomDown) != 0) lp_.Add(rows.reserve_down + I(t), column, sign);
    }
  }

  void LayGrid() {
    const FleetRegion& region = model_.region;
    const int imported = layout_.imported = lp_.columns();
    for (std::size_t t = 0; t < count_; ++t) {
      const double most_in = whole_demand_kw_[t] + model_.most_consumption_kw + model_.most_injection_kw[t];
      const double limit = std::min(region.import_limit_kw[t], most_in);
      Inject(t, AddColumn(t, 0.0, U(limit), hours() * region.import_price_usd_per_kwh[t]), kNoHeadroom);
    }
    const int exported = lp_.columns();
    for (std::size_t t = 0; t < count_; ++t) {
      const double limit = std::min(region.export_limit_kw[t], model_.most_injection_kw[t]);
      Inject(t, AddColumn(t, 0.0, U(limit), -hours() * region.export_price_usd_per_kwh[t]), kNoHeadroom, -1.0);
    }
    if (!model_.priced.wished_import_kw.empty()) LayWish(imported, exported);
    for (std::size_t pool = 0; pool < model_.pools.size(); ++pool) LayService(pool);
    if (region.peak_charge_usd_per_kw > 0.0) LayPeak(imported);
    if (region.flattening_usd_per_kwh > 0.0) LayFlattening(imported, exported);
  }

  // A price on leaving the wished exchange: imported - exported = wish + above - below.
  void LayWish(int imported, int exported) {
    const double price = hours() * model_.priced.rho_usd_per_kwh;
    for (std::size_t t = 0; t < count_; ++t) {
      const double wish = U(model_.priced.wished_import_kw[t]);
      const int row = AddRow(t, wish, wish);
      lp_.Add(row, imported + I(t), 1.0);
      lp_.Add(row, exported + I(t), -1.0);
      lp_.Add(row, AddColumn(t, 0.0, kUnlimited, price), -1.0);
      lp_.Add(row, AddColumn(t, 0.0, kUnlimited, price), 1.0);
    }
  }

  void LayService(std::size_t number) {
    const Pool& pool = model_.pools[number];
    const double lost = hours() * model_.fleet.value_of_lost_load_usd_per_kwh;
    const double over = hours() * model_.fleet.over_generation_price_usd_per_kwh;
    for (std::size_t t = 0; t < count_; ++t) {
      Inject(t, AddColumn(t, 0.0, U(pool.demand_kw[t]), lost), kNoHeadroom, 1.0, number);
      Inject(t, AddColumn(t, 0.0, U(pool.own.most_injection_kw[t]), over), kNoHeadroom, -1.0, number);
    }
  }

  // From the pool above, negative: into it. No limit is wider than what could flow.
  void LayInflow(std::size_t number) {
    const Pool& pool = model_.pools[number];
    const auto above = static_cast<std::size_t>(pool.parent);
    layout_.pools[number].inflow = lp_.columns();
    for (std::size_t t = 0; t < count_; ++t) {
      const double most_out = model_.most_injection_kw[t];
      const double most_in = whole_demand_kw_[t] + model_.most_consumption_kw + most_out;
      const int inflow = AddColumn(t, -U(std::min(pool.export_limit_kw[t], most_out)),
                                   U(std::min(pool.import_limit_kw[t], most_in)), 0.0);
      Inject(t, inflow, kNoHeadroom, 1.0, number);
      Inject(t, inflow, kNoHeadroom, -1.0, above);
    }
  }

  void LayPeak(int imported) {
    const int peak = AddColumn(U(model_.region.peak_so_far_kw), kUnlimited, model_.region.peak_charge_usd_per_kw);
    layout_.peak = lp_.rows();
    for (std::size_t t = 0; t < count_; ++t) {
      const int row = AddRow(t, 0.0, kUnlimited);
      lp_.Add(row, peak, 1.0);
      lp_.Add(row, imported + I(t), -1.0);
    }
  }

  // imported - exported - level = above - below
  void LayFlattening(int imported, int exported) {
    const double price = hours() * model_.region.flattening_usd_per_kwh;
    layout_.level = AddColumn(-kUnlimited, kUnlimited, 0.0);
    layout_.flattening = lp_.rows();
    for (std::size_t t = 0; t < count_; ++t) {
      const int row = AddRow(t, 0.0, 0.0);
      lp_.Add(row, imported + I(t), 1.0);
      lp_.Add(row, exported + I(t), -1.0);
      lp_.Add(row, layout_.level, -1.0);
      lp_.Add(row, AddColumn(t, 0.0, kUnlimited, price), -1.0);
      lp_.Add(row, AddColumn(t, 0.0, kUnlimited, price), 1.0);
    }
  }

  void LayReserve(std::size_t pool) {
    const auto lay = [&](int rows, double price) {
      if (rows < 0) return;
      for (std::size_t t = 0; t < count_; ++t) {
        lp_.Add(rows + I(t), AddColumn(t, 0.0, kUnlimited, hours() * price), 1.0);
      }
    };
    lay(layout_.pools[pool].reserve_up, model_.fleet.reserve_up_price_usd_per_kwh);
    lay(layout_.pools[pool].reserve_down, model_.fleet.reserve_down_price_usd_per_kwh);
  }

  // One merit order over all classes of a headroom kind, cut at quantiles of net cost.
  void LayRenewables(std::size_t pool, Headroom headroom) {
    std::vector<const RenewableModel*> classes;
    double lowest = kUnlimited, highest = -kUnlimited;
    for (const RenewableModel& renewable : model_.renewables) {
      if (model_.parts[renewable.part].pool != pool) continue;
      if (renewable.of->headroom != headroom || renewable.order.capacity_kw() <= 0.0) continue;
      classes.push_back(&renewable);
      lowest = std::min(lowest, renewable.order.PriceAt(0.0));
      highest = std::max(highest, renewable.order.PriceAt(renewable.order.capacity_kw()));
    }
    if (classes.empty()) return;
    const std::size_t steps = highest > lowest ? model_.counts.merit_steps : 1;
    for (std::size_t step = 0; step < steps; ++step) {
      const double from = lowest + (highest - lowest) * static_cast<double>(step) / static_cast<double>(steps);
      const double to = lowest + (highest - lowest) * static_cast<double>(step + 1) / static_cast<double>(steps);
      std::vector<std::array<double, 2>> cuts;  // capacity taken at the cheap and the dear end of the step, by class
      cuts.reserve(classes.size());
      for (const RenewableModel* c : classes) {
        cuts.push_back({step == 0 ? 0.0 : c->order.TakenAt(from),
                        step + 1 == steps ? c->order.capacity_kw() : c->order.TakenAt(to)});
      }
      LayMeritStep(pool, headroom, classes, cuts);
    }
  }

  void LayMeritStep(std::size_t pool, Headroom headroom, const std::vector<const RenewableModel*>& classes,
                    const std::vector<std::array<double, 2>>& cuts) {
    for (std::size_t t = 0; t < count_; ++t) {
      double available = 0.0, cost = 0.0;
      for (std::size_t c = 0; c < classes.size(); ++c) {
        const MeritOrder& order = classes[c]->order;
        available += model_.AvailableKw(*classes[c]->of, t, cuts[c][1] - cuts[c][0]);
        cost += model_.AvailableKw(*classes[c]->of, t, order.NetCost(cuts[c][1]) - order.NetCost(cuts[c][0]));
      }
      if (available <= 0.0 && !keeps_shape()) continue;
      const double price = available > 0.0 ? hours() * cost / available : 0.0;
      Inject(t, AddColumn(t, 0.0, U(std::max(available, 0.0)), price), headroom, 1.0, pool);
    }
  }

  void LayCluster(const Cluster& cluster) {
    VirtualDevice device;
    device.first_column = lp_.columns();
    device.first_row = lp_.rows();
    switch (cluster.kind) {
      case DeviceKind::kStorage:
        LayStorage(cluster, device);
        break;
      case DeviceKind::kUnit:
        LayUnit(cluster, device);
        break;
      case DeviceKind::kHydro:
        LayHydro(cluster);
        break;
    }
    device.end_column = lp_.columns();
    device.end_row = lp_.rows();
    layout_.clusters.push_back(device);
  }

  void LayStorage(const Cluster& cluster, VirtualDevice& device) {
    StorageTerms sum{};
    for (std::uint32_t at = cluster.begin; at < cluster.end; ++at) {
      const StorageTerms one = StorageTerms::Of(model_.fleet.storages, cluster.Device(at));
      sum.charge_max_kw += one.charge_max_kw;
      sum.discharge_max_kw += one.discharge_max_kw;
      sum.energy_min_kwh += one.energy_min_kwh;
      sum.energy_max_kwh += one.energy_max_kwh;
      sum.initial_energy_kwh += one.initial_energy_kwh;
      sum.final_energy_min_kwh += std::max(one.final_energy_min_kwh, one.energy_min_kwh);
      sum.charge_efficiency += one.charge_efficiency * one.charge_max_kw;
      sum.discharge_efficiency += one.discharge_efficiency * one.discharge_max_kw;
      sum.wear_usd_per_kwh += one.wear_usd_per_kwh * one.discharge_max_kw;
      sum.keep += one.keep * one.energy_max_kwh;
    }
    const auto mean = [](double total, double weight, double without) {
      return weight > 0.0 ? total / weight : without;
    };
    const double in = hours() * mean(sum.charge_efficiency, sum.charge_max_kw, 1.0);
    const double out = hours() / mean(sum.discharge_efficiency, sum.discharge_max_kw, 1.0);
    const double wear = hours() * mean(sum.wear_usd_per_kwh, sum.discharge_max_kw, 0.0);
    const double keep = mean(sum.keep, sum.energy_max_kwh, 1.0);
    device.stride = 3;
    device.charge_first = true;
    const int rows = lp_.rows();
    for (std::size_t t = 0; t < count_; ++t) {
      const double start = t == 0 ? U(keep * sum.initial_energy_kwh) : 0.0;
      AddRow(t, start, start);
    }
    for (std::size_t t = 0; t < count_; ++t) {
      const int charge = AddColumn(t, 0.0, U(kVirtualStoragePower * sum.charge_max_kw), 0.0);
      const int discharge = AddColumn(t, 0.0, U(kVirtualStoragePower * sum.discharge_max_kw), wear);
      const double low = t + 1 < count_ ? sum.energy_min_kwh : sum.final_energy_min_kwh;
      const int energy = AddColumn(t, U(low), U(sum.energy_max_kwh), 0.0);
      Inject(t, charge, cluster.headroom, -1.0, cluster.pool);
      Inject(t, discharge, cluster.headroom, 1.0, cluster.pool);
      lp_.Add(rows + I(t), energy, 1.0);
      lp_.Add(rows + I(t), charge, -in);
      lp_.Add(rows + I(t), discharge, out);
      if (t + 1 < count_) lp_.Add(rows + I(t) + 1, energy, -keep);
    }
    const SurrogateLayout::OfPool& pool = layout_.pools[cluster.pool];
    if (!AsksForBacking(model_.fleet, model_.region)) return;
    const Carried carried = Carried::By({.charge_efficiency = in / hours(), .discharge_efficiency = hours() / out},
                                        model_.fleet.reserve_hours);
    if (pool.reserve_up >= 0 && (cluster.headroom & kHeadroomUp) != 0) {
      device.backing_up = LayBacking(device.first_column, pool.reserve_up, 1.0, carried.up_kw_per_kwh,
                                     sum.discharge_max_kw + carried.up_kw_per_kwh * sum.energy_min_kwh);
    }
    if (pool.reserve_down >= 0 && (cluster.headroom & kHeadroomDown) != 0) {
      device.backing_down = LayBacking(device.first_column, pool.reserve_down, -1.0, carried.down_kw_per_kwh,
                                       sum.charge_max_kw - carried.down_kw_per_kwh * sum.energy_max_kwh);
    }
  }

  // unbacked >= what power leaves - what energy carries (backing.h), and is no headroom:
  //     unbacked + sign (p + carried E) >= constant
  int LayBacking(int first_column, int reserve, double sign, double carried_kw_per_kwh, double constant_kw) {
    const int rows = lp_.rows();
    for (std::size_t t = 0; t < count_; ++t) {
      const int row = lp_.AddRow(U(constant_kw), kUnlimited), unbacked = lp_.AddColumn(0.0, kUnlimited, 0.0);
      const int charge = first_column + 3 * I(t), discharge = charge + 1, energy = charge + 2;
      lp_.Add(row, unbacked, 1.0);
      lp_.Add(row, charge, -sign);
      lp_.Add(row, discharge, sign);
      lp_.Add(row, energy, sign * carried_kw_per_kwh);
      lp_.Add(reserve + I(t), unbacked, -1.0);
    }
    return rows;
  }

  // The mean curve: pieces at equal shares of the band, priced at the members' mean.
  void LayUnit(const Cluster& cluster, VirtualDevice& device) {
    double low = 0.0, high = 0.0, up = 0.0, down = 0.0, initial = 0.0;
    bool starts_somewhere = true;
    std::array<double, kUnitPieces> kw{}, usd{};
    for (std::uint32_t at = cluster.begin; at < cluster.end; ++at) {
      const UnitTerms unit = UnitTerms::Of(model_.fleet.units, cluster.Device(at));
      low += unit.min_kw;
      high += unit.max_kw;
      up += unit.ramp_up_kw;
      down += unit.ramp_down_kw;
      starts_somewhere = starts_somewhere && !unit.starts_anywhere();
      if (!unit.starts_anywhere()) initial += unit.initial_kw;
      AddPieces(unit, kw, usd);
    }
    device.stride = device.power_columns = static_cast<int>(kUnitPieces);
    const int rows = lp_.rows();
    for (std::size_t t = 0; t < count_; ++t) {
      const double before = t == 0 ? initial : 0.0;
      const bool is_free = t == 0 && !starts_somewhere;
      AddRow(t, is_free ? -kUnlimited : U(before - down), is_free ? kUnlimited : U(before + up));
    }
    for (std::size_t t = 0; t < count_; ++t) {
      for (std::size_t k = 0; k < kUnitPieces; ++k) {
        const double must_run = k == 0 ? low : 0.0;
        const double price = kw[k] > 0.0 ? hours() * usd[k] / kw[k] : 0.0;
        const int column = AddColumn(t, U(must_run), U(must_run + kw[k]), price);
        Inject(t, column, cluster.headroom, 1.0, cluster.pool);
        lp_.Add(rows + I(t), column, 1.0);
        if (t + 1 < count_) lp_.Add(rows + I(t) + 1, column, -1.0);
      }
    }
  }

  static void AddPieces(const UnitTerms& unit, std::array<double, kUnitPieces>& kw,
                        std::array<double, kUnitPieces>& usd) {
    // A curve of at most so many pieces keeps them; a longer one is read at equal parts of the band.
    if (unit.piece_kw.size() <= kUnitPieces) {
      for (std::size_t k = 0; k < unit.piece_kw.size(); ++k) {
        kw[k] += static_cast<double>(unit.piece_kw[k]);
        usd[k] += static_cast<double>(unit.piece_kw[k]) * static_cast<double>(unit.piece_usd_per_kwh[k]);
      }
      return;
    }
    const double part = (unit.max_kw - unit.min_kw) / static_cast<double>(kUnitPieces);
    for (std::size_t k = 0; k < kUnitPieces; ++k) {
      const double from = unit.min_kw + part * static_cast<double>(k);
      kw[k] += part;
      usd[k] += unit.CostUsdPerHour(from + part) - unit.CostUsdPerHour(from);
    }
  }

  void LayHydro(const Cluster& cluster) {
    double low = 0.0, budget = 0.0, cost = 0.0, capacity = 0.0;
    Series high(count_, 0.0);
    for (std::uint32_t at = cluster.begin; at < cluster.end; ++at) {
      const std::uint32_t i = cluster.Device(at);
      const Hydros& hydros = model_.fleet.hydros;
      const Series& profile = model_.fleet.profiles[static_cast<std::size_t>(hydros.profile[i])];
      const double kw = hydros.capacity_kw[i];
      low += static_cast<double>(hydros.min_kw[i]);
      budget += static_cast<double>(hydros.energy_budget_kwh[i]);
      cost += kw * static_cast<double>(hydros.marginal_cost_usd_per_kwh[i]);
      capacity += kw;
      for (std::size_t t = 0; t < count_; ++t) high[t] += kw * profile[t];
    }
    const double price = capacity > 0.0 ? hours() * cost / capacity : 0.0;
    const int row = std::isfinite(budget) ? AddRow(-kUnlimited, U(budget / hours())) : -1;
    for (std::size_t t = 0; t < count_; ++t) {
      const int column = AddColumn(t, U(low), U(std::max(high[t], low)), price);
      Inject(t, column, cluster.headroom, 1.0, cluster.pool);
      if (row >= 0) lp_.Add(row, column, 1.0);
    }
  }

  const RegionModel& model_;
  SurrogateLayout layout_;
  LinearProgram& lp_;
  const std::size_t count_;
  Series whole_demand_kw_;
};

}  // namespace

SurrogateLayout LaySurrogate(const RegionModel& model) {
  return Layer(model).Lay();
}

}  // namespace derms::dispatch::fleet
