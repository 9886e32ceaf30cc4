#include "libs/dispatch/testing/random_problem.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "libs/dispatch/commitment.h"
#include "libs/dispatch/unit_paths.h"

namespace derms::dispatch::testing {
namespace {

// splitmix64 (Steele, Lea, Flood 2014): the same problems on every platform, unlike std::uniform_real_distribution.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  double Uniform(double low, double high) { return low + (high - low) * static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  bool Chance(double probability) { return Uniform(0, 1) < probability; }
  int Below(int count) { return static_cast<int>(Next() % static_cast<std::uint64_t>(count)); }

 private:
  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

class Generator {
 public:
  Generator(std::uint64_t seed, const RandomShape& shape) : random_(seed), shape_(shape) {}

  Problem Make() {
    problem_.interval_count = shape_.intervals;
    problem_.interval_length = random_.Chance(0.5) ? absl::Hours(1) : absl::Minutes(15);
    if (shape_.preferences) problem_.carbon_price_usd_per_kg = random_.Uniform(0.0, 0.1);
    for (int p = 0; p < 3; ++p) problem_.profiles.push_back(SeriesOf(0.0, 1.0));
    AddRegions();
    if (shape_.storage_plans) problem_.reserve_hours = random_.Uniform(0.5, 2.0);
    for (int i = 0; i < shape_.devices; ++i) AddDevice(i);
    if (shape_.carbon_cap) problem_.carbon_cap_kg = NeededKg() + random_.Uniform(0.02, 0.3) * DemandKg();
    return std::move(problem_);
  }

 private:
  Series SeriesOf(double low, double high) {
    Series series(static_cast<std::size_t>(shape_.intervals));
    for (double& value : series) value = random_.Uniform(low, high);
    return series;
  }

  void AddRegions() {
    Region root;
    root.id = "CA";
    const double size = shape_.devices / 10.0;
    root.demand_kw = SeriesOf(200.0 * size, 900.0 * size);
    root.import_price_usd_per_kwh = SeriesOf(shape_.negative_prices ? -0.6 : 0.01, 0.3);
    if (shape_.flat_prices) root.import_price_usd_per_kwh.assign(root.demand_kw.size(), random_.Uniform(0.05, 0.2));
    root.export_price_usd_per_kwh = root.import_price_usd_per_kwh;
    const double flat_spread = shape_.flat_prices ? random_.Uniform(0.0, 0.02) : 0.0;
    for (double& price : root.export_price_usd_per_kwh) {
      price -= shape_.flat_prices ? flat_spread : random_.Uniform(0.0, 0.02);
    }
    root.carbon_of_import_kg_per_kwh = SeriesOf(0.1, 0.6);
    root.import_limit_kw = SeriesOf(500.0 * size, 1500.0 * size);
    if (shape_.preferences) {
      root.peak_charge_usd_per_kw = random_.Uniform(0.0, 0.2);
      root.peak_so_far_kw = random_.Uniform(0.0, 300.0);
      root.flattening_usd_per_kwh = random_.Uniform(0.0, 0.02);
    }
    if (shape_.reserve) {
      root.reserve_up_kw = SeriesOf(0.0, 200.0 * size);
      root.reserve_down_kw = SeriesOf(0.0, 200.0 * size);
    }
    problem_.regions.push_back(root);
    if (!shape_.nested_regions) return;
    for (const char* id : {"NORTH", "SOUTH", "SOUTH/CITY"}) {
      Region part;
      part.id = id;
      part.parent = problem_.regions.size() == 3 ? 2 : 0;
      if (random_.Chance(0.5)) part.demand_kw = SeriesOf(0.0, 100.0);
      part.import_limit_kw = SeriesOf(100.0 * size, 400.0 * size);
      part.export_limit_kw = SeriesOf(300.0 * size, 900.0 * size);
      problem_.regions.push_back(part);
    }
  }

  void AddDevice(int i) {
    Device device;
    device.id = absl::StrCat("DER-", i);
    device.region = random_.Below(static_cast<int>(problem_.regions.size()));
    switch (random_.Below(shape_.flexible_loads ? 5 : 4)) {
      case 0:
        device.kind = MakeRenewable();
        device.reserve_up = false;
        break;
      case 1:
        device.kind = MakeStorage();
        break;
      case 2:
        device.kind = MakeUnit();
        break;
      case 3:
        device.kind = MakeHydro();
        break;
      default:
        device.kind = MakeLoad();
        break;
    }
    problem_.devices.push_back(device);
  }

  Renewable MakeRenewable() {
    Renewable renewable;
    renewable.availability_kw = {random_.Below(3), random_.Uniform(50.0, 400.0)};
    renewable.marginal_cost_usd_per_kwh = random_.Uniform(0.0, 0.01);
    renewable.must_take = random_.Chance(0.2);
    if (shape_.preferences) renewable.curtailment_price_usd_per_kwh = random_.Uniform(0.0, 0.05);
    return renewable;
  }

