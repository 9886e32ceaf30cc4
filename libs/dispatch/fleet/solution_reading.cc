#include "libs/dispatch/fleet/solution_reading.h"

#include <algorithm>
#include <cmath>

#include "libs/dispatch/accounting.h"
#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/fleet/backing.h"
#include "libs/dispatch/fleet/device_multipliers.h"
#include "libs/dispatch/fleet/region_model.h"
#include "libs/dispatch/region_tree.h"

namespace derms::dispatch::fleet {
namespace {

constexpr double kLeastPrice = 1e-6;  // USD per kW; below is rounding

class Reader {
 public:
  Reader(const Problem& problem, const CompiledFleet& compiled, const FleetSchedule& schedule)
      : problem_(problem),
        fleet_(compiled.fleet),
        origin_(compiled.origin),
        hydro_period_(compiled.hydro_period),
        schedule_(schedule),
        count_(fleet_.intervals()),
        solution_(EmptySolution(problem)) {}

  Solution Read() {
    for (std::size_t c = 0; c < fleet_.renewables.classes.size(); ++c) ReadRenewables(c);
    for (std::size_t i = 0; i < fleet_.storages.size(); ++i) ReadStorage(i);
    for (std::size_t i = 0; i < fleet_.units.size(); ++i) ReadUnit(i);
    for (std::size_t i = 0; i < fleet_.hydros.size(); ++i) ReadHydro(i);
    for (std::size_t r = 0; r < fleet_.regions.size(); ++r) {
      solution_.regions[r].shed_kw = schedule_.regions[r].shed_kw;
      solution_.regions[r].over_kw = schedule_.regions[r].over_kw;
    }
    CompleteSolution(problem_, RegionTree(problem_.regions), solution_);
    ReadMultipliers();
    const RegionTree tree(problem_.regions);
    for (std::size_t r = 0; r < fleet_.regions.size(); ++r) ReadPrices(tree, r);
    KeepDearest();
    solution_.lower_bound_usd = schedule_.lower_bound_usd;
    solution_.bound_kind = BoundKind::kRecomputed;
    return std::move(solution_);
  }

 private:
  std::size_t At(std::size_t i, std::size_t t) const { return i * count_ + t; }

  void ReadRenewables(std::size_t c) {
    const RenewableClass& of = fleet_.renewables.classes[c];
    Series before(count_, 0.0);
    for (std::size_t i = of.begin; i < of.end; ++i) {
      const std::size_t device = origin_.renewable[i];
      const auto& renewable = std::get<Renewable>(problem_.devices[device].kind);
      const double capacity = fleet_.renewables.capacity_kw[i];
      for (std::size_t t = 0; t < count_; ++t) {
        const double available = problem_.at(renewable.availability_kw, static_cast<int>(t));
        const double taken = std::clamp(schedule_.renewable_taken_kw[At(c, t)] - before[t], 0.0, capacity);
        const double share = of.must_take || capacity <= 0.0 ? 1.0 : taken / capacity;
        solution_.devices[device].power_kw[t] = share * available;
        before[t] += capacity;
      }
    }
  }

  // Floats round: in doubles every power is brought back to what the storage can do.
  void ReadStorage(std::size_t i) {
    const std::size_t device = origin_.storage[i];
    const auto& storage = std::get<Storage>(problem_.devices[device].kind);
    DeviceSchedule& to = solution_.devices[device];
    const double hours = problem_.hours(), keep = Retention(storage, hours);
    double energy = storage.initial_energy_kwh;
    for (std::size_t t = 0; t < count_; ++t) {
      const double kept = keep * energy, power = schedule_.storage_kw[At(i, t)];
      const double room = std::max(storage.energy_max_kwh - kept, 0.0) / (hours * storage.charge_efficiency);
      const double stock = std::max(kept - storage.energy_min_kwh, 0.0) * storage.discharge_efficiency / hours;
      const double charge = std::min({std::max(-power, 0.0), storage.charge_max_kw, room});
      const double discharge = std::min({std::max(power, 0.0), storage.discharge_max_kw, stock});
      to.charge_kw[t] = charge;
      to.discharge_kw[t] = discharge;
      energy = kept + hours * (storage.charge_efficiency * charge - discharge / storage.discharge_efficiency);
    }
  }

