// A multi-interval dispatch problem in plain C++: what the solvers optimise and the checker judges.
//
// Sign: power injected into the region (generation, discharge) is positive, consumption and charge negative.
// Units: kW (mean over an interval), kWh, USD, kg; prices USD/kWh. Interval t is [start + t h, start + (t+1) h).
// A series is empty ("not given", its meaning stands beside the field) or has one value per interval.
// Values are checked by Validate (validate.h); solvers and checker may assume a valid problem.
//
// Who exchanges with whom. Regions form a forest. Power flows freely between a region and its parent up to the
// child's limits; a root region is the one that exchanges with the grid, at its prices. With inject(r) = sum of
// p of the devices of region r, and over all regions s in the subtree of r:
//     net_import(r) = sum_s [ demand(s) - shed(s) + over(s) - inject(s) ]      in [-export_limit(r), import_limit(r)]
//     root:  net_import(r) = imported(r) - exported(r),   at most one of the two above zero
// shed(s) in [0, demand(s)] is load not served; over(s) in [0, largest possible injection of the devices of s] is
// energy that nobody takes. Both have high prices, so that limits are met by redispatch wherever that is possible.
//
// Total cost, minimised, h = hours per interval (CostBreakdown in solution.h holds the same terms):
//     root:    h (import_price imported - export_price exported) + carbon_price h carbon_of_import imported
//              + peak_charge max(0, max_t imported - peak_so_far) + flattening h sum_t |net_import - level|, level free
//     region:  h (value_of_lost_load shed + over_generation_price over)
//              + h (reserve_up_price short_up + reserve_down_price short_down)
//     device:  what its struct says.
// The level that minimises the flattening term is the median of the net import.
//
// Over all roots and units, carbon_cap:
//     h sum_t [ sum_roots carbon_of_import imported + sum_units co2 p ] <= carbon_cap_kg
//
// A connection that several devices share (one transformer, one inverter, one feeder) is a region of its own, with the
// devices in it, no demand, and the connection's limits: exact, priced, and named like any other region.
//
// To grow without breaking callers, add fields with a default that means "as before" and device kinds to Device::kind.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

namespace derms::dispatch {

using Series = std::vector<double>;

inline constexpr double kUnlimited = std::numeric_limits<double>::infinity();

// scale * Problem::profiles[profile]: seven profiles serve a million devices.
struct ScaledProfile {
  int profile = -1;
  double scale = 1.0;
};

struct Region {
  std::string id;
  int parent = -1;  // index in Problem::regions; -1: a root, which exchanges with the grid

  Series demand_kw;        // >= 0; empty: none
  Series import_limit_kw;  // >= 0, may be kUnlimited; from the parent, or from the grid for a root; empty: unlimited
  Series export_limit_kw;  // likewise, the other way

  // Headroom that the devices of the subtree must keep in each interval; what is missing costs the shortfall price.
  // up:   sum over devices with Device::reserve_up   of  highest output now - p    + short_up   >= reserve_up_kw
  // down: sum over devices with Device::reserve_down of  p - lowest output now     + short_down >= reserve_down_kw
  // highest/lowest: a unit that is on its max/min, one that is off 0/0; storage its discharge/charge power;
  // renewable and hydro their availability/0 (must-take: availability, minimum of hydro: its minimum); a flexible load
  // gives none. Problem::reserve_hours says how long storage must be able to sustain what it counts.
  Series reserve_up_kw;    // >= 0; empty: none
  Series reserve_down_kw;  // >= 0; empty: none

  // Root regions only.
  Series import_price_usd_per_kwh;      // required for a root; may be negative
  Series export_price_usd_per_kwh;      // empty: 0
  Series carbon_of_import_kg_per_kwh;   // >= 0; empty: 0
  double peak_charge_usd_per_kw = 0.0;  // for the highest import above peak_so_far_kw
  double peak_so_far_kw = 0.0;          // already charged in the billing period
  double flattening_usd_per_kwh = 0.0;  // price of |net import - level|
};

// Solar, wind: output between 0 (or all of it) and what the weather gives.
// cost = h sum_t [ marginal_cost p + curtailment_price (availability - p) ]
struct Renewable {
  ScaledProfile availability_kw;
  double marginal_cost_usd_per_kwh = 0.0;
  double curtailment_price_usd_per_kwh = 0.0;
  bool must_take = false;  // p = availability
};

// A bound on the stored energy at the end of one interval, besides energy_min and energy_max.
struct EnergyTarget {
  int interval = 0;
  double at_least_kwh = 0.0;
  double at_most_kwh = kUnlimited;
};

// p = discharge - charge;  E(0) = initial,
// E(t+1) = (1 - loss)^h E(t) + h (eta_c charge - discharge / eta_d + inflow - spilled),   0 <= spilled <= inflow.
// energy_min <= E(t+1) <= energy_max in every interval, E(last) >= final_min, targets.  cost = h wear sum_t discharge
struct Storage {
  double charge_max_kw = 0.0;
  double discharge_max_kw = 0.0;
  double energy_min_kwh = 0.0;
  double energy_max_kwh = 0.0;
  double initial_energy_kwh = 0.0;
  double final_energy_min_kwh = 0.0;
  double charge_efficiency = 1.0;       // (0, 1], from the region into the store
  double discharge_efficiency = 1.0;    // (0, 1], from the store into the region
  double standing_loss_per_hour = 0.0;  // [0, 1), share of the stored energy lost in an hour
  double wear_usd_per_kwh = 0.0;        // per kWh discharged
  bool one_direction = true;  // never charges and discharges in one interval; false for an aggregate of several stores
  std::vector<EnergyTarget> targets;       // in rising order of interval, at most one each
  std::optional<ScaledProfile> inflow_kw;  // runs into the store by itself (a river into its reservoir); none: nothing
};

// One piece of a convex cost curve: from the previous piece's end (0 for the first) to up_to_kw at this price.
struct CostPiece {
  double up_to_kw = 0.0;
  double usd_per_kwh = 0.0;
};

// A start after off_hours or more of standing still costs this (hot, warm, cold).
struct StartCost {
  double off_hours = 0.0;
  double usd = 0.0;
};

// Intervals first .. end - 1.
struct IntervalRange {
  int first = 0;
  int end = 0;
};

// Fuel cell, geothermal plant: output in [min, max] while on, with ramps. Not committable: on in every interval.
// cost = h sum_t [ C(p) + q p^2 + on (no_load) + carbon_price co2 p ] + start and stop costs,
//        C from cost_pieces, C(0) = 0;  h sum_t p <= energy_budget
// Ramps between means of adjacent intervals, R = 60 h ramp_kw_per_min; in the first interval on p <= start_max, in the
// last one p <= stop_max. Times round up to whole intervals; what began before the horizon counts from when it began,
// what the end of the horizon cuts off is no breach.
struct Unit {
  double min_kw = 0.0;
  double max_kw = 0.0;
  double ramp_up_kw_per_min = kUnlimited;
  double ramp_down_kw_per_min = kUnlimited;
  std::optional<double> initial_kw;  // output before interval 0; 0 with committable: off; none: no ramp into interval 0
                                     // and, committable, off before
  std::vector<CostPiece> cost_pieces;   // prices must not fall; the last reaches at least max_kw; empty: no cost
  double quadratic_usd_per_kw2h = 0.0;  // q >= 0: p kW for an hour cost q p^2 besides
  double co2_kg_per_kwh = 0.0;
  std::optional<double> energy_budget_kwh;  // fuel over the whole horizon, as output