  Storage MakeStorage() {
    Storage storage;
    storage.charge_max_kw = random_.Uniform(20.0, 150.0);
    storage.discharge_max_kw = random_.Uniform(20.0, 150.0);
    storage.energy_max_kwh = random_.Uniform(100.0, 400.0);
    storage.energy_min_kwh = random_.Chance(0.5) ? 0.1 * storage.energy_max_kwh : 0.0;
    storage.initial_energy_kwh = random_.Uniform(0.5, 0.9) * storage.energy_max_kwh;
    storage.final_energy_min_kwh = 0.8 * storage.initial_energy_kwh;
    storage.charge_efficiency = random_.Uniform(0.85, 1.0);
    storage.discharge_efficiency = random_.Uniform(0.85, 1.0);
    storage.standing_loss_per_hour = random_.Chance(0.3) ? 0.001 : 0.0;
    storage.wear_usd_per_kwh = random_.Chance(0.5) ? random_.Uniform(0.0, 0.02) : 0.0;
    storage.one_direction = random_.Chance(0.8);
    if (shape_.storage_plans) AddPlan(storage);
    return storage;
  }

  void AddPlan(Storage& storage) {
    if (random_.Chance(0.5)) storage.inflow_kw = {random_.Below(3), random_.Uniform(5.0, 40.0)};
    for (const int t : {shape_.intervals / 3, 2 * shape_.intervals / 3}) {
      EnergyTarget target;
      target.interval = t;
      target.at_least_kwh = random_.Uniform(0.5, 0.95) * storage.initial_energy_kwh;
      if (random_.Chance(0.5)) {
        target.at_most_kwh = std::max(random_.Uniform(1.0, 1.1) * storage.initial_energy_kwh, storage.energy_min_kwh);
      }
      if (random_.Chance(0.7)) storage.targets.push_back(target);
    }
  }

  Unit MakeUnit() {
    Unit unit;
    unit.max_kw = random_.Uniform(50.0, 300.0);
    unit.min_kw = random_.Uniform(0.1, 0.5) * unit.max_kw;
    if (random_.Chance(0.7)) {
      const double minutes = absl::ToDoubleMinutes(problem_.interval_length);
      unit.ramp_up_kw_per_min = random_.Uniform(0.1, 0.5) * unit.max_kw / minutes;
      unit.ramp_down_kw_per_min = random_.Uniform(0.1, 0.5) * unit.max_kw / minutes;
    }
    if (random_.Chance(0.7)) unit.initial_kw = random_.Uniform(unit.min_kw, unit.max_kw);
    const double price = random_.Uniform(0.02, 0.2);
    unit.cost_pieces = {{0.5 * unit.max_kw, price}, {0.8 * unit.max_kw, 1.2 * price}, {unit.max_kw, 1.5 * price}};
    unit.co2_kg_per_kwh = random_.Uniform(0.0, 0.5);
    if (shape_.committable_units) {
      unit.committable = true;
      if (unit.initial_kw && random_.Chance(0.5)) unit.initial_kw = 0.0;
      unit.no_load_usd_per_hour = random_.Uniform(0.0, 2.0);
      unit.start_cost_usd = random_.Uniform(0.0, 5.0);
      if (shape_.unit_times) AddTimes(unit);
    }
    if (shape_.quadratic) unit.quadratic_usd_per_kw2h = random_.Uniform(0.0, 1.0) * price / unit.max_kw;
    if (shape_.budgets && random_.Chance(0.7)) {
      const double least = EnergyKwh(problem_, LeastOutput(unit));
      const double most = unit.max_kw * problem_.hours() * shape_.intervals;
      unit.energy_budget_kwh = least + random_.Uniform(0.05, 0.5) * std::max(most - least, 0.0);
    }
    return unit;
  }

  Series LeastOutput(const Unit& unit) const {
    const OnPattern on = OffAsSoonAsPossible(problem_, unit);
    return FollowOutputs(problem_, unit, on, Series(on.size(), 0.0));
  }

  void AddTimes(Unit& unit) {
    unit.min_up_hours = random_.Uniform(0.0, 4.0) * problem_.hours();
    unit.min_down_hours = random_.Uniform(0.0, 4.0) * problem_.hours();
    if (random_.Chance(0.7)) unit.initial_state_hours = random_.Uniform(0.0, 5.0) * problem_.hours();
    if (random_.Chance(0.6)) {
      const double hot = unit.start_cost_usd, hours = problem_.hours();
      unit.start_cost_usd = 0.0;
      unit.start_costs = {{0.0, hot}, {random_.Uniform(1.5, 3.0) * hours, 1.5 * hot}, {4.0 * hours, 2.5 * hot}};
    }
    unit.stop_cost_usd = random_.Uniform(0.0, 1.0);
    if (random_.Chance(0.5)) unit.start_max_kw = random_.Uniform(unit.min_kw, unit.max_kw);
    if (random_.Chance(0.5)) unit.stop_max_kw = random_.Uniform(unit.min_kw, unit.max_kw);
    const int first = random_.Below(shape_.intervals - 2);
    const Commitment rules(problem_, unit);
    if (random_.Chance(0.4) && (!rules.on_before || first >= rules.EarliestStop())) {
      unit.maintenance.push_back({first, first + 2});
    }
  }

