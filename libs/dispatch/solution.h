// What a solver returns: schedule, money, proof and explanation. Indices are those of the Problem.
// Units and signs as in problem.h. Plain values; thread-safe to read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libs/dispatch/problem.h"

namespace derms::dispatch {

struct ResumePoint;  // resume_point.h

struct DeviceSchedule {
  Series power_kw;                 // net injection
  Series charge_kw, discharge_kw;  // storage only: power = discharge - charge
  Series state_of_charge_kwh;      // storage only: at the end of each interval
  std::vector<std::uint8_t> on;    // committable units and flexible loads with min_kw above 0 only: 1 = on
  Series curtailed_kw;             // renewable only: availability - power
  Series spilled_kw;               // storage with inflow only
  double undelivered_kwh = 0;      // flexible load only
};

struct RegionSchedule {
  Series net_import_kw;                               // from the parent, or from the grid for a root; negative: export
  Series shed_kw, over_kw;                            // load not served; energy nobody takes; of this region itself
  Series reserve_short_up_kw, reserve_short_down_kw;  // empty where no reserve is asked for
  Series shadow_price_usd_per_kwh;  // cost of one more kWh of demand here; one valid dual, not always the only one;
                                    // empty when the solver has no prices (greedy)
  // What one kW less of the reserve asked for here would save in that interval; empty where none is asked for, and
  // when the solver has no prices.
  Series reserve_up_price_usd_per_kw, reserve_down_price_usd_per_kw;
};

// The terms of the total cost in problem.h, USD over the horizon. Preferences (peak to reserve) can be zero money.
struct CostBreakdown {
  double import_usd = 0, export_usd = 0;  // export_usd is what exports earn (subtracted)
  double generation_usd = 0;              // marginal, fuel and no-load cost
  double start_usd = 0;                   // starts and stops
  double wear_usd = 0;
  double carbon_usd = 0;
  double lost_load_usd = 0;  // load shed, and energy that flexible loads did not get
  double over_generation_usd = 0;
  double peak_usd = 0, flattening_usd = 0, curtailment_usd = 0, reserve_usd = 0;

  // What the operation costs in money: energy, fuel, starts, wear, carbon.
  double operating_usd() const { return import_usd - export_usd + generation_usd + start_usd + wear_usd + carbon_usd; }
  // The minimised objective: everything.
  double total_usd() const {
    return operating_usd() + lost_load_usd + over_generation_usd + peak_usd + flattening_usd + curtailment_usd +
           reserve_usd;
  }
};

enum class SolveStatus {
  kOptimal,   // gap within the tolerance asked for
  kFeasible,  // best schedule at the deadline; see gap
};

enum class BoundKind {
  kNone,           // no lower bound known; lower_bound_usd and gap mean nothing
  kSolverClaimed,  // branch and bound's word
  kRecomputed,     // follows from `multipliers`; the checker has recomputed it (weak duality)
};

// Lagrange multipliers that prove a lower bound by weak duality (docs/dispatch.md "Certificate"); USD per kW of the
// row in that interval (not per kWh) or per kWh of stored energy. ANY values give a valid bound, good ones a tight one.
// Outer index region or device; an empty inner series means zeros.
struct Multipliers {
  std::vector<Series> balance;        // root: imported - exported = net_import(root); free sign
  std::vector<Series> import_limit;   // non-root: net_import <= import_limit; >= 0
  std::vector<Series> export_limit;   // non-root: -net_import <= export_limit; >= 0
  std::vector<Series> reserve_up;     // region: headroom up + short >= requirement; >= 0
  std::vector<Series> reserve_down;   // likewise down
  std::vector<Series> peak;           // root: imported <= peak; >= 0
  std::vector<Series> flattening;     // root: net_import - level = up - down; free sign
  std::vector<Series> stored_energy;  // storage: E(t+1) = ... ; free sign
  std::vector<Series> ramp_up;        // unit: p(t) - p(t-1) <= R; >= 0
  std::vector<Series> ramp_down;      // unit: p(t-1) - p(t) <= R; >= 0
  std::vector<double> energy_budget;  // hydro, unit: h sum p <= budget; >= 0, USD per kWh
  std::vector<Series> period_budget;  // hydro: likewise of each period, in their order

  // storage, with Problem::reserve_hours: headroom <= what the energy carries; >= 0, USD per kW
  std::vector<Series> reserve_energy_up, reserve_energy_down;
  std::vector<double> delivered_energy;  // flexible load: energy = h sum c + undelivered; free sign, USD per kWh
  double carbon_cap = 0;                 // emitted <= cap; >= 0, USD per kg
};

// A limit that costs money where it stands.
struct BindingConstraint {
  std::string name;     // "import_limit", "export_limit", "reserve_up", "peak_import", "energy_max", "ramp_up", ...
  std::string subject;  // id of the region or device; empty: the problem
  int interval = 0;     // -1: whole horizon
  double shadow_price_usd_per_kw = 0;  // saving if it were 1 kW (kWh for energies, kg for carbon) looser
};
inline constexpr std::size_t kMaxBindingConstraints = 1000;  // the dearest are kept

// By how much a hard requirement was given up, with SolveOptions::relax. The schedule keeps the problem in which these
// limits are looser by these amounts (Relaxed in relaxation.h), and is judged against that one.
struct Relaxation {
  std::string name;      // "final_energy", "energy_target", "import_limit", "carbon_cap", ... (relaxation.h)
  std::string subject;   // id of the region or device; empty: the problem
  int interval = -1;     // -1: whole horizon
  double amount = 0;     // > 0, in `unit`
  std::string unit;      // "kW", "kWh", "kg"
  std::string sentence;  // for people
};

struct Solution {
  SolveStatus status = SolveStatus::kFeasible;
  std::vector<DeviceSchedule> devices;
  std::vector<RegionSchedule> regions;
  CostBreakdown cost;

  double lower_bound_usd = 0;
  BoundKind bound_kind = BoundKind::kNone;
  Multipliers multipliers;  // filled with kRecomputed

  std::vector<BindingConstraint> binding;  // dearest first
  std::vector<Relaxation> relaxed;         // empty: every requirement is met
  std::string solver;                      // "clp-lp", "cbc-milp", "greedy"
  double seconds = 0;                      // wall time of the solve
  std::vector<std::string> notes;          // what an operator should know, one sentence each

  bool resumed = false;                             // went on from SolveOptions::resume_from
  std::shared_ptr<const ResumePoint> resume_point;  // for the next solve; null unless asked for

  double objective_usd() const { return cost.total_usd(); }
  double gap_usd() const { return objective_usd() - lower_bound_usd; }
  // (cost - bound) / |cost|; 0 when both are 0. Meaningless near zero cost: then read gap_usd.
  double relative_gap() const;
};

}  // namespace derms::dispatch
