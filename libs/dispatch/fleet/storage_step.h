// One step of the dynamic programs over stored energy (storage_response.h, promised_response.h), from the value of
// energy at the end of an interval to that at its start.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "libs/dispatch/fleet/storage_response.h"

namespace derms::dispatch::fleet {

// Energies that may be stored, kWh; the value of energy is known between them.
struct EnergyBand {
  double low, high;
};

// What the power of an interval can put in and take out of the store at most, kWh.
struct EnergyMoves {
  double in, out;

  static EnergyMoves Of(const StorageTerms& storage, double hours) {
    return {hours * storage.charge_efficiency * storage.charge_max_kw,
            hours * storage.discharge_max_kw / storage.discharge_efficiency};
  }
};

// Merges the segments of the interval's decision into `value`, notes in the step what lies in front of each and where
// the sum begins, and carries all through the standing loss. Returns the band at the start of the interval.
template <typename Step, typename Value>
EnergyBand StepBack(const StorageTerms& storage, const EnergyMoves& moves, const EnergyBand& end, Step& step,
                    Value& value) {
  value.Insert({step.segment, step.count}, step.before);
  double earlier = 0.0;
  for (std::size_t s = 0; s < step.count; ++s) {
    step.before[s] += earlier;
    earlier += step.segment[s].length;
  }
  step.left = end.low - moves.in;
  // Domain of the sum, as energies at the start of the interval, cut to what may be stored.
  const double widest_low = step.left / storage.keep, widest_high = (end.high + moves.out) / storage.keep;
  if (storage.keep != 1.0) value.Stretch(storage.keep);
  const EnergyBand start{std::max(widest_low, storage.energy_min_kwh), std::min(widest_high, storage.energy_max_kwh)};
  value.CutLeft(start.low - widest_low);
  value.CutRight(widest_high - start.high);
  return start;
}

}  // namespace derms::dispatch::fleet
