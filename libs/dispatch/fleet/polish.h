// Until the gap is small enough: blocks of the anchored pass are scheduled again, each given all the others.
//
// Block coordinate descent with the surrogate as local model: what the last blocks of the pass could not repair, other
// blocks can, each time a better schedule around them. A block whose new schedule costs more gets its old one back, so
// the cost only falls. Ends when a sweep over all equal blocks gains too little.
#pragma once

#include "libs/dispatch/fleet/anchored_pass.h"
#include "libs/dispatch/fleet/grid_balance.h"

namespace derms::dispatch::fleet {

struct PolishOptions {
  int most_sweeps = 6;
  double least_gain = 0.03;  // of the gap, by a sweep that is worth another
};

struct PolishResult {
  BalanceResult balance;  // of the final schedule
  int rounds = 0;
};

// `pass` has run, `balance` is its balance and `taken_kw` the renewables' part. Returns when cost - lower bound is at
// most `gap_usd`, when nothing is gained any more, or at the limits.
PolishResult Polish(const RegionModel& model, const PolishOptions& options, AnchoredPass& pass, Surrogate& surrogate,
                    const EngineLimits& limits, double lower_bound_usd, double gap_usd, BalanceResult balance,
                    std::vector<double>& taken_kw);

}  // namespace derms::dispatch::fleet