  void ReadUnit(std::size_t i) {
    const std::size_t device = origin_.unit[i];
    const auto& unit = std::get<Unit>(problem_.devices[device].kind);
    for (std::size_t t = 0; t < count_; ++t) {
      const double power = schedule_.unit_kw[At(i, t)];
      solution_.devices[device].power_kw[t] = std::clamp(power, unit.min_kw, unit.max_kw);
    }
  }

  void ReadHydro(std::size_t i) {
    const std::size_t device = origin_.hydro[i];
    const auto& hydro = std::get<Hydro>(problem_.devices[device].kind);
    Series& power_kw = solution_.devices[device].power_kw;  // one that has several rows: their sum
    for (std::size_t t = 0; t < count_; ++t) {
      const double available = problem_.at(hydro.availability_kw, static_cast<int>(t));
      power_kw[t] =
          std::clamp(power_kw[t] + static_cast<double>(schedule_.hydro_kw[At(i, t)]), hydro.min_kw, available);
    }
  }

  void ReadWater(std::size_t i, double usd_per_kwh) {
    Multipliers& to = solution_.multipliers;
    const std::size_t device = origin_.hydro[i];
    const auto& hydro = std::get<Hydro>(problem_.devices[device].kind);
    if (hydro.period_budgets.empty()) {
      to.energy_budget[device] = usd_per_kwh;
      return;
    }
    to.period_budget[device].resize(hydro.period_budgets.size());
    if (hydro_period_[i] >= 0) to.period_budget[device][static_cast<std::size_t>(hydro_period_[i])] = usd_per_kwh;
  }

  void ReadMultipliers() {
    Multipliers& to = solution_.multipliers;
    for (const RegionPrices& prices : schedule_.prices) {
      to.balance.push_back(prices.balance);
      to.flattening.push_back(prices.flattening);
      to.reserve_up.push_back(prices.reserve_up);
      to.reserve_down.push_back(prices.reserve_down);
      to.peak.push_back(prices.peak);
      to.import_limit.push_back(prices.import_limit);
      to.export_limit.push_back(prices.export_limit);
    }
    to.stored_energy.resize(problem_.devices.size());
    to.ramp_up.resize(problem_.devices.size());
    to.ramp_down.resize(problem_.devices.size());
    to.energy_budget.assign(problem_.devices.size(), 0.0);
    to.period_budget.resize(problem_.devices.size());
    const DeviceMultipliers device = MultipliersOf(fleet_);
    const RegionTree tree(problem_.regions);
    to.reserve_energy_up.resize(problem_.devices.size());
    to.reserve_energy_down.resize(problem_.devices.size());
    for (const DeviceGroup& group : fleet_.storages.groups) {
      const Series worth = WorthIn(tree, group.region, group.headroom);
      const RegionPrices& prices = schedule_.prices[static_cast<std::size_t>(group.region)];
      for (std::size_t i = group.begin; i < group.end; ++i) ReadStoragePrices(i, worth, prices, device);
    }
    Each(tree, fleet_.units.groups, [&](std::size_t i, const Series& worth) {
      Series& up = to.ramp_up[origin_.unit[i]];
      Series& down = to.ramp_down[origin_.unit[i]];
      up.resize(count_);
      device.ramp(i, worth, up);
      for (double& value : up) {
        down.push_back(std::max(-value, 0.0));
        value = std::max(value, 0.0);
      }
    });
    Each(tree, fleet_.hydros.groups, [&](std::size_t i, const Series& worth) { ReadWater(i, device.water(i, worth)); });
  }

  void ReadStoragePrices(std::size_t i, Series worth, const RegionPrices& prices, const DeviceMultipliers& device) {
    Multipliers& to = solution_.multipliers;
    const std::size_t at = origin_.storage[i];
    Series holding;
    if (const BackingPrices* const backing = BackingOf(prices, i)) {
      AddToWorth(*backing, worth);
      holding.resize(count_);
      HoldingOf(StorageTerms::Of(fleet_.storages, i), fleet_.reserve_hours, *backing, holding);
      to.reserve_energy_up[at] = backing->up;
      to.reserve_energy_down[at] = backing->down;
    }
    to.stored_energy[at].resize(count_);
    device.stored_energy(i, worth, holding, to.stored_energy[at]);
  }

