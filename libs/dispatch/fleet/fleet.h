// A dispatch problem in columns: what the fleet engine (sapc.h) optimises and the fleet checker judges.
//
// The same problem as problem.h, cut down to what scales to millions: regions below roots, and devices as columns of
// floats. Signs and units as there: injection positive, kW, kWh, USD; prices USD/kWh; h = hours per interval.
// Costs and rules are those of problem.h word for word; compile.h makes a Fleet of a Problem, so a schedule costs the
// same in both.
//
// Devices of a kind stand ordered by region and by the headroom requirements they count towards; a DeviceGroup is one
// such run. Within it, storage and units are ordered so that neighbours are alike (fleet_builder.cc): every stride
// through a group is a stratified sample of it, and every equal cut of it a cluster.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "libs/dispatch/problem.h"

namespace derms::dispatch::fleet {

// Requirements that a device's headroom counts towards: a bit set, also an index below kHeadroomKinds.
using Headroom = std::uint8_t;
inline constexpr Headroom kNoHeadroom = 0, kHeadroomUp = 1, kHeadroomDown = 2;
inline constexpr std::size_t kHeadroomKinds = 4;

struct DeviceGroup {
  int region = 0;
  Headroom headroom = kNoHeadroom;
  std::uint32_t begin = 0, end = 0;  // in the columns of its kind

  std::uint32_t size() const { return end - begin; }
};

// All series have one value per interval or are empty where marked. A region below another exchanges with its parent,
// within its limits and for nothing; prices, peak charge and flattening are a root's.
struct FleetRegion {
  std::string id;
  int parent = -1;  // in Fleet::regions; -1: a root
  Series demand_kw;
  Series import_limit_kw, export_limit_kw;  // may be kUnlimited
  Series import_price_usd_per_kwh;          // of a root; carbon included
  Series export_price_usd_per_kwh;          // of a root; never above the import price
  Series reserve_up_kw, reserve_down_kw;    // empty: none
  double peak_charge_usd_per_kw = 0.0;
  double peak_so_far_kw = 0.0;
  double flattening_usd_per_kwh = 0.0;
};

// Solar and wind. Devices of a class share weather, region and rules, and stand in merit order of marginal cost -
// curtailment price; what a class injects is then one number per interval (fleet_schedule.h).
struct RenewableClass {
  int region = 0;
  int profile = 0;
  bool must_take = false;
  Headroom headroom = kNoHeadroom;
  std::uint32_t begin = 0, end = 0;
};
struct Renewables {
  std::vector<float> capacity_kw;  // availability = capacity x profile
  std::vector<float> marginal_cost_usd_per_kwh, curtailment_price_usd_per_kwh;
  std::vector<RenewableClass> classes;

  std::size_t size() const { return capacity_kw.size(); }
};

// E(t+1) = (1 - loss) E(t) + h (eta_c charge - discharge / eta_d), one direction at a time.
struct Storages {
  std::vector<float> charge_max_kw, discharge_max_kw;
  std::vector<float> energy_min_kwh, energy_max_kwh, initial_energy_kwh, final_energy_min_kwh;
  std::vector<float> charge_efficiency, discharge_efficiency;
  std::vector<float> loss_per_interval;
  std::vector<float> wear_usd_per_kwh;
  std::vector<DeviceGroup> groups;

  std::size_t size() const { return charge_max_kw.size(); }
};

// min <= p <= max, ramps between intervals, convex cost: cost_at_min + sum over pieces of price x output on the piece.
// A unit's pieces fill [min, max] from below, prices do not fall.
struct Units {
  std::vector<float> min_kw, max_kw;
  std::vector<float> ramp_up_kw, ramp_down_kw;  // per interval; at most max - min where that never binds
  std::vector<float> initial_kw;                // NaN: no ramp into interval 0
  std::vector<float> cost_at_min_usd_per_hour;  // of the must-run output, with no-load and carbon cost
  std::vector<std::uint32_t> first_piece;       // size() + 1 entries
  std::vector<float> piece_kw, piece_usd_per_kwh;
  std::vector<DeviceGroup> groups;

  std::size_t size() const { return min_kw.size(); }
};

// min <= p <= capacity x profile, h sum p <= budget.
struct Hydros {
  std::vector<float> min_kw, capacity_kw;
  std::vector<std::int32_t> profile;
  std::vector<float> energy_budget_kwh;  // may be infinite
  std::vector<float> marginal_cost_usd_per_kwh;
  std::vector<DeviceGroup> groups;

  std::size_t size() const { return min_kw.size(); }
};

struct Fleet {
  int interval_count = 0;
  double hours = 1.0;  // of one interval
  std::vector<Series> profiles;
  std::vector<FleetRegion> regions;
  Renewables renewables;
  Storages storages;
  Units units;
  Hydros hydros;

  double value_of_lost_load_usd_per_kwh = 10.0;
  double over_generation_price_usd_per_kwh = 2.0;
  double reserve_up_price_usd_per_kwh = 1.0;
  double reserve_down_price_usd_per_kwh = 1.0;
  double reserve_hours = 0.0;  // Problem::reserve_hours: for so long energy must back storage's headroom; 0: not at all

  std::size_t intervals() const { return static_cast<std::size_t>(interval_count); }
  std::size_t device_count() const { return renewables.size() + storages.size() + units.size() + hydros.size(); }
};

}  // namespace derms::dispatch::fleet