  bool committable = false;                   // may be switched off; what follows needs it
  double no_load_usd_per_hour = 0.0;          // while on
  double start_cost_usd = 0.0;                // per change from off to on
  std::vector<StartCost> start_costs;         // instead, by time off: first step at 0 h, neither time nor cost may fall
  double stop_cost_usd = 0.0;                 // per change from on to off
  double min_up_hours = 0.0;                  // once started, on for at least this long
  double min_down_hours = 0.0;                // once stopped, off for at least this long
  std::optional<double> initial_state_hours;  // on, or off, for so long before interval 0; none: for very long
  std::optional<double> start_max_kw;         // >= min_kw; none: max(min, R up)
  std::optional<double> stop_max_kw;          // >= min_kw; none: max(min, R down)
  std::vector<IntervalRange> maintenance;     // planned: off
};

// Energy for a part of the horizon, as one of its days.
struct PeriodBudget {
  IntervalRange intervals;
  double energy_kwh = 0.0;
};

// min_kw <= p <= availability;  h sum_t p <= energy_budget, in each period that has a budget likewise.
// cost = h marginal_cost sum_t p; unused water is free.
struct Hydro {
  ScaledProfile availability_kw;
  double min_kw = 0.0;
  std::optional<double> energy_budget_kwh;  // over the whole horizon
  double marginal_cost_usd_per_kwh = 0.0;
  std::vector<PeriodBudget> period_budgets;  // in rising order, apart from each other; they need not cover the horizon
};

// Charging of a car, a pump, a batch: consumes c = -p, in [min, max] while on, 0 while off and outside its window.
//     h sum_t c + undelivered = energy,  0 <= undelivered (0 if it must be delivered).  cost = price undelivered
struct FlexibleLoad {
  IntervalRange window;  // end 0: of the horizon
  double energy_kwh = 0.0;
  double min_kw = 0.0;  // above 0: on/off
  double max_kw = 0.0;
  bool contiguous = false;  // its intervals on follow each other without a gap; needs min_kw above 0
  std::optional<double> undelivered_usd_per_kwh;  // none: must be delivered
};

struct Device {
  std::string id;
  int region = 0;          // index in Problem::regions
  bool reserve_up = true;  // counts towards its regions' headroom; weather is no promise: usually false for Renewable
  bool reserve_down = true;
  std::variant<Renewable, Storage, Unit, Hydro, FlexibleLoad> kind;
};

struct Problem {
  absl::Duration interval_length = absl::Hours(1);
  int interval_count = 0;
  std::optional<absl::Time> start;  // of interval 0, UTC; only carried along

  std::vector<Region> regions;
  std::vector<Device> devices;
  std::vector<Series> profiles;  // shares or kW, one value per interval, >= 0

  double value_of_lost_load_usd_per_kwh = 10.0;
  double over_generation_price_usd_per_kwh = 2.0;
  double carbon_price_usd_per_kg = 0.0;
  double reserve_up_price_usd_per_kwh = 1.0;  // per kW short for an hour
  double reserve_down_price_usd_per_kwh = 1.0;

  // Storage counts as headroom only what its energy at the end of the interval carries for this long; 0: power alone.
  //     up   = min(discharge_max - p, eta_d (E(t+1) - energy_min) / reserve_hours)
  //     down = min(charge_max + p, (energy_max - E(t+1)) / (eta_c reserve_hours))
  double reserve_hours = 0.0;           // 0, or at least a second
  std::optional<double> carbon_cap_kg;  // over all roots and the whole horizon

  double hours() const { return absl::ToDoubleHours(interval_length); }
  double at(const ScaledProfile& profile, int interval) const {
    return profile.scale * profiles[static_cast<std::size_t>(profile.profile)][static_cast<std::size_t>(interval)];
  }
};

}  // namespace derms::dispatch
