// An hour of a DER's readings in numbers. Pure functions of the set of readings: the order in which they arrive, how
// they are cut into batches and how often each is delivered changes nothing.
//
// A reading holds until the next one, at most kLongestHold: longer silence is no knowledge (three times the usual five
// minutes; a DER that is silent for longer counts as not reporting). It holds across the end of its hour, so that an
// hour is folded from its own readings and the newest before it. One of quality INVALID ends the one before and claims
// nothing. Energy is the integral of the held power.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "libs/domain/reading_codec.h"

namespace derms::domain {

inline constexpr absl::Duration kLongestHold = absl::Minutes(15);
// Normal operation: ANSI C84.1 range A and the band in which IEEE 1547-2018 asks for continuous operation are wider or
// narrower by place; these are what reports are held to.
inline constexpr double kLeastVoltagePu = 0.95, kMostVoltagePu = 1.05;
inline constexpr double kLeastFrequencyHz = 59.5, kMostFrequencyHz = 60.5;
// Beyond it a deviation of frequency counts: the default deadband of the frequency droop, IEEE 1547-2018 6.5.2.7.2.
inline constexpr double kNominalFrequencyHz = 60, kFrequencyDeadbandHz = 0.036;

// A quantity over the time for which it was known; mean weighted by time.
struct HeldQuantity {
  double known_seconds = 0;
  double min = 0, max = 0, mean = 0;  // known_seconds 0: nothing

  bool operator==(const HeldQuantity&) const = default;
};

struct HourRollup {
  absl::Time hour_at;
  int sample_count = 0;        // readings measured in the hour
  double covered_seconds = 0;  // power known
  double generated_kwh = 0;    // 0 or more
  double consumed_kwh = 0;     // 0 or more
  std::optional<double> min_power_kw, max_power_kw;
  HeldQuantity voltage_v, frequency_hz;
  std::optional<double> voltage_outside_seconds;  // none: the nominal voltage is not known
  double frequency_outside_seconds = 0;
  double deviation_seconds = 0;  // power and frequency known, and the frequency beyond the deadband
  double support_kwh = 0;        // in these, energy against the deviation, relative to the hour's mean power
  std::optional<double> state_of_charge_kwh;  // the last that was known
  std::array<double, 5> quality_seconds{};    // by ReadingQuality - 1

  bool operator==(const HourRollup&) const = default;
};

absl::Time HourOf(absl::Time time);  // rounds down

// Brings `more` into `points`, which is in order of time; of two at one time that of `more`, and of these the last,
// stays.
void MergeReadings(std::vector<ReadingPoint>& points, std::vector<ReadingPoint> more);

// `points`: those of the hour, in order of time, none twice. `before`: the newest before it. None when nothing is known
// of the hour.
std::optional<HourRollup> FoldHour(absl::Time hour_at, const std::optional<ReadingPoint>& before,
                                   const std::vector<ReadingPoint>& points, std::optional<double> nominal_voltage_v);

}  // namespace derms::domain