  FlexibleLoad MakeLoad() {
    FlexibleLoad load;
    load.max_kw = random_.Uniform(5.0, 20.0);
    load.window.first = random_.Below(shape_.intervals / 2);
    if (random_.Chance(0.5)) load.window.end = load.window.first + 2 + random_.Below(shape_.intervals / 2 - 1);
    const int end = load.window.end == 0 ? shape_.intervals : load.window.end;
    const int runs = 1 + random_.Below(end - load.window.first);
    load.energy_kwh = runs * load.max_kw * problem_.hours() * random_.Uniform(0.8, 1.0);
    if (random_.Chance(0.6)) {
      load.min_kw = random_.Uniform(0.2, 0.8) * load.max_kw;
      load.contiguous = random_.Chance(0.5);
    }
    if (random_.Chance(0.4)) load.undelivered_usd_per_kwh = random_.Uniform(0.0, 0.5);
    return load;
  }

  // What units must emit, and loads that must run when all of it is imported.
  double NeededKg() const {
    constexpr double kMostImportKgPerKwh = 0.6;
    double kg = 0.0;
    for (const Device& device : problem_.devices) {
      if (const auto* unit = std::get_if<Unit>(&device.kind)) {
        kg += unit->co2_kg_per_kwh * EnergyKwh(problem_, LeastOutput(*unit));
      }
      if (const auto* load = std::get_if<FlexibleLoad>(&device.kind)) kg += kMostImportKgPerKwh * load->energy_kwh;
    }
    return kg;
  }

  // Of the root's demand, imported.
  double DemandKg() const {
    const Region& root = problem_.regions[0];
    double kg = 0.0;
    for (std::size_t t = 0; t < root.demand_kw.size(); ++t) {
      kg += problem_.hours() * root.carbon_of_import_kg_per_kwh[t] * root.demand_kw[t];
    }
    return kg;
  }

  Hydro MakeHydro() {
    Hydro hydro;
    hydro.availability_kw = {random_.Below(3), random_.Uniform(50.0, 300.0)};
    if (random_.Chance(0.7)) {
      hydro.energy_budget_kwh =
          random_.Uniform(0.1, 0.4) * hydro.availability_kw.scale * problem_.hours() * shape_.intervals;
    }
    if (shape_.budgets && random_.Chance(0.7)) AddPeriods(hydro);
    return hydro;
  }

  // Two, with intervals between them, before or behind that have no budget.
  void AddPeriods(Hydro& hydro) {
    int first = random_.Below(2);
    for (const int end : {shape_.intervals / 2, shape_.intervals - random_.Below(2)}) {
      const double most_kwh = hydro.availability_kw.scale * problem_.hours() * (end - first);
      hydro.period_budgets.push_back({{first, end}, random_.Uniform(0.05, 0.4) * most_kwh});
      first = end + random_.Below(2);
    }
  }

  Random random_;
  const RandomShape shape_;
  Problem problem_;
};

}  // namespace

Problem RandomProblem(std::uint64_t seed, const RandomShape& shape) {
  return Generator(seed, shape).Make();
}

Problem SingleRegion(const Series& demand_kw, const Series& import_price_usd_per_kwh) {
  Problem problem;
  problem.interval_count = static_cast<int>(demand_kw.size());
  Region region;
  region.id = "CA";
  region.demand_kw = demand_kw;
  region.import_price_usd_per_kwh = import_price_usd_per_kwh;
  problem.regions.push_back(region);
  return problem;
}

Device Battery(const std::string& id) {
  Storage storage;
  storage.charge_max_kw = storage.discharge_max_kw = 100.0;
  storage.energy_max_kwh = 400.0;
  storage.initial_energy_kwh = 200.0;
  storage.charge_efficiency = storage.discharge_efficiency = 0.9;
  Device device;
  device.id = id;
  device.kind = storage;
  return device;
}

Device& AddRenewable(Problem& problem, const std::string& id, const Series& availability_kw) {
  problem.profiles.push_back(availability_kw);
  Renewable renewable;
  renewable.availability_kw.profile = static_cast<int>(problem.profiles.size()) - 1;
  Device device;
  device.id = id;
  device.reserve_up = false;
  device.kind = renewable;
  return problem.devices.emplace_back(device);
}

}  // namespace derms::dispatch::testing
