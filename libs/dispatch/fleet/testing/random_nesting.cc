#include "libs/dispatch/fleet/testing/random_nesting.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/dispatch/fleet/testing/random.h"

namespace derms::dispatch::fleet::testing {
namespace {

class Nesting {
 public:
  explicit Nesting(std::uint64_t seed) : random_(seed) {}

  Problem Make() {
    problem_.interval_count = 12;
    problem_.interval_length = Chance(0.5) ? absl::Hours(1) : absl::Minutes(15);
    for (int p = 0; p < 3; ++p) problem_.profiles.push_back(SeriesOf(0.0, 1.0));
    AddRoot();
    Grow(/*parent=*/0, /*levels_below=*/1 + random_.Below(3));
    return std::move(problem_);
  }

 private:
  bool Chance(double probability) { return random_.Uniform(0.0, 1.0) < probability; }

  Series SeriesOf(double low, double high) {
    Series series;
    for (int t = 0; t < problem_.interval_count; ++t) series.push_back(random_.Uniform(low, high));
    return series;
  }

  void AddRoot() {
    Region root;
    root.id = "CA";
    root.demand_kw = SeriesOf(100.0, 500.0);
    root.import_price_usd_per_kwh = SeriesOf(Chance(0.3) ? -0.4 : 0.02, 0.3);
    root.export_price_usd_per_kwh = root.import_price_usd_per_kwh;
    for (double& price : root.export_price_usd_per_kwh) price -= random_.Uniform(0.0, 0.05);
    root.import_limit_kw = SeriesOf(800.0, 2000.0);
    if (Chance(0.5)) root.peak_charge_usd_per_kw = random_.Uniform(0.0, 0.2);
    if (Chance(0.5)) root.reserve_up_kw = SeriesOf(0.0, 100.0);
    problem_.regions.push_back(root);
  }

  void Grow(int parent, int levels_below) {
    const int children = 1 + random_.Below(3);
    for (int child = 0; child < children; ++child) {
      const int region = static_cast<int>(problem_.regions.size());
      Region of;
      of.id = absl::StrCat(problem_.regions[static_cast<std::size_t>(parent)].id, "/", child);
      of.parent = parent;
      if (Chance(0.4)) of.demand_kw = SeriesOf(0.0, 60.0);
      const double width = random_.Uniform(0.3, 2.0);
      of.import_limit_kw = SeriesOf(width * 60.0, width * 150.0);
      of.export_limit_kw = SeriesOf(width * 60.0, width * 150.0);
      problem_.regions.push_back(of);
      const bool is_leaf = levels_below == 1 || Chance(0.3);
      AddDevices(region, is_leaf ? 1 + random_.Below(4) : random_.Below(3));
      if (!is_leaf) Grow(region, levels_below - 1);
    }
  }

  void AddDevices(int region, int count) {
    const bool only_storage = Chance(0.4);
    for (int k = 0; k < count; ++k) {
      Device device;
      device.id = absl::StrCat("DER-", problem_.devices.size());
      device.region = region;
      const int kind = only_storage ? 0 : random_.Below(4);
      if (kind == 0) device.kind = MakeStorage();
      if (kind == 1) device.kind = MakeRenewable();
      if (kind == 2) device.kind = MakeUnit();
      if (kind == 3) device.kind = MakeHydro();
      device.reserve_up = kind != 1;
      problem_.devices.push_back(device);
    }
  }

  // May have to charge.
  Storage MakeStorage() {
    Storage storage;
    storage.charge_max_kw = random_.Uniform(20.0, 150.0);
    storage.discharge_max_kw = random_.Uniform(20.0, 150.0);
    storage.energy_max_kwh = random_.Uniform(1.0, 4.0) * storage.discharge_max_kw;
    storage.initial_energy_kwh = random_.Uniform(0.1, 0.9) * storage.energy_max_kwh;
    const double most = storage.initial_energy_kwh + 4.0 * problem_.hours() * storage.charge_max_kw;
    storage.final_energy_min_kwh =
        std::min(random_.Uniform(0.5, 1.6) * storage.initial_energy_kwh, std::min(storage.energy_max_kwh, most));
    storage.charge_efficiency = random_.Uniform(0.85, 1.0);
    storage.discharge_efficiency = random_.Uniform(0.85, 1.0);
    storage.standing_loss_per_hour = Chance(0.3) ? 0.002 : 0.0;
    storage.wear_usd_per_kwh = Chance(0.5) ? random_.Uniform(0.0, 0.02) : 0.0;
    return storage;
  }

  Renewable MakeRenewable() {
    Renewable renewable;
    renewable.availability_kw = {random_.Below(3), random_.Uniform(20.0, 150.0)};
    renewable.must_take = Chance(0.2);
    return renewable;
  }

  Unit MakeUnit() {
    Unit unit;
    unit.max_kw = random_.Uniform(20.0, 100.0);
    unit.min_kw = random_.Uniform(0.0, 0.4) * unit.max_kw;
    const double minutes = absl::ToDoubleMinutes(problem_.interval_length);
    if (Chance(0.7)) {
      unit.ramp_up_kw_per_min = random_.Uniform(0.1, 0.5) * unit.max_kw / minutes;
      unit.ramp_down_kw_per_min = random_.Uniform(0.1, 0.5) * unit.max_kw / minutes;
    }
    if (Chance(0.7)) unit.initial_kw = random_.Uniform(unit.min_kw, unit.max_kw);
    const double price = random_.Uniform(0.02, 0.3);
    unit.cost_pieces = {{0.5 * unit.max_kw, price}, {unit.max_kw, 1.3 * price}};
    return unit;
  }

  Hydro MakeHydro() {
    Hydro hydro;
    hydro.availability_kw = {random_.Below(3), random_.Uniform(20.0, 100.0)};
    if (Chance(0.7)) {
      hydro.energy_budget_kwh =
          random_.Uniform(0.1, 0.4) * hydro.availability_kw.scale * problem_.hours() * problem_.interval_count;
    }
    return hydro;
  }

  Random random_;
  Problem problem_;
};

}  // namespace

Problem RandomNesting(std::uint64_t seed) {
  return Nesting(7919 * seed).Make();  // seeds beside each other share no numbers
}

}  // namespace derms::dispatch::fleet::testing
