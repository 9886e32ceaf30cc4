// The exact linear model of a Problem, and where each variable and row stands in it.
//
// One block of interval_count columns or rows per name: index = first + t; kAbsent: the problem does not need it.
// Region rows state  net_import - sum over children net_import + injection + shed - over = demand,  with imported -
// exported as the net_import of a root; so their duals are the regions' marginal prices.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/dispatch/linear_program.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/region_tree.h"

namespace derms::dispatch {

inline constexpr int kAbsent = -1;

struct DeviceColumns {
  int power = kAbsent;  // renewable, hydro
  int charge = kAbsent, discharge = kAbsent, energy = kAbsent;
  int spilled = kAbsent;
  int headroom_up = kAbsent, headroom_down = kAbsent;  // storage whose reserve is backed by energy
  std::vector<int> pieces;                             // unit: output on each piece of its cost curve
  int on = kAbsent;                                    // unit that needs commitment, flexible load with a minimum
  int start = kAbsent, stop = kAbsent;                 // unit that needs commitment; contiguous load: start
  int consumption = kAbsent;                           // flexible load
  int undelivered = kAbsent;                           // one column
};

struct DeviceRows {
  int stored_energy = kAbsent;
  int ramp_up = kAbsent, ramp_down = kAbsent;
  int energy_budget = kAbsent;  // one row
  int period_budget = kAbsent;  // one row per period
  int reserve_energy_up = kAbsent, reserve_energy_down = kAbsent;
  int delivered_energy = kAbsent;  // one row
};

struct RegionColumns {
  int net_import = kAbsent;                    // all but roots
  int imported = kAbsent, exported = kAbsent;  // roots
  int shed = kAbsent, over = kAbsent;
  int short_up = kAbsent, short_down = kAbsent;
  int peak = kAbsent, level = kAbsent;  // one column each
  int above_level = kAbsent, below_level = kAbsent;
};

struct RegionRows {
  int balance = kAbsent;
  int reserve_up = kAbsent, reserve_down = kAbsent;
  int peak = kAbsent, flattening = kAbsent;
};

// Where a one-way rule needs a binary decision; [device][t] storage, [region][t] grid exchange; empty inner: nowhere.
struct OneWayRules {
  std::vector<std::vector<std::uint8_t>> storage, exchange;
};

// Outputs at which a unit's quadratic cost is touched besides the usual ones (unit_curve.h); [device][t]; empty inner:
// none.
using Tangents = std::vector<std::vector<Series>>;

struct LpModel {
  LinearProgram program;
  int carbon_cap = kAbsent;  // one row
  std::vector<DeviceColumns> device_columns;
  std::vector<DeviceRows> device_rows;
  std::vector<RegionColumns> region_columns;
  std::vector<RegionRows> region_rows;
};

// Its optimum is a lower bound of the problem's: rules left out and tangents can only make it cheaper.
LpModel BuildLpModel(const Problem& problem, const RegionTree& tree, const OneWayRules& rules = {},
                     const Tangents& tangents = {});

// Decisions that turn the program into one without integers: 1 = discharge or import only, -1 = charge or export
// only, 0 = free; on as in DeviceSchedule. Empty inner: free.
struct Decisions {
  std::vector<std::vector<std::uint8_t>> on;
  std::vector<std::vector<int>> storage, exchange;
};
void Impose(const Problem& problem, const Decisions& decisions, LpModel& model);

}  // namespace derms::dispatch
