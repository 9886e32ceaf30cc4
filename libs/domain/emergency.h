// Emergency orders: whom an order binds, and how its power is shared. Pure functions.
//
// An order is one row with a scope predicate, so that a million DERs are taken over by one commit. Its power is what
// the scope shall give (INJECT, positive) or take (ABSORB, negative) on top of what it does when the order starts.
// Every DER of a class uses the same part (fraction) of its own headroom.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/der.h"
#include "libs/domain/records.h"
#include "libs/domain/region.h"

namespace derms::domain {

std::string_view EmergencyKindName(EmergencyKind kind);  // "INJECT", ...
bool IsShutdown(EmergencyKind kind);                     // CURTAIL_ALL, DISCONNECT

// Whether the DER is in the scope of the order, active, and registered before it started.
bool InScope(const EmergencyOrder& order, const Der& der, const RegionTree& regions);

// Why an order does not bind a DER of its scope: "MAINTENANCE", "NOT_ONLINE", "NOT_STORAGE"; none when it binds it.
std::optional<std::string_view> UnboundReason(EmergencyKind kind, const Der& der);

// Whether the order binds the DER while it is live (ask EmergencyOrder::IsLiveAt): in scope and nothing speaks against
// it. Shutdown kinds bind every active DER, OFFLINE ones too; INJECT binds ONLINE ones, ABSORB ONLINE storage;
// DERs in MAINTENANCE and retired ones are never bound. Judged by stored status, which nobody but MAINTENANCE's crew
// can change while the order is live.
bool Binds(const EmergencyOrder& order, const Der& der, const RegionTree& regions);

// A DER with what is known about it now.
struct DerState {
  const Der* der = nullptr;
  std::optional<Reading> reading;      // newest one; INVALID counts as none
  std::optional<double> available_kw;  // highest output that sun, wind or water allow now; none: unknown
};

// How much more the DER could give (INJECT) or take (ABSORB) for `duration`, kW, never negative. Storage is limited by
// the energy above its reserve or below its capacity. Without a usable power reading it is 0: what is not known is not
// promised. SOLAR and WIND give more only when `available_kw` says so.
double HeadroomKw(EmergencyKind kind, const DerState& state, absl::Duration duration);

// The part of its headroom that the order asks of a DER of this type, 0 to 1.
double FractionOf(const std::vector<ClassShare>& shares, DerType type);

struct EmergencyRequest {
  std::string der_id;     // a DER or base::kAllDers; exactly one of der_id and region_id is given
  std::string region_id;  // with its parts
  double power_kw = 0;
  absl::Duration duration;
  std::string reason;
  std::optional<EmergencyKind> kind;  // none: by the sign of power_kw, 0 means CURTAIL_ALL
  std::optional<int> expected_count;  // active DERs in the scope
  bool exercise = false;
};

// The kind the request means. INVALID_ARGUMENT SCOPE_MISSING, REASON_MISSING, EXPECTED_COUNT_MISSING (ALL_DERS without
// it), EMERGENCY_KIND_MISMATCH (kind and sign of power_kw contradict each other).
absl::StatusOr<EmergencyKind> CheckEmergencyRequest(const EmergencyRequest& request);

// The order that the request makes of the fleet at `now`, all fields but emergency_id, issued_by and revision.
// `fleet` may hold DERs outside the scope; they are ignored. shortfall_kw has the sign of power_kw, and
// sum over bound DERs of fraction * headroom = |power_kw - shortfall_kw|. Shares: storage first, then hydro, geothermal
// and fuel cells together, then solar and wind. Deterministic. Errors: those of CheckEmergencyRequest;
// FAILED_PRECONDITION EXPECTED_COUNT_MISMATCH (metadata actual_count), NO_DERS_IN_SCOPE.
absl::StatusOr<EmergencyOrder> PlanEmergency(const EmergencyRequest& request, const std::vector<DerState>& fleet,
                                             const RegionTree& regions, absl::Time now);

}  // namespace derms::domain
