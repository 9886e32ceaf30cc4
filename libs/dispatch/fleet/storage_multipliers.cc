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

// Values of stored energy that make a decision the best one.
class Decisions {
 public:
  Decisions(const StorageTerms& s, double hours)
      : s_(s),
        per_charged_(1.0 / (hours * s.charge_efficiency)),
        per_discharged_(s.discharge_efficiency / hours),
        wear_(s.wear_usd_per_kwh * s.discharge_efficiency),
        in_(s.charge_efficiency * s.charge_max_kw),
        out_(s.discharge_max_kw / s.discharge_efficiency),
        small_(kTolerance * (1.0 + s.charge_max_kw + s.discharge_max_kw)) {}

  Range ValuesAt(double worth, double power_kw) const {
    double charging = worth * per_charged_, discharging = worth * per_discharged_ - wear_;
    if (discharging > charging && in_ + out_ > 0.0) {  // one direction: the chord of the envelope
      charging = discharging = (charging * in_ + discharging * out_) / (in_ + out_);
    }
    Range range;
    if (power_kw > small_) {
      if (power_kw < s_.discharge_max_kw - small_) range.low = discharging;
      range.high = discharging;
    } else if (power_kw < -small_) {
      range.low = charging;
      if (power_kw > -s_.charge_max_kw + small_) range.high = charging;
    } else {
      if (s_.discharge_max_kw > small_) range.low = discharging;
      if (s_.charge_max_kw > small_) range.high = charging;
    }
    return range;
  }

 private:
  const StorageTerms& s_;
  const double per_charged_, per_discharged_, wear_, in_, out_, small_;
};

}  // namespace

void StorageMultipliers(const StorageTerms& storage, double hours, std::span<const double> worth,
                        std::span<const double> power_kw, std::span<double> value, double before_usd_per_kwh) {
  const std::size_t count = worth.size();
  std::vector<double> energy(count);  // at the end of each interval
  const double in = hours * storage.charge_efficiency, out = hours / storage.discharge_efficiency;
  double now = storage.initial_energy_kwh;
  for (std::size_t t = 0; t < count; ++t) {
    energy[t] = now = storage.keep * now - power_kw[t] * (power_kw[t] < 0.0 ? in : out);
  }
  const double small = kTolerance * (1.0 + storage.energy_max_kwh);
  const auto lowest = [&](std::size_t t) {
    return t + 1 < count ? storage.energy_min_kwh : std::max(storage.energy_min_kwh, storage.final_energy_min_kwh);
  };
  const auto held = [&](std::size_t t) {
    return storage.holding_usd_per_kwh.empty() ? 0.0 : storage.holding_usd_per_kwh[t];
  };
  std::vector<Range> fitting(count);
  const Decisions decisions(storage, hours);
  Range later{0.0, 0.0};  // energy left over is worth nothing
  for (std::size_t t = count; t-- > 0;) {
    const double keep = t + 1 < count ? storage.keep : 1.0;
    Range linked{keep * later.low + held(t), keep * later.high + held(t)};
    if (energy[t] >= storage.energy_max_kwh - small) linked.low = -kUnlimited;
    if (energy[t] <= lowest(t) + small) linked.high = kUnlimited;
    fitting[t] = linked.Within(decisions.ValuesAt(worth[t], power_kw[t]));
    later = fitting[t];
  }
  const double kept = 1.0 / storage.keep;
  double chosen = before_usd_per_kwh;
  for (std::size_t t = 0; t < count; ++t) {
    const double carried = t == 0 ? chosen : chosen - held(t - 1);
    value[t] = chosen = std::clamp(carried * kept, fitting[t].low, fitting[t].high);
  }
}

}  // namespace derms::dispatch::fleet
