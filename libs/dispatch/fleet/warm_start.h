// What is kept of a solve for the next one of the same fleet, a few intervals later or with newer forecasts.
//
// Plain data: another process may hold it. Never trusted: plans are simulated on the new fleet before they are kept,
// bounds are proved anew, and a re-solve that ends with too large a gap is followed by a solve from scratch. A wrong
// warm start costs time, not truth.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/dispatch/fleet/fleet.h"
#include "libs/dispatch/fleet/fleet_schedule.h"

namespace derms::dispatch::fleet {

// What proved the last bound: prices, and what they make of each device's own rows (solution.h, Multipliers).
struct KeptProof {
  std::vector<RegionPrices> prices;  // by region; empty: not kept
  // [device][interval], of storages and of units.
  std::vector<float> stored_energy_usd_per_kwh, ramp_usd_per_kw;
  std::vector<float> water_usd_per_kwh;  // of each hydro plant
};

// Where the surrogate's simplex ended: a byte for each of its columns and rows (CLP's words for their status).
struct KeptBasis {
  std::vector<std::uint8_t> of_columns, of_rows;
};

struct WarmStart {
  // Between the start of the last horizon and of the next one, both of which have `interval_count` intervals. The
  // caller sets it; 0: the same horizon.
  int intervals_passed = 0;
  int interval_count = 0;
  std::uint32_t round = 0;  // solves since the first: says whose turn it is to be solved again

  // Net injection, [device][interval], devices in the order of the fleet's columns.
  std::vector<float> storage_kw, unit_kw, hydro_kw;
  std::vector<float> energy_kwh;  // of each storage, at the start of the last horizon
  KeptProof proof;
  std::vector<KeptBasis> bases;  // by region; empty, or of another size: the surrogate starts from no basis
};

// The pass of a re-solve. Whose turn it is (turn.h) is solved again for the whole horizon: of each cluster the part
// that its devices lose by keeping their plans, over what they may lose.
struct WarmPass {
  double least_turn = 0.1, most_turn = 0.6;
  double loss_for_all = 4e-3;   // of the cost, over all devices: what they lose where all of them should be solved
  double fewest_devices = 800;  // of a region, if it has so many: in small numbers one misses more
  double tail_hours = 1.0;      // at the end of the horizon that all are solved again for
  int blocks_before = 2;        // of the devices that keep the rest of their plan
  int equal_blocks = 4, tail_blocks = 2;
  double swept = 0.015, fewest_swept = 200;  // part of the storages that make up for what the blocks missed
};

// How a re-solve goes about it.
struct WarmOptions {
  double relative_gap = 2e-3;     // good enough, where a solve from scratch aims at SapcOptions::relative_gap
  double proof_tolerance = 1e-4;  // of the cost: what the bound of a moved horizon may lose for a shorter tail
  WarmPass same_horizon = {};
  WarmPass moved = {.tail_hours = 4.0};  // its end is another

  const WarmPass& PassOf(const WarmStart& warm) const { return warm.intervals_passed > 0 ? moved : same_horizon; }
};

// Writes all but intervals_passed, the round, the proof and the bases; the vectors' memory is used again.
void KeepForNext(const Fleet& fleet, const FleetSchedule& schedule, WarmStart& next);

// Sizes fit the fleet; the proof may not (kept_proof.h).
bool Fits(const WarmStart& warm, const Fleet& fleet);
bool FitsPrices(const RegionPrices& prices, std::size_t intervals);

}  // namespace derms::dispatch::fleet
