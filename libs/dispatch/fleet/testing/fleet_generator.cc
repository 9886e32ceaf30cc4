#include "libs/dispatch/fleet/testing/fleet_generator.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/fleet/fleet_builder.h"
#include "libs/dispatch/fleet/testing/feeder_plan.h"

namespace derms::dispatch::fleet::testing {
namespace {

constexpr int kSolarProfiles = 12, kWindProfiles = 4, kFlatProfile = kSolarProfiles + kWindProfiles;
constexpr double kWindShare = 0.08, kHydroShare = 0.03, kGeothermalShare = 0.01, kFuelCellShare = 0.08;

class RegionGenerator {
 public:
  // Adds the area of this number, below `parent` (-1: as a root).
  RegionGenerator(const FleetShape& shape, int number, int parent, Fleet& fleet, FleetBuilder& builder)
      : shape_(shape),
        number_(number),
        parent_(parent),
        region_(static_cast<int>(fleet.regions.size())),
        random_(shape.seed * 1000003ULL + static_cast<std::uint64_t>(number)),
        fleet_(fleet),
        builder_(builder),
        renewable_kw_(fleet.intervals(), 0.0),
        feeders_(shape, number, region_, fleet.intervals()) {}

  void Generate() {
    AddWeather();
    const auto total = shape_.devices / static_cast<std::size_t>(shape_.regions);
    const auto count = [&](double share) {
      return static_cast<std::size_t>(std::llround(share * static_cast<double>(total)));
    };
    const std::size_t storage = count(shape_.storage_share), wind = count(kWindShare);
    const std::size_t hydro = std::max<std::size_t>(1, count(kHydroShare));
    const std::size_t geothermal = std::max<std::size_t>(1, count(kGeothermalShare));
    const std::size_t fuel_cells = std::max<std::size_t>(1, count(kFuelCellShare));
    const std::size_t rest = storage + wind + hydro + geothermal + fuel_cells;
    for (std::size_t i = rest; i < total; ++i) AddRenewable(random_.Below(kSolarProfiles), random_.LogNormal(5.5, 0.6));
    for (std::size_t i = 0; i < wind; ++i) {
      AddRenewable(kSolarProfiles + random_.Below(kWindProfiles), random_.LogNormal(13.0, 0.8));
    }
    AddStorages(storage);
    for (std::size_t i = 0; i < hydro; ++i) AddHydro();
    for (std::size_t i = 0; i < geothermal; ++i) AddGeothermal();
    for (std::size_t i = 0; i < fuel_cells; ++i) AddFuelCell();
    AddRegion();
  }

 private:
  double hours() const { return fleet_.hours; }
  double HourOf(std::size_t t) const { return (static_cast<double>(t) + 0.5) * hours(); }

  void AddWeather() {
    const std::size_t count = fleet_.intervals();
    first_profile_ = static_cast<int>(fleet_.profiles.size());
    Series clouds(count);
    double cloud = 0.0;
    for (double& share : clouds) {
      cloud = 0.9 * cloud + 0.15 * random_.Normal();
      share = std::clamp(0.85 + 0.2 * cloud, 0.25, 1.0);
    }
    for (int k = 0; k < kSolarProfiles; ++k) {
      const double shift_hours = -1.5 + 3.0 * k / (kSolarProfiles - 1);
      Series profile(count, 0.0);
      for (std::size_t t = 0; t < count; ++t) {
        const double sun = std::sin((HourOf(t) - shift_hours - 6.0) / 12.0 * std::numbers::pi);
        const bool day = HourOf(t) - shift_hours > 6.0 && HourOf(t) - shift_hours < 18.0;
        if (day && sun > 0.0) profile[t] = std::pow(sun, 1.2) * clouds[t];
      }
      fleet_.profiles.push_back(profile);
    }
    for (int k = 0; k < kWindProfiles; ++k) {
      Series profile(count);
      double wind = random_.Normal();
      for (double& share : profile) {
        wind = std::pow(0.96, 4.0 * hours()) * wind + 0.25 * std::sqrt(4.0 * hours()) * random_.Normal();
        share = std::clamp(0.35 + 0.25 * wind, 0.0, 1.0);
      }
      fleet_.profiles.push_back(profile);
    }
    fleet_.profiles.emplace_back(count, 1.0);
  }

