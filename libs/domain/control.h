// What one source says about one DER: set-point, limits and connection, from when until when.
//
// Power is in kW, generation and discharge positive, consumption and charge negative. Plain values, thread-safe.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "libs/domain/der.h"

namespace derms::domain {

// Who speaks, strongest first. kLockOut is the crew's (stored status MAINTENANCE) and nothing overrides it; kLimit are
// operating envelopes and programs, ranked among themselves by primacy (IEEE 2030.5: lower is more important).
enum class ControlSource {
  kLockOut = 1,
  kEmergency = 2,
  kOperator = 3,
  kLimit = 4,
  kSchedule = 5,
  kOwner = 6,
  kDefault = 7,
  kFailSafe = 8
};
std::string_view ControlSourceName(ControlSource source);  // "LOCK_OUT", ...

// How a DER runs with regard to the grid. Numbers are those of derms.v1.OperatingMode.
enum class OperatingMode { kGridConnected = 1, kIslanded = 2, kBlackStart = 3 };
std::string_view OperatingModeName(OperatingMode mode);  // "GRID_CONNECTED", ...

// An absent number or flag says nothing: 0 kW is a set-point or limit like any other, never a placeholder.
struct Control {
  ControlSource source = ControlSource::kFailSafe;
  std::string control_id;  // of the order, instruction, limit, run ... behind it
  std::string issued_by;   // subject, or "system"
  int primacy = 0;         // of limits and defaults: lower is more important
  absl::Time issued_at;    // of two of one source the later one wins
  absl::Time starts_at = absl::InfinitePast();
  absl::Time valid_until = absl::InfiniteFuture();  // holds in [starts_at, valid_until)
  std::optional<double> power_kw;                   // set-point
  std::optional<double> max_power_kw;               // limit from above
  std::optional<double> min_power_kw;               // limit from below
  std::optional<bool> connect;                      // false: disconnect from the grid
  std::optional<OperatingMode> mode;
  bool override_limits = false;          // kEmergency only: limits of weaker sources do not clip its power_kw
  std::optional<absl::Time> returns_at;  // kEmergency only: the order is over, and from then on the DER is free

  bool HoldsAt(absl::Time at) const { return starts_at <= at && at < valid_until; }
};

// What a DER can do by its nameplate. min_kw <= max_kw.
struct PowerRange {
  double min_kw = 0;  // charging: negative
  double max_kw = 0;
};
PowerRange CapabilityOf(const Der& der);  // -charge capacity .. capacity

// What decided between two controls, as `a` sees it.
enum class Precedence { kSource = 1, kPrimacy = 2, kIssuedAt = 3, kControlId = 4 };

// The total order of controls, strongest first: source, lower primacy, later issued_at, larger control_id.
// Copies of one control that differ in content are ordered too, so that no result hangs on the order of a list.
struct Rank {
  std::strong_ordering order = std::strong_ordering::equal;  // less: `a` is stronger
  Precedence by = Precedence::kControlId;
};
Rank RankOf(const Control& a, const Control& b);
inline bool IsStronger(const Control& a, const Control& b) {
  return RankOf(a, b).order < 0;
}

// The lock-out of a DER in MAINTENANCE: disconnected, from the change on. None for any other.
std::optional<Control> LockOutOf(const Der& der);

}  // namespace derms::domain
