// Emergency orders: whom an order binds, and how its power is shared. Pure functions.
//
// An order is one row with a scope predicate, so that a million DERs are taken over by one commit. Its power is what
// the scope shall give (INJECT, positive) or take (ABSORB, negative) on top of what it does when the order starts, or
// give less of (REDUCE, negative). Every DER of a class uses the same part (fraction) of its own headroom.
//
// Several orders may bind a DER at once; each takes a part of what the others leave (holdings.h), so that nothing is
// promised twice.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/der.h"
#include "libs/domain/holdings.h"
#include "libs/domain/records.h"
#include "libs/domain/region.h"

namespace derms::domain {

std::string_view EmergencyKindName(EmergencyKind kind);  // "INJECT", ...

// Whether the DER is in the scope of the order, active, and registered before it started.
bool InScope(const EmergencyOrder& order, const Der& der, const RegionTree& regions);

// Why an order does not bind a DER of its scope: "MAINTENANCE", "NOT_ONLINE", "NOT_STORAGE", "NOT_ISLAND_CAPABLE",
// "NOT_BLACK_START_CAPABLE"; none when it binds it. RESTORE binds nobody and is not asked for.
std::optional<std::string_view> UnboundReason(EmergencyKind kind, DerType type, DerStatus stored_status,
                                              IslandCategory category);

// Whether an order of this kind may bind a DER of this category (IEEE 1547-2018 clause 8.2); all but ISLAND and
// BLACK_START bind any.
bool AllowsIsland(EmergencyKind kind, IslandCategory category);

// Whether the order binds the DER while it is live (ask EmergencyOrder::IsLiveAt): in scope and nothing speaks against
// it. Shutdown kinds bind every active DER, OFFLINE ones too; INJECT and REDUCE bind ONLINE ones, ABSORB ONLINE
// storage, ISLAND ONLINE ones made for islands, BLACK_START those made for it, OFFLINE ones too; RESTORE binds nobody.
// DERs in MAINTENANCE and retired ones are never bound. Judged by stored status, which nobody but MAINTENANCE's crew
// can change while the order is live.
bool Binds(const EmergencyOrder& order, const Der& der, const RegionTree& regions);

// A DER with what is known about it now.
struct DerState {
  const Der* der = nullptr;
  std::optional<Reading> reading;      // newest one; INVALID counts as none
  std::optional<double> available_kw;  // highest output that sun, wind or water allow now; none: unknown
  Holding held{};                      // by live orders
  // Of the one order that is asked about (pinning.h): its set-point, or of a REDUCE its limit, where it has been pinned
  // already; whether `reading` is from after its start, so that the DER may follow it already; and the set-point to
  // which the INJECT and ABSORB orders before it have brought the DER, or will.
  std::optional<double> pinned_kw{};
  bool follows = false;
  std::optional<double> asked_kw{};
};

// How much more the DER could give (INJECT) or take (ABSORB), or less it could give (REDUCE: down to its lowest output,
// storage to nothing) for `duration`, kW, never negative. Storage is limited by the energy above its reserve or below
// its capacity. Without a usable power reading it is 0: what is not known is not
// promised. SOLAR and WIND give more only when `available_kw` says so. Live orders are not looked at.
double HeadroomKw(EmergencyKind kind, const DerState& state, absl::Duration duration);

// What is left of it for one more order: the share of the DER that no live order holds (Left::ShareFor), of the
// headroom that it had before they began (a DER that follows an order gives more, and that must not count twice); and
// never more than what it could give or take more now. Where the power before is not known, the worst that explains
// today's is taken.
double HeadroomLeftKw(EmergencyKind kind, const DerState& state, absl::Duration duration);

// HeadroomLeftKw in its parts, for those who keep the numbers of a fleet in columns (services/emergency).
struct HeadroomTerms {
  double power_kw = 0;   // measured
  double limit_kw = 0;   // highest output now
  double floor_kw = 0;   // lowest output
  double charge_kw = 0;  // highest charging power; 0: no storage
  double give_kwh = 0;   // what the energy above the reserve gives at its terminals; infinite: no storage
  double take_kwh = 0;   // what fills it up, at its terminals
};
HeadroomTerms TermsOf(const DerState& state);  // all 0 without a usable reading: no headroom
inline double InjectHeadroomKw(const HeadroomTerms& terms, double power_kw, double hours) {
  return std::max(0.0, std::min(terms.limit_kw, terms.give_kwh / hours) - power_kw);
}
inline double AbsorbHeadroomKw(const HeadroomTerms& terms, double power_kw, double hours) {
  return std::max(0.0, power_kw + std::min(terms.charge_kw, terms.take_kwh / hours));
}
inline double ReduceHeadroomKw(const HeadroomTerms& terms, double power_kw) {
  return std::max(0.0, power_kw - terms.floor_kw);
}
double HeadroomLeftKw(EmergencyKind kind, const HeadroomTerms& terms, const Holding& held, double hours);

// The most that a DER may give under a REDUCE order that uses `fraction` of it, for `duration`, in the state in which
// the order finds it: what it gives, or what the REDUCE orders before leave it where that is less, less the order's
// part; never below 0. What it gives where `follows`. None without a usable reading, and where the orders before leave
// nothing of it for a REDUCE.
std::optional<double> ReducedToKw(double fraction, const DerState& state, absl::Duration duration);

// The set-point of an INJECT or ABSORB order that uses `fraction` of the DER, for `duration`, in the state in which the
// order finds it: its part more, or less, than where the DER is going. That is what the orders before it ask, whether
// the DER is there yet or not; and what it does, where there are none, or where all are of this kind and it gives
// (ABSORB: takes) more than they ask. So the newest set-point, which counts, takes in the parts of all. The part is
// fraction * HeadroomLeftKw, within what is left to the DER's limit from there; nothing where `follows`. None without a
// usable reading, and of sun and wind that have nothing more to give: a set-point would only cap them.
std::optional<double> MovedToKw(EmergencyKind kind, double fraction, const DerState& state, absl::Duration duration);

struct EmergencyRequest {
  std::string der_id;     // a DER or base::kAllDers; exactly one of der_id and region_id is given
  std::string region_id;  // with its parts
  double power_kw = 0;
  absl::Duration duration;
  std::string reason;
  std::optional<EmergencyKind> kind;  // none: by the sign of power_kw, 0 means CURTAIL_ALL
  std::optional<int> expected_count;  // active DERs in the scope
  bool exercise = false;
  bool override_limits = false;
  GivenRestoration restoration;
};

// The kind the request means. INVALID_ARGUMENT SCOPE_MISSING, REASON_MISSING, EXPECTED_COUNT_MISSING (ALL_DERS without
// it), EMERGENCY_KIND_MISMATCH (kind and sign of power_kw contradict each other), OVERRIDE_WITHOUT_POWER (of another
// kind than INJECT and ABSORB).
absl::StatusOr<EmergencyKind> CheckEmergencyRequest(const EmergencyRequest& request);

inline constexpr std::size_t kMaxUnboundListed = 1000;
// What a walk over the DERs of a scope finds.
struct Census {
  int active_count = 0, bound_count = 0, unbound_count = 0;
  std::vector<std::pair<std::string, std::string>> unbound;  // der_id, reason; the first kMaxUnboundListed
  std::array<ClassShare, kDerTypeCount> classes{};           // by IndexOf(type): der_count and headroom_kw
  LoadsByRegion loads;                                       // of kinds that come back in stages (restoration.h)
};

// The order that the request makes of what was counted at `now`, all fields but emergency_id, issued_by, number and
// revision. shortfall_kw has the sign of power_kw, and sum over bound DERs of fraction * headroom left =
// |power_kw - shortfall_kw|. Shares: storage first, then hydro, geothermal and fuel cells together, then solar and
// wind; of REDUCE storage, then solar and wind, then the rest. Errors: those of CheckEmergencyRequest;
// FAILED_PRECONDITION EXPECTED_COUNT_MISMATCH (metadata actual_count), NO_DERS_IN_SCOPE.
absl::StatusOr<EmergencyOrder> PlanOrder(const EmergencyRequest& request, Census census, absl::Time now);

// The same of a fleet; it may hold DERs outside the scope, which are ignored. Deterministic.
absl::StatusOr<EmergencyOrder> PlanEmergency(const EmergencyRequest& request, const std::vector<DerState>& fleet,
                                             const RegionTree& regions, absl::Time now);

}  // namespace derms::domain