  void AddRenewable(int profile, double capacity_kw) {
    const int place = feeders_.Next();
    builder_.Add(RenewableRow{place, first_profile_ + profile, false, kHeadroomDown, static_cast<float>(capacity_kw),
                              random_.UniformF(0.0, 0.015), 0.02F, 0});
    const Series& share = fleet_.profiles[static_cast<std::size_t>(first_profile_) + static_cast<std::size_t>(profile)];
    for (std::size_t t = 0; t < share.size(); ++t) renewable_kw_[t] += capacity_kw * share[t];
    feeders_.AddRenewable(place, capacity_kw, share);
  }

  StorageRow NewStorage() {
    const double energy = random_.LogNormal(11.0, 0.7), power = energy / random_.Uniform(1.5, 5.0);
    StorageRow row{};
    row.headroom = shape_.reserve_down_of_demand > 0.0 ? kHeadroomUp | kHeadroomDown : kHeadroomUp;
    row.discharge_max_kw = static_cast<float>(power);
    row.charge_max_kw = static_cast<float>(power * random_.Uniform(0.8, 1.0));
    row.energy_max_kwh = static_cast<float>(energy);
    row.energy_min_kwh = static_cast<float>(energy * random_.Uniform(0.05, 0.15));
    row.charge_efficiency = random_.UniformF(0.93, 0.985);
    row.discharge_efficiency = random_.UniformF(0.93, 0.985);
    row.wear_usd_per_kwh = random_.UniformF(0.01, 0.04);
    return row;
  }

  void AddStorages(std::size_t count) {
    std::vector<StorageRow> models;
    if (shape_.catalogue) {
      for (int k = 0; k < 24; ++k) models.push_back(NewStorage());
    }
    for (std::size_t i = 0; i < count; ++i) {
      StorageRow row = models.empty() ? NewStorage() : models[static_cast<std::size_t>(random_.Below(24))];
      row.region = feeders_.Next();
      row.initial_energy_kwh = row.energy_max_kwh * random_.UniformF(0.15, 0.9);
      row.final_energy_min_kwh = row.energy_max_kwh * (models.empty() ? random_.UniformF(0.3, 0.5) : 0.4F);
      builder_.Add(row);
    }
  }

  void AddHydro() {
    const double power = random_.LogNormal(15.0, 0.8);
    builder_.Add(HydroRow{feeders_.Next(), kHeadroomUp, first_profile_ + kFlatProfile, static_cast<float>(0.1 * power),
                          static_cast<float>(power), static_cast<float>(24.0 * power * random_.Uniform(0.3, 0.7)),
                          random_.UniformF(0.002, 0.01), 0});
    firm_kw_ += 0.5 * power;
  }

  float RampKw(double power_kw, double low, double high) {
    const double slower = shape_.tight_ramps ? 0.2 : 1.0;
    return static_cast<float>(power_kw * slower * random_.Uniform(low, high) * hours());
  }

  void AddGeothermal() {
    const double power = random_.LogNormal(40.0, 0.5);
    UnitRow row{};
    row.region = feeders_.Next();
    row.headroom = kHeadroomUp;
    row.min_kw = static_cast<float>(0.6 * power);
    row.max_kw = static_cast<float>(power);
    row.ramp_up_kw = row.ramp_down_kw = RampKw(power, 0.03, 0.08);
    row.initial_kw = static_cast<float>(power * random_.Uniform(0.7, 0.9));
    const float price = random_.UniformF(0.02, 0.05);
    row.cost_at_min_usd_per_hour = price * row.min_kw;
    builder_.Add(row, {{row.max_kw - row.min_kw, price}});
    firm_kw_ += 0.8 * power;
  }

