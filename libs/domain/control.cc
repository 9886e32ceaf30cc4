#include "libs/domain/control.h"

#include "libs/domain/defaults.h"

namespace derms::domain {
namespace {

using std::strong_ordering;

template <typename T>
strong_ordering Rising(const T& a, const T& b) {
  if (a < b) return strong_ordering::less;
  return b < a ? strong_ordering::greater : strong_ordering::equal;
}

// A total order of numbers too: NaN would make sorting undefined.
strong_ordering Rising(const std::optional<double>& a, const std::optional<double>& b) {
  if (a.has_value() != b.has_value()) return a.has_value() <=> b.has_value();
  return a ? std::strong_order(*a, *b) : strong_ordering::equal;
}

strong_ordering ByContent(const Control& a, const Control& b) {
  for (const auto order :
       {Rising(a.power_kw, b.power_kw), Rising(a.max_power_kw, b.max_power_kw), Rising(a.min_power_kw, b.min_power_kw),
        Rising(a.connect, b.connect), Rising(a.mode, b.mode), Rising(a.returns_at, b.returns_at),
        Rising(a.starts_at, b.starts_at), Rising(a.valid_until, b.valid_until),
        Rising(a.override_limits, b.override_limits), Rising(a.primacy, b.primacy), Rising(a.issued_by, b.issued_by)}) {
    if (order != 0) return order;
  }
  return strong_ordering::equal;
}

}  // namespace

std::string_view ControlSourceName(ControlSource source) {
  switch (source) {
    case ControlSource::kLockOut:
      return "LOCK_OUT";
    case ControlSource::kEmergency:
      return "EMERGENCY";
    case ControlSource::kOperator:
      return "OPERATOR";
    case ControlSource::kLimit:
      return "LIMIT";
    case ControlSource::kSchedule:
      return "SCHEDULE";
    case ControlSource::kOwner:
      return "OWNER";
    case ControlSource::kDefault:
      return "DEFAULT";
    case ControlSource::kFailSafe:
      return "FAIL_SAFE";
  }
  return "UNKNOWN";
}

std::string_view OperatingModeName(OperatingMode mode) {
  switch (mode) {
    case OperatingMode::kGridConnected:
      return "GRID_CONNECTED";
    case OperatingMode::kIslanded:
      return "ISLANDED";
    case OperatingMode::kBlackStart:
      return "BLACK_START";
  }
  return "UNKNOWN";
}

PowerRange CapabilityOf(const Der& der) {
  return {.min_kw = -EffectiveParametersOf(der).charge_capacity_kw, .max_kw = der.capacity_kw};
}

Rank RankOf(const Control& a, const Control& b) {
  if (a.source != b.source) return {a.source <=> b.source, Precedence::kSource};
  if (a.primacy != b.primacy) return {a.primacy <=> b.primacy, Precedence::kPrimacy};
  if (a.issued_at != b.issued_at) return {Rising(b.issued_at, a.issued_at), Precedence::kIssuedAt};
  if (const auto larger_id = Rising(b.control_id, a.control_id); larger_id != 0)
    return {larger_id, Precedence::kControlId};
  return {ByContent(a, b), Precedence::kControlId};
}

std::optional<Control> LockOutOf(const Der& der) {
  if (der.stored_status != DerStatus::kMaintenance) return std::nullopt;
  Control lock_out;
  lock_out.source = ControlSource::kLockOut;
  lock_out.control_id = DerStatusName(DerStatus::kMaintenance);
  lock_out.issued_at = der.updated_at;
  lock_out.connect = false;
  return lock_out;
}

}  // namespace derms::domain
