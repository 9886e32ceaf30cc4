// Limits and defaults: what holds for the DERs of a scope for a stretch of time. Pure functions.
//
// For one DER they become controls (control.h), in kW: shares are of its capacity, negative ones of its charging
// capacity.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/domain/control.h"
#include "libs/domain/der.h"
#include "libs/domain/region.h"

namespace derms::domain {

enum class StandingKind { kLimit = 1, kDefault = 2 };

// At least one is given; a quantity is given in kW or as a share, not both.
struct PowerTerms {
  std::optional<double> power_kw, max_power_kw, min_power_kw;           // generation positive
  std::optional<double> power_share, max_power_share, min_power_share;  // -1 to 1

  bool operator==(const PowerTerms&) const = default;
};

struct StandingControl {
  StandingKind kind = StandingKind::kLimit;
  std::string control_id;  // unique in its kind
  std::string der_id;      // a DER or base::kAllDers; empty for a region
  std::string region_id;   // with its parts; empty otherwise
  std::string program;
  int primacy = 0;  // of limits: lower is stronger
  PowerTerms power;
  absl::Time starts_at, valid_until;  // holds in [starts_at, valid_until)
  std::string reason;
  std::string put_by;
  absl::Time put_at;
  std::optional<absl::Time> replaced_at;  // set in rows of the past: it held as such until then
  std::int64_t revision = 0;
};

// Longest time ahead that a limit or default may end.
inline constexpr absl::Duration kMaxStandingAhead = absl::Hours(24 * 3653);

// INVALID_ARGUMENT INVALID_CONTROL with every field that breaks a rule: one scope; a limit has no set-point and a
// default has one or a limit; no quantity in kW and as a share; kW only for a single DER; min <= max; a stretch of time
// that is not empty and ends in [now, now + kMaxStandingAhead].
absl::Status CheckStandingControl(const StandingControl& control, absl::Time now);
// The rules that PowerTerms have for themselves; `field` leads the names of fields.
absl::Status CheckPowerTerms(const PowerTerms& power, const std::string& field);

// Whether the DER is in its scope.
bool AppliesTo(const StandingControl& control, const Der& der, const RegionTree& regions);

// What it says about the DER: none when the DER is not in its scope. Of defaults the one with the narrowest scope is
// the strongest: primacy 0 for a DER's own, then 1 for its region's, 2 for that above, ..., 255 for ALL_DERS. A control
// that was replaced holds until then.
std::optional<Control> ControlOf(const StandingControl& control, const Der& der, const RegionTree& regions);

// Shares as kW of the capability; kW as they are.
struct PowerInKw {
  std::optional<double> power_kw, max_power_kw, min_power_kw;
};
PowerInKw InKw(const PowerTerms& power, const PowerRange& capability);

}  // namespace derms::domain
