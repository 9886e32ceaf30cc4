// Trip and enter-service settings against each other (E6) and against what must be ridden through (W1).
#include <algorithm>
#include <limits>

#include "libs/gridcode/findings.h"
#include "libs/gridcode/trip.h"

namespace derms::gridcode {
namespace {

// Longest obligation beyond a threshold: the most that any band asks on its part of that side. The slope of a band is
// not negative, so the most stands at its upper edge, or at the threshold.
double LongestObligation(std::span<const RideThroughBand> bands, double threshold, bool over) {
  double longest_s = 0;
  for (const RideThroughBand& band : bands) {
    const double low = over ? std::max(band.low, threshold) : band.low;
    const double high = over ? band.high : std::min(band.high, threshold);
    if (band.mode == RideThroughMode::kContinuous || !(low < high)) continue;
    longest_s = std::max(longest_s, std::isfinite(high) ? band.LeastSecondsAt(high) : band.least_s);
  }
  return longest_s;
}

// A threshold inside the continuous range trips where nothing may (Tables 14 to 16, 19).
bool InsideContinuous(std::span<const RideThroughBand> bands, double threshold, bool over) {
  return std::any_of(bands.begin(), bands.end(), [&](const RideThroughBand& band) {
    if (band.mode != RideThroughMode::kContinuous) return false;
    return over ? threshold < band.high - kRounding : threshold > band.low + kRounding;
  });
}

void CheckTrip(const Subject& subject, const TripFunction& function, FindingList& findings) {
  const AbnormalCategory category = subject.categories.abnormal;
  const auto bands =
      function.of_voltage ? subject.profile.VoltageBands(category) : subject.profile.FrequencyBands(category);
  const double threshold = subject.settings.trip.*function.level;
  const double clearing_s = subject.settings.trip.*function.clearing_s;
  const double least_s = LongestObligation(bands, threshold, function.over);
  if (clearing_s < least_s - kRounding) {
    findings.Add(Rule::kW1, function.time, absl::StrCat(clearing_s),
                 absl::StrCat("at least ", least_s, " with the threshold ", threshold),
                 "lengthen the clearing time or move the threshold away from nominal");
  }
  if (InsideContinuous(bands, threshold, function.over)) {
    findings.Add(Rule::kW1, function.threshold, absl::StrCat(threshold), "outside the range of continuous operation",
                 "move the threshold away from nominal");
  }
}

void CheckWindow(const Subject& subject, FindingList& findings) {
  const EnterServiceSettings& es = subject.settings.enter_service;
  const TripSettings& trip = subject.settings.trip;
  constexpr char kRemedy[] = "keep the window inside the trip thresholds, or the DER trips as it enters";
  const auto window = [&](const char* low, double low_value, double trip_low, const char* high, double high_value,
                          double trip_high) {
    if (!(low_value >= trip_low - kRounding)) {
      findings.Add(Rule::kE6, low, absl::StrCat(low_value), RangeWords(trip_low, HUGE_VAL), kRemedy);
    }
    if (!(high_value <= trip_high + kRounding)) {
      findings.Add(Rule::kE6, high, absl::StrCat(high_value), RangeWords(-HUGE_VAL, trip_high), kRemedy);
    }
  };
  window("enter_service.v_low_pu", es.v_low_pu, std::max(trip.uv1_pu, trip.uv2_pu), "enter_service.v_high_pu",
         es.v_high_pu, std::min(trip.ov1_pu, trip.ov2_pu));
  window("enter_service.f_low_hz", es.f_low_hz, std::max(trip.uf1_hz, trip.uf2_hz), "enter_service.f_high_hz",
         es.f_high_hz, std::min(trip.of1_hz, trip.of2_hz));
}

void CheckRandomDelay(const Subject& subject, FindingList& findings) {
  const EnterServiceSettings& es = subject.settings.enter_service;
  if (!(es.random_delay_s > 0)) return;
  if (es.ramp_s > 0) {
    findings.Add(Rule::kE6, "enter_service.random_delay_s", absl::StrCat(es.random_delay_s), "0 with a ramp",
                 "take the ramp or the random delay, not both");
  }
  const double most_kva = subject.Figure(Figure::kRandomDelayMostKva);
  if (subject.nameplate.s_max_kva > most_kva) {
    findings.Add(Rule::kE6, "enter_service.random_delay_s", absl::StrCat(es.random_delay_s),
                 absl::StrCat("0 above ", most_kva, " kVA"), "use a ramp; this DER is too large for a random delay");
  }
}

}  // namespace

void CheckProtection(const Subject& subject, FindingList& findings) {
  CheckWindow(subject, findings);
  CheckRandomDelay(subject, findings);
  for (const TripFunction& function : kTripFunctions) CheckTrip(subject, function, findings);
}

}  // namespace derms::gridcode
