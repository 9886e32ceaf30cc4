#include "libs/domain/rollup.h"

#include <algorithm>
#include <utility>

namespace derms::domain {
namespace {

constexpr double kSecondsPerHour = 3600;

struct Hold {
  const ReadingPoint* point;
  double seconds;
};

// What holds in the hour, in order of time.
std::vector<Hold> HoldsOf(absl::Time hour_at, const std::optional<ReadingPoint>& before,
                          const std::vector<ReadingPoint>& points) {
  const absl::Time end = hour_at + absl::Hours(1);
  std::vector<Hold> holds;
  const auto add = [&](const ReadingPoint& point, absl::Time next) {
    const absl::Time from = std::max(point.measured_at, hour_at);
    const absl::Time until = std::min({next, point.measured_at + kLongestHold, end});
    if (until > from) holds.push_back({&point, absl::ToDoubleSeconds(until - from)});
  };
  if (before) add(*before, points.empty() ? end : points.front().measured_at);
  for (std::size_t i = 0; i < points.size(); ++i) {
    add(points[i], i + 1 < points.size() ? points[i + 1].measured_at : end);
  }
  return holds;
}

bool Claims(const ReadingPoint& point) {
  return point.quality != ReadingQuality::kInvalid;
}

void Add(HeldQuantity& quantity, double value, double seconds) {
  quantity.min = quantity.known_seconds == 0 ? value : std::min(quantity.min, value);
  quantity.max = quantity.known_seconds == 0 ? value : std::max(quantity.max, value);
  quantity.known_seconds += seconds;
  quantity.mean += (value - quantity.mean) * seconds / quantity.known_seconds;
}

void AddPower(HourRollup& hour, double power_kw, double seconds) {
  hour.covered_seconds += seconds;
  (power_kw >= 0 ? hour.generated_kwh : hour.consumed_kwh) += std::abs(power_kw) * seconds / kSecondsPerHour;
  hour.min_power_kw = std::min(hour.min_power_kw.value_or(power_kw), power_kw);
  hour.max_power_kw = std::max(hour.max_power_kw.value_or(power_kw), power_kw);
}

void AddVoltage(HourRollup& hour, double voltage_v, double seconds, std::optional<double> nominal_v) {
  Add(hour.voltage_v, voltage_v, seconds);
  if (!nominal_v) return;
  const double pu = voltage_v / *nominal_v;
  hour.voltage_outside_seconds =
      hour.voltage_outside_seconds.value_or(0) + (pu < kLeastVoltagePu || pu > kMostVoltagePu ? seconds : 0);
}

void AddFrequency(HourRollup& hour, double frequency_hz, double seconds) {
  Add(hour.frequency_hz, frequency_hz, seconds);
  if (frequency_hz < kLeastFrequencyHz || frequency_hz > kMostFrequencyHz) hour.frequency_outside_seconds += seconds;
}

// Who gives more than its mean while the frequency is low, or less while it is high, supports the grid.
void AddSupport(HourRollup& hour, const std::vector<Hold>& holds) {
  if (hour.covered_seconds == 0) return;
  const double mean_kw = (hour.generated_kwh - hour.consumed_kwh) * kSecondsPerHour / hour.covered_seconds;
  for (const auto& [point, seconds] : holds) {
    if (!Claims(*point) || !point->power_kw || !point->frequency_hz) continue;
    const double deviation_hz = *point->frequency_hz - kNominalFrequencyHz;
    if (std::abs(deviation_hz) <= kFrequencyDeadbandHz) continue;
    hour.deviation_seconds += seconds;
    const double more_kw = *point->power_kw - mean_kw;
    hour.support_kwh += (deviation_hz < 0 ? more_kw : -more_kw) * seconds / kSecondsPerHour;
  }
}

}  // namespace

absl::Time HourOf(absl::Time time) {
  return absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), absl::Hours(1));
}

void MergeReadings(std::vector<ReadingPoint>& points, std::vector<ReadingPoint> more) {
  points.insert(points.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  std::stable_sort(points.begin(), points.end(),
                   [](const ReadingPoint& a, const ReadingPoint& b) { return a.measured_at < b.measured_at; });
  // Of equal times the last stays.
  const auto end = std::unique(points.rbegin(), points.rend(), [](const ReadingPoint& a, const ReadingPoint& b) {
    return a.measured_at == b.measured_at;
  });
  points.erase(points.begin(), end.base());
}

std::optional<HourRollup> FoldHour(absl::Time hour_at, const std::optional<ReadingPoint>& before,
                                   const std::vector<ReadingPoint>& points, std::optional<double> nominal_voltage_v) {
  const std::vector<Hold> holds = HoldsOf(hour_at, before, points);
  if (points.empty() && holds.empty()) return std::nullopt;
  HourRollup hour;
  hour.hour_at = hour_at;
  hour.sample_count = static_cast<int>(points.size());
  for (const auto& [point, seconds] : holds) {
    hour.quality_seconds[static_cast<std::size_t>(point->quality) - 1] += seconds;
    if (!Claims(*point)) continue;
    if (point->power_kw) AddPower(hour, *point->power_kw, seconds);
    if (point->voltage_v) AddVoltage(hour, *point->voltage_v, seconds, nominal_voltage_v);
    if (point->frequency_hz) AddFrequency(hour, *point->frequency_hz, seconds);
    if (point->state_of_charge_kwh) hour.state_of_charge_kwh = point->state_of_charge_kwh;
  }
  AddSupport(hour, holds);
  return hour;
}

}  // namespace derms::domain