  void AddIdenticalFuelCell() {
    UnitRow row{};
    row.region = region_;
    row.headroom = kHeadroomUp;
    row.min_kw = 4.0F;
    row.max_kw = 40.0F;
    row.ramp_up_kw = row.ramp_down_kw = 24.0F * static_cast<float>(hours());
    row.initial_kw = 16.0F;
    row.cost_at_min_usd_per_hour = 0.17F * row.min_kw;
    builder_.Add(row, {{row.max_kw - row.min_kw, 0.17F}});
    firm_kw_ += 0.4 * 40.0;
  }

  void AddFuelCell() {
    if (shape_.identical_units) return AddIdenticalFuelCell();
    const double power = random_.LogNormal(11.0, 0.6);
    UnitRow row{};
    row.region = feeders_.Next();
    row.headroom = kHeadroomUp;
    row.min_kw = static_cast<float>(0.2 * power);
    row.max_kw = static_cast<float>(power);
    row.ramp_up_kw = row.ramp_down_kw = RampKw(power, 0.3, 0.7);
    row.initial_kw = static_cast<float>(power * random_.Uniform(0.3, 0.7));
    const double price = random_.Uniform(0.09, 0.14);
    row.cost_at_min_usd_per_hour = static_cast<float>(price * 0.2 * power);
    const auto piece = [&](double share, double above) {
      return UnitPiece{static_cast<float>(share * power), static_cast<float>(price + above)};
    };
    const double second = random_.Uniform(0.02, 0.05);
    builder_.Add(row, {piece(0.3, 0.0), piece(0.3, second), piece(0.2, second + random_.Uniform(0.04, 0.07))});
    firm_kw_ += 0.4 * power;
  }

  // A day's demand is 1.5 times the renewable energy and what must run.
  void AddRegion() {
    const std::size_t count = fleet_.intervals();
    FleetRegion region;
    region.id = absl::StrCat("R", number_);
    region.parent = parent_;
    double renewable_kwh = 0.0, shape_sum = 0.0;
    Series shape(count);
    const auto bump = [&](std::size_t t, double hour, double width) {
      return std::exp(-0.5 * std::pow((HourOf(t) - hour) / width, 2));
    };
    for (std::size_t t = 0; t < count; ++t) {
      renewable_kwh += hours() * renewable_kw_[t];
      shape[t] = 0.55 + 0.25 * bump(t, 8.0, 1.8) + 0.75 * bump(t, 19.3, 2.0) + 0.15 * bump(t, 13.0, 3.0) +
                 0.02 * random_.Normal();
      shape_sum += hours() * shape[t];
    }
    const double demand_kwh = 1.5 * renewable_kwh + 24.0 * firm_kw_;
    double peak_kw = 0.0, noise = 0.0;
    for (std::size_t t = 0; t < count; ++t) {
      region.demand_kw.push_back(demand_kwh * shape[t] / shape_sum);
      peak_kw = std::max(peak_kw, region.demand_kw[t]);
      noise = 0.8 * noise + 0.012 * random_.Normal();
      const double price = shape_.flat_price ? 0.20 : std::max(0.03, Tariff(HourOf(t)) + noise);
      region.import_price_usd_per_kwh.push_back(price + 0.02);  // with carbon
      region.export_price_usd_per_kwh.push_back(0.35 * region.import_price_usd_per_kwh[t]);
      region.reserve_up_kw.push_back(shape_.reserve_of_demand * region.demand_kw[t] + 0.10 * renewable_kw_[t]);
      if (shape_.reserve_down_of_demand > 0.0) {
        region.reserve_down_kw.push_back(shape_.reserve_down_of_demand * region.demand_kw[t]);
      }
    }
    region.import_limit_kw.assign(count, shape_.feeder * peak_kw);
    region.export_limit_kw.assign(count, 0.35 * peak_kw);
    region.peak_charge_usd_per_kw = shape_.peak_charge_usd_per_kw;
    if (parent_ >= 0) PutBelow(region, peak_kw);
    fleet_.regions.push_back(std::move(region));
    feeders_.HangBelow(fleet_);
  }

