#include "services/optimizer/initial_state.h"

#include <algorithm>
#include <cmath>

namespace derms::optimizer {
namespace {

// One DER's row of PlannedStates.
class Path {
 public:
  explicit Path(const Evidence& evidence)
      : planned_(evidence.planned),
        offset_(planned_ == nullptr ? 0 : evidence.planned_row * planned_->slots()),
        slots_(planned_ == nullptr ? 0 : planned_->slots()) {}

  std::size_t slots() const { return slots_; }
  absl::Time begin_of(std::size_t slot) const { return planned_->bounds[slot]; }
  absl::Time end_of(std::size_t slot) const { return planned_->bounds[slot + 1]; }
  std::optional<double> power_kw(std::size_t slot) const { return Known(planned_->power_kw[offset_ + slot]); }
  std::optional<double> energy_kwh(std::size_t slot) const {
    return Known(planned_->state_of_charge_kwh[offset_ + slot]);
  }
  // Planned output at `time`, or just before it.
  std::optional<double> PowerAt(absl::Time time, bool just_before) const {
    for (std::size_t slot = 0; slot < slots_; ++slot) {
      const bool within =
          just_before ? begin_of(slot) < time && time <= end_of(slot) : begin_of(slot) <= time && time < end_of(slot);
      if (within) return power_kw(slot);
    }
    return std::nullopt;
  }

 private:
  static std::optional<double> Known(float value) {
    return std::isnan(value) ? std::nullopt : std::optional<double>(value);
  }
  const domain::PlannedStates* planned_;
  std::size_t offset_, slots_;
};

double ChangeKwh(double power_kw, absl::Duration length, const domain::EffectiveParameters& parameters) {
  const double rate_kw =
      power_kw > 0 ? -power_kw / parameters.discharge_efficiency : -power_kw * parameters.charge_efficiency;
  return rate_kw * absl::ToDoubleHours(length);
}

double Within(double energy_kwh, const domain::EffectiveParameters& parameters) {
  return std::clamp(energy_kwh, parameters.min_energy_kwh, parameters.energy_capacity_kwh);
}

// From `energy_kwh` at `from` to `until`; a device that is full or empty stops there, whatever the plan says.
double Follow(const Path& path, double energy_kwh, absl::Time from, absl::Time until,
              const domain::EffectiveParameters& parameters) {
  for (std::size_t slot = 0; slot < path.slots(); ++slot) {
    const absl::Duration length = std::min(path.end_of(slot), until) - std::max(path.begin_of(slot), from);
    if (length <= absl::ZeroDuration()) continue;
    const double change_kwh = ChangeKwh(path.power_kw(slot).value_or(0), length, parameters);
    energy_kwh = Within(energy_kwh + change_kwh, parameters);
  }
  return energy_kwh;
}

std::optional<double> PlannedEnergyKwh(const Path& path, absl::Time start,
                                       const domain::EffectiveParameters& parameters) {
  double until_known_kwh = 0;  // change from `start` to the end of the slot
  for (std::size_t slot = 0; slot < path.slots(); ++slot) {
    if (path.end_of(slot) < start) continue;
    const absl::Duration length = path.end_of(slot) - std::max(path.begin_of(slot), start);
    until_known_kwh += ChangeKwh(path.power_kw(slot).value_or(0), length, parameters);
    if (const auto energy_kwh = path.energy_kwh(slot)) return *energy_kwh - until_known_kwh;
  }
  for (std::size_t slot = path.slots(); slot-- > 0;) {
    if (path.end_of(slot) > start) continue;
    if (const auto energy_kwh = path.energy_kwh(slot)) {
      return Follow(path, *energy_kwh, path.end_of(slot), start, parameters);
    }
  }
  return std::nullopt;
}

}  // namespace

bool StartsNear(const Horizon& horizon, absl::Time now) {
  return absl::AbsDuration(horizon.starts_at - now) <= horizon.interval;
}

bool IsFresh(const domain::Reading& reading, absl::Time now) {
  return reading.quality != domain::ReadingQuality::kInvalid && reading.quality != domain::ReadingQuality::kStale &&
         now - reading.measured_at <= kReadingFreshness;
}

absl::Time PlanNeededFrom(const Horizon& horizon, absl::Time now) {
  return std::min(horizon.starts_at, now) - kReadingFreshness;
}

double InitialEnergyKwh(const Evidence& evidence, const domain::EffectiveParameters& parameters, absl::Time start) {
  const Path path(evidence);
  if (evidence.reading != nullptr && evidence.reading->state_of_charge_kwh) {
    // A meter may read a little outside the band that is scheduled; the schedule starts at its edge.
    const double measured_kwh = Within(*evidence.reading->state_of_charge_kwh, parameters);
    return Follow(path, measured_kwh, evidence.reading->measured_at, start, parameters);
  }
  return Within(PlannedEnergyKwh(path, start, parameters).value_or(parameters.initial_energy_kwh), parameters);
}

std::optional<double> InitialPowerKw(const Evidence& evidence, absl::Time start) {
  const Path path(evidence);
  const std::optional<double> before_start_kw = path.PowerAt(start, /*just_before=*/true);
  if (evidence.reading == nullptr || !evidence.reading->power_kw) return before_start_kw;
  if (evidence.reading->measured_at >= start) return evidence.reading->power_kw;
  const std::optional<double> when_measured_kw = path.PowerAt(evidence.reading->measured_at, /*just_before=*/false);
  const bool planned = before_start_kw && when_measured_kw;
  return *evidence.reading->power_kw + (planned ? *before_start_kw - *when_measured_kw : 0.0);
}

}  // namespace derms::optimizer
