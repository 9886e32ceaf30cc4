// The on/off rules of a committable unit in whole intervals, and what a pattern of on and off costs; for the solvers.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/dispatch/problem.h"

namespace derms::dispatch {

inline bool IsOnBefore(const Unit& unit) {
  return !unit.committable || unit.initial_kw.value_or(0.0) > 0.0;
}

// Whether being on or off makes a difference beyond p = 0.
bool NeedsCommitment(const Unit& unit);

struct Commitment {
  Commitment(const Problem& problem, const Unit& unit);

  int min_up = 1, min_down = 1;  // intervals, >= 1
  bool on_before = false;
  int held = 0;                       // so many intervals the state before the horizon has still to go on
  double off_hours_before = 0.0;      // unlimited when unknown
  double start_max_kw = 0.0;          // in the first interval on
  double stop_max_kw = 0.0;           // in the last
  std::vector<std::uint8_t> planned;  // [t] 1: maintenance, off

  // Intervals that a unit that was on before needs to ramp down to where it may stop.
  int ramp_down_first = 0;
  // The earliest interval off for a unit that was on before.
  int EarliestStop() const { return ramp_down_first > held ? ramp_down_first : held; }
};

// Of a start after so long off.
double StartCostUsd(const Unit& unit, double off_hours);

// All start and stop costs of a pattern [t].
double SwitchingCostUsd(const Problem& problem, const Unit& unit, const std::vector<std::uint8_t>& on);

// The smallest whole number of intervals that lasts at least so long.
int WholeIntervals(double hours, double hours_per_interval);

}  // namespace derms::dispatch