  // The root above sells and charges; of an area only its demand, its headroom and a wide connection stay.
  void PutBelow(FleetRegion& area, double peak_kw) {
    FleetRegion& root = fleet_.regions[static_cast<std::size_t>(parent_)];
    area.import_limit_kw.assign(fleet_.intervals(), random_.Uniform(0.5, 0.8) * peak_kw);
    if (root.import_price_usd_per_kwh.empty()) {
      root.import_price_usd_per_kwh = area.import_price_usd_per_kwh;
      root.export_price_usd_per_kwh = area.export_price_usd_per_kwh;
    }
    for (std::size_t t = 0; t < fleet_.intervals(); ++t) {
      root.import_limit_kw[t] += shape_.feeder * peak_kw;
      root.export_limit_kw[t] += 0.35 * peak_kw;
    }
    area.import_price_usd_per_kwh.clear();
    area.export_price_usd_per_kwh.clear();
    area.peak_charge_usd_per_kw = 0.0;
  }

  static double Tariff(double hour) { return hour < 6.0 ? 0.11 : hour < 16.0 ? 0.17 : hour < 21.5 ? 0.34 : 0.15; }

  const FleetShape& shape_;
  const int number_, parent_, region_;
  Random random_;
  Fleet& fleet_;
  FleetBuilder& builder_;
  Series renewable_kw_;
  FeederPlan feeders_;
  double firm_kw_ = 0.0;
  int first_profile_ = 0;
};

// Whose limits and prices the areas below fill in.
FleetRegion BulkConnection(const FleetShape& shape) {
  FleetRegion root;
  root.id = "BULK";
  root.demand_kw.assign(static_cast<std::size_t>(shape.intervals), 0.0);
  root.import_limit_kw = root.export_limit_kw = root.demand_kw;
  root.peak_charge_usd_per_kw = shape.peak_charge_usd_per_kw;
  return root;
}

}  // namespace

absl::StatusOr<FleetShape> ShapeOfProfile(std::string_view profile) {
  FleetShape shape;
  if (profile == "default") return shape;
  if (profile == "catalogue") {
    shape.catalogue = true;
  } else if (profile == "storage55") {
    shape.storage_share = 0.55;
  } else if (profile == "peak2") {
    shape.peak_charge_usd_per_kw = 2.0;
  } else if (profile == "scarce") {
    shape.feeder = 0.18;
  } else if (profile == "reserve35") {
    shape.reserve_of_demand = 0.35;
  } else if (profile == "sustain") {
    shape.reserve_of_demand = 0.2;
    shape.reserve_down_of_demand = 0.1;
    shape.reserve_hours = 1.0;
  } else if (profile == "flat") {
    shape.flat_price = true;
  } else if (profile == "ramp") {
    shape.tight_ramps = true;
  } else if (profile == "feeders") {
    shape.devices_per_feeder = 100;
  } else if (profile == "coupled") {
    shape.coupled = true;
    shape.regions = 3;
  } else if (profile == "identical") {
    shape.identical_units = true;
    shape.storage_share = 0.02;
  } else {
    return base::InvalidArgument("UNKNOWN_PROFILE", absl::StrCat("no profile is called ", std::string(profile)));
  }
  return shape;
}

Fleet GenerateFleet(const FleetShape& shape) {
  Fleet fleet;
  fleet.interval_count = shape.intervals;
  fleet.hours = 24.0 / shape.intervals;
  fleet.reserve_hours = shape.reserve_hours;
  FleetBuilder builder;
  if (shape.coupled) fleet.regions.push_back(BulkConnection(shape));
  for (int number = 0; number < shape.regions; ++number) {
    RegionGenerator(shape, number, shape.coupled ? 0 : -1, fleet, builder).Generate();
  }
  builder.Build(fleet, nullptr);
  return fleet;
}

}  // namespace derms::dispatch::fleet::testing
