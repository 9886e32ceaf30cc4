// The plan of the last solve, carried on for its first intervals: what most devices of a re-solve do.
//
// A storage whose energy is off its plan makes up for it where the plan acts: it charges or discharges more or less, or
// goes on with what it did last, and is then back on it. While the plan rests, prices lie between what charging and
// what discharging is worth, and acting would lose by both. A unit comes as near to its plan as ramps let it. Nothing
// is trusted: every step is checked against the new fleet's limits, and a plan that breaks one is not kept.
#pragma once

#include <span>

#include "libs/dispatch/fleet/storage_response.h"
#include "libs/dispatch/fleet/unit_response.h"
#include "libs/dispatch/fleet/warm_start.h"

namespace derms::dispatch::fleet {

class PlanKeeper {
 public:
  // Both must outlive the keeper; `warm` fits the fleet; kept_intervals: of the new horizon, at most as many as the old
  // plan reaches into it.
  PlanKeeper(const Fleet& fleet, const WarmStart& warm, std::size_t kept_intervals)
      : fleet_(fleet),
        warm_(warm),
        passed_(static_cast<std::size_t>(warm.intervals_passed)),
        kept_intervals_(kept_intervals) {}

  std::size_t kept_intervals() const { return kept_intervals_; }

  // Writes the first powers of storage i and what they cost; moves the terms' initial energy to their end. False: the
  // plan cannot be kept; then the terms are as they were.
  bool KeepStorage(StorageTerms& terms, std::size_t i, std::span<double> power_kw, double* cost_usd) const;
  // The same for a unit and its initial output.
  bool KeepUnit(UnitTerms& terms, std::size_t i, std::span<double> power_kw, double* cost_usd) const;

 private:
  const float* PlanOf(const std::vector<float>& plans, std::size_t i) const {
    return plans.data() + i * fleet_.intervals();
  }

  const Fleet& fleet_;
  const WarmStart& warm_;
  const std::size_t passed_, kept_intervals_;
};

}  // namespace derms::dispatch::fleet