  // What a kW injected there is worth: the root's prices, and those of all limits and requirements on the way down.
  Series WorthIn(const RegionTree& tree, int region, Headroom headroom) const {
    Series worth(count_, 0.0);
    for (int r : tree.path_to_root(region)) {
      const RegionPrices& prices = schedule_.prices[static_cast<std::size_t>(r)];
      const Series here = WorthOf(prices, headroom, count_);
      for (std::size_t t = 0; t < count_; ++t) {
        worth[t] += here[t] + fleet::At(prices.import_limit, t) - fleet::At(prices.export_limit, t);
      }
    }
    return worth;
  }

  template <typename Visit>
  void Each(const RegionTree& tree, const std::vector<DeviceGroup>& groups, const Visit& visit) const {
    for (const DeviceGroup& group : groups) {
      const Series worth = WorthIn(tree, group.region, group.headroom);
      for (std::size_t i = group.begin; i < group.end; ++i) visit(i, worth);
    }
  }

  // What a kW more of the limits would save: of a root, what the grid's prices leave of the balance's.
  std::pair<double, double> LimitPrices(const FleetRegion& region, const RegionPrices& prices, std::size_t t) const {
    if (region.parent >= 0) return {fleet::At(prices.import_limit, t), fleet::At(prices.export_limit, t)};
    const double balance = fleet::At(prices.balance, t), peak = fleet::At(prices.peak, t);
    return {balance - peak - fleet_.hours * region.import_price_usd_per_kwh[t],
            fleet_.hours * region.export_price_usd_per_kwh[t] - balance};
  }

  void ReadPrices(const RegionTree& tree, std::size_t r) {
    const RegionPrices& prices = schedule_.prices[r];
    const FleetRegion& region = fleet_.regions[r];
    RegionSchedule& to = solution_.regions[r];
    const Series worth = WorthIn(tree, static_cast<int>(r), kNoHeadroom);
    if (!to.reserve_short_up_kw.empty()) to.reserve_up_price_usd_per_kw = prices.reserve_up;
    if (!to.reserve_short_down_kw.empty()) to.reserve_down_price_usd_per_kw = prices.reserve_down;
    for (std::size_t t = 0; t < count_; ++t) {
      to.shadow_price_usd_per_kwh.push_back(worth[t] / fleet_.hours);
      const auto [in, out] = LimitPrices(region, prices, t);
      const double small = 1e-6 * (1.0 + region.demand_kw[t]);
      if (to.net_import_kw[t] >= region.import_limit_kw[t] - small) Note("import_limit", region.id, t, in);
      if (-to.net_import_kw[t] >= region.export_limit_kw[t] - small) Note("export_limit", region.id, t, out);
      Note("reserve_up", region.id, t, fleet::At(prices.reserve_up, t));
      Note("reserve_down", region.id, t, fleet::At(prices.reserve_down, t));
      Note("peak_import", region.id, t, fleet::At(prices.peak, t));
    }
  }
  void Note(const char* name, const std::string& subject, std::size_t t, double price) {
    if (price > kLeastPrice) solution_.binding.push_back({name, subject, static_cast<int>(t), price});
  }
  void KeepDearest() {
    std::stable_sort(solution_.binding.begin(), solution_.binding.end(),
                     [](const BindingConstraint& a, const BindingConstraint& b) {
                       return a.shadow_price_usd_per_kw > b.shadow_price_usd_per_kw;
                     });
    if (solution_.binding.size() > kMaxBindingConstraints) solution_.binding.resize(kMaxBindingConstraints);
  }

  const Problem& problem_;
  const Fleet& fleet_;
  const FleetOrigin& origin_;
  const std::vector<int>& hydro_period_;
  const FleetSchedule& schedule_;
  const std::size_t count_;
  Solution solution_;
};

}  // namespace

Solution ReadSolution(const Problem& problem, const CompiledFleet& compiled, const FleetSchedule& schedule) {
  return Reader(problem, compiled, schedule).Read();
}

}  // namespace derms::dispatch::fleet
