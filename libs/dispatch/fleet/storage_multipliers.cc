// Complementary slackness read backwards (which values fit the rest of the horizon) and forwards (choose one).
#include <algorithm>
#include <cmath>

#include "libs/dispatch/fleet/storage_response.h"

namespace derms::dispatch::fleet {
namespace {

constexpr double kTolerance = 1e-9;  // relative to the largest power or energy

struct Range {
  double low = -kUnlimited, high = kUnlimited;

  // The part inside `other`, or the point of it that is nearest.
  Range Within(const Range& other) const {
    const double from = std::clamp(low, other.low, other.high);
    return {from, std::clamp(high, from, other.high)};
  }
};

// Values of stored energy that make this decision the best one.
Range OfDecision(const StorageTerms& storage, double hours, double worth, double power_kw) {
  double charging = worth / (hours * storage.charge_efficiency);
  double discharging = (worth / hours - storage.wear_usd_per_kwh) * storage.discharge_efficiency;
  if (discharging > charging) {  // one direction: the chord of the envelope
    const double in = storage.charge_efficiency * storage.charge_max_kw;
    const double out = storage.discharge_max_kw / storage.discharge_efficiency;
    if (in + out > 0.0) charging = discharging = (charging * in + discharging * out) / (in + out);
  }
  const double small = kTolerance * (1.0 + storage.charge_max_kw + storage.discharge_max_kw);
  Range range;
  if (power_kw > small) {
    if (power_kw < storage.discharge_max_kw - small) range.low = discharging;
    range.high = discharging;
  } else if (power_kw < -small) {
    range.low = charging;
    if (power_kw > -storage.charge_max_kw + small) range.high = charging;
  } else {
    if (storage.discharge_max_kw > small) range.low = discharging;
    if (storage.charge_max_kw > small) range.high = charging;
  }
  return range;
}

}  // namespace

void StorageMultipliers(const StorageTerms& storage, double hours, std::span<const double> worth,
                        std::span<const double> power_kw, std::span<double> value) {
  const std::size_t count = worth.size();
  std::vector<double> energy(count);  // at the end of each interval
  double now = storage.initial_energy_kwh;
  for (std::size_t t = 0; t < count; ++t) {
    const double charge = std::max(-power_kw[t], 0.0), discharge = std::max(power_kw[t], 0.0);
    now = storage.keep * now + hours * (storage.charge_efficiency * charge - discharge / storage.discharge_efficiency);
    energy[t] = now;
  }
  const double small = kTolerance * (1.0 + storage.energy_max_kwh);
  const auto lowest = [&](std::size_t t) {
    return t + 1 < count ? storage.energy_min_kwh : std::max(storage.energy_min_kwh, storage.final_energy_min_kwh);
  };
  const auto held = [&](std::size_t t) {
    return storage.holding_usd_per_kwh.empty() ? 0.0 : storage.holding_usd_per_kwh[t];
  };
  std::vector<Range> fitting(count);
  Range later{0.0, 0.0};  // energy left over is worth nothing
  for (std::size_t t = count; t-- > 0;) {
    const double keep = t + 1 < count ? storage.keep : 1.0;
    Range linked{keep * later.low + held(t), keep * later.high + held(t)};
    if (energy[t] >= storage.energy_max_kwh - small) linked.low = -kUnlimited;
    if (energy[t] <= lowest(t) + small) linked.high = kUnlimited;
    fitting[t] = linked.Within(OfDecision(storage, hours, worth[t], power_kw[t]));
    later = fitting[t];
  }
  double chosen = 0.0;
  for (std::size_t t = 0; t < count; ++t) {
    chosen = std::clamp(t == 0 ? 0.0 : (chosen - held(t - 1)) / storage.keep, fitting[t].low, fitting[t].high);
    value[t] = chosen;
  }
}

}  // namespace derms::dispatch::fleet
