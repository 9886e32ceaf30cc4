// What is known of the grid of each region of a problem, and of how its devices answer it. Plain values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "libs/dispatch/problem.h"
#include "libs/gridcode/stability.h"
#include "services/optimizer/grid_conditions.h"

namespace derms::optimizer {

// By interval, of a region with its parts; none is negative.
struct GridNeed {
  dispatch::Series up_kw, down_kw;            // headroom
  dispatch::Series inject_kvar, absorb_kvar;  // reactive power
};

struct RegionGrid {
  RegionConditions conditions;
  GridNeed need;
  bool own_frequency = false;  // another than in the region above it: headroom elsewhere does not help
};

// IEEE 1547-2018, categories B and III: what inverters are sold with.
const gridcode::StabilityCurves& StandardCurves();

// What a run was judged by.
struct SettingsUsed {
  int own_count = 0;       // DERs by settings that they adopted
  int default_count = 0;   // the others, by defaults of their category
  std::string profile_id;  // of the grid, and of DERs without a nameplate
};

struct GridState {
  std::vector<RegionGrid> regions;   // by region of the problem
  std::vector<double> apparent_kva;  // by device; 0: no inverter
  // Those that devices answer by, each once. The first is that of the grid itself, which margins are judged by, and of
  // devices of which nothing is known.
  std::vector<gridcode::StabilityCurves> curves = {StandardCurves()};
  std::vector<std::size_t> curve_by_device;  // place in `curves`; empty: the first
  std::vector<double> reactive_kvar;         // by device, the least it can inject and absorb; empty: the share of kVA
  std::optional<SettingsUsed> settings;      // nothing: not looked at
  bool asked = false;                        // whether the problem asks for the need

  const gridcode::StabilityCurves& standard() const { return curves.front(); }
  std::size_t CurveOf(std::size_t device) const { return curve_by_device.empty() ? 0 : curve_by_device[device]; }
  double ReactiveKvar(std::size_t device) const {
    return reactive_kvar.empty() ? standard().reactive_share() * apparent_kva[device] : reactive_kvar[device];
  }
};

}  // namespace derms::optimizer
