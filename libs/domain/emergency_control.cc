#include "libs/domain/emergency_control.h"

#include <algorithm>
#include <cmath>

#include "libs/domain/defaults.h"

namespace derms::domain {
namespace {

std::optional<double> MeasuredKw(const std::optional<Reading>& reading) {
  const bool usable =
      reading && reading->quality != ReadingQuality::kInvalid && reading->power_kw && std::isfinite(*reading->power_kw);
  return usable ? reading->power_kw : std::nullopt;
}

// What the order wants the DER to do, on top of what it does.
std::optional<double> TargetKw(const EmergencyOrder& order, const DerState& state) {
  if (state.pinned_kw) return state.pinned_kw;
  const std::optional<double> measured_kw = MeasuredKw(state.reading);
  if (!measured_kw) return std::nullopt;
  const double change_kw =
      FractionOf(order.shares, state.der->type) * HeadroomLeftKw(order.kind, state, order.ends_at - order.starts_at);
  if (order.kind == EmergencyKind::kAbsorb) return *measured_kw - change_kw;
  if (change_kw == 0 && IsWeatherDriven(state.der->type)) return std::nullopt;
  return *measured_kw + change_kw;
}

}  // namespace

std::optional<Control> ControlOf(const EmergencyOrder& order, const DerState& state, const RegionTree& regions) {
  if (order.exercise || !Binds(order, *state.der, regions)) return std::nullopt;
  Control control;
  control.source = ControlSource::kEmergency;
  control.control_id = order.emergency_id;
  control.issued_by = order.issued_by;
  control.issued_at = order.starts_at;
  control.starts_at = order.starts_at;
  control.valid_until = std::min(order.ends_at, order.ended_at.value_or(absl::InfiniteFuture()));
  if (order.kind == EmergencyKind::kDisconnect) {
    control.connect = false;
  } else if (order.kind == EmergencyKind::kCurtailAll) {
    control.power_kw = 0;
    control.max_power_kw = 0;
  } else {
    control.power_kw = TargetKw(order, state);
    if (!control.power_kw) return std::nullopt;
  }
  return control;
}

}  // namespace derms::domain
