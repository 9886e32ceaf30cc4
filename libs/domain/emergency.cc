#include "libs/domain/emergency.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/defaults.h"
#include "libs/domain/restoration.h"

namespace derms::domain {
namespace {

// Merit order: what costs least to the grid and its owners first, of giving more and of giving less. A tier is used up
// before the next.
using TierList = std::array<std::vector<DerType>, 3>;
const TierList& Tiers(EmergencyKind kind) {
  static const std::vector<DerType> kStorage = {DerType::kBattery}, kWeather = {DerType::kSolar, DerType::kWind},
                                    kRest = {DerType::kHydro, DerType::kGeothermal, DerType::kFuelCell};
  static const TierList kMore = {kStorage, kRest, kWeather}, kLess = {kStorage, kWeather, kRest};
  return kind == EmergencyKind::kReduce ? kLess : kMore;
}

bool Usable(const std::optional<Reading>& reading) {
  return reading && reading->quality != ReadingQuality::kInvalid && reading->power_kw;
}

void FillStorageTerms(const Der& der, const Reading& reading, HeadroomTerms& terms) {
  const EffectiveParameters parameters = EffectiveParametersOf(der);
  const double held_kwh = reading.state_of_charge_kwh.value_or(parameters.initial_energy_kwh);
  terms.charge_kw = parameters.charge_capacity_kw;
  terms.give_kwh = std::max(0.0, held_kwh - parameters.min_energy_kwh) * parameters.discharge_efficiency;
  terms.take_kwh = std::max(0.0, parameters.energy_capacity_kwh - held_kwh) / parameters.charge_efficiency;
}

double HeadroomAtKw(EmergencyKind kind, const HeadroomTerms& terms, double power_kw, double hours) {
  if (kind == EmergencyKind::kReduce) return ReduceHeadroomKw(terms, power_kw);
  return kind == EmergencyKind::kAbsorb ? AbsorbHeadroomKw(terms, power_kw, hours)
                                        : InjectHeadroomKw(terms, power_kw, hours);
}

// The power before the live orders that leaves the least headroom and explains the measured one. Orders of the same
// direction only bring a DER nearer to its limit, where less is left. Those of the other direction have moved it by at
// most their part of its way to the other end: from b down to m >= b - (1 - left) * (b + charge), so that
// b <= (m + charge) / left - charge, and the same upwards.
double WorstBaseKw(EmergencyKind kind, const HeadroomTerms& terms, const Left& left) {
  if (kind == EmergencyKind::kInject && left.absorb < 1) {
    return std::min(terms.limit_kw, std::max(0.0, terms.power_kw + terms.charge_kw) / left.absorb - terms.charge_kw);
  }
  if (kind == EmergencyKind::kAbsorb && left.inject < 1) {
    return std::max(-terms.charge_kw, terms.limit_kw - std::max(0.0, terms.limit_kw - terms.power_kw) / left.inject);
  }
  return terms.power_kw;
}

// Where the DER is going when one more INJECT or ABSORB order comes.
double GoingToKw(EmergencyKind kind, const DerState& state) {
  const double power_kw = *state.reading->power_kw;
  if (!state.asked_kw) return power_kw;
  const bool injects = kind == EmergencyKind::kInject;
  // Between orders of both kinds what a DER does tells nothing: one that follows none of them may be on either side.
  const bool both_kinds = (injects ? state.held.left.absorb : state.held.left.inject) < 1;
  if (both_kinds) return state.follows ? power_kw : *state.asked_kw;
  return injects ? std::max(power_kw, *state.asked_kw) : std::min(power_kw, *state.asked_kw);
}

std::string ScopeName(const EmergencyRequest& request) {
  return request.der_id.empty() ? absl::StrCat("region ", request.region_id) : request.der_id;
}

bool FitsPower(EmergencyKind kind, double power_kw) {
  if (kind == EmergencyKind::kInject) return power_kw > 0;
  return IsShared(kind) ? power_kw < 0 : power_kw == 0;
}

EmergencyKind KindByPower(double power_kw) {
  if (power_kw > 0) return EmergencyKind::kInject;
  return power_kw < 0 ? EmergencyKind::kAbsorb : EmergencyKind::kCurtailAll;
}

Census Count(const EmergencyOrder& order, const std::vector<DerState>& fleet, const RegionTree& regions) {
  Census census;
  std::map<std::string, double> capacity_kw;
  for (const DerState& state : fleet) {
    const Der& der = *state.der;
    if (!InScope(order, der, regions)) continue;
    ++census.active_count;
    if (order.kind == EmergencyKind::kRestore) continue;
    if (const auto reason = UnboundReason(order.kind, der.type, der.stored_status, der.island_category())) {
      ++census.unbound_count;
      if (census.unbound.size() < kMaxUnboundListed) census.unbound.emplace_back(der.der_id, std::string(*reason));
      continue;
    }
    ++census.bound_count;
    capacity_kw[der.region_id] += der.capacity_kw;
    ClassShare& share = census.classes[IndexOf(der.type)];
    ++share.der_count;
    share.headroom_kw += HeadroomLeftKw(order.kind, state, order.ends_at - order.starts_at);
  }
  census.loads = LoadByRegion(capacity_kw, regions);
  return census;
}

EmergencyOrder Draft(const EmergencyRequest& request, EmergencyKind kind, absl::Time now) {
  EmergencyOrder order;
  order.kind = kind;
  order.der_id = request.der_id;
  order.region_id = request.region_id;
  order.power_kw = request.power_kw;
  order.starts_at = now;
  order.ends_at = now + request.duration;
  order.reason = request.reason;
  order.exercise = request.exercise;
  order.override_limits = request.override_limits;
  return order;
}

// Uses up tier after tier; within a tier every class gives the same part of its headroom.
void Share(EmergencyOrder& order, const Census& census) {
  double remaining_kw = std::abs(order.power_kw);
  for (const auto& tier : Tiers(order.kind)) {
    double tier_headroom_kw = 0;
    for (const DerType type : tier) tier_headroom_kw += census.classes[IndexOf(type)].headroom_kw;
    const double used_kw = std::min(remaining_kw, tier_headroom_kw);
    for (const DerType type : tier) {
      ClassShare share = census.classes[IndexOf(type)];
      if (share.der_count == 0) continue;
      share.type = type;
      share.fraction = tier_headroom_kw > 0 ? std::min(1.0, used_kw / tier_headroom_kw) : 0;
      order.shares.push_back(share);
    }
    remaining_kw -= used_kw;
  }
  order.shortfall_kw = std::copysign(remaining_kw, order.power_kw);
}

const char* Wanted(EmergencyKind kind) {
  switch (kind) {
    case EmergencyKind::kAbsorb:
      return "an ONLINE storage";
    case EmergencyKind::kIsland:
      return "an ONLINE DER whose island_category allows islands";
    case EmergencyKind::kBlackStart:
      return "a DER whose island_category is BLACK_START_CAPABLE";
    default:
      return "an ONLINE DER";
  }
}

absl::Status CheckCensus(const EmergencyRequest& request, EmergencyKind kind, const Census& census) {
  const int active_count = census.active_count;
  if (request.expected_count && *request.expected_count != active_count) {
    return base::FailedPrecondition(
               "EXPECTED_COUNT_MISMATCH",
               absl::StrCat("the scope ", ScopeName(request), " has ", active_count, " active DERs, not ",
                            *request.expected_count, "; check the scope and repeat with the actual count"))
        .Metadata("actual_count", absl::StrCat(active_count))
        .Metadata("expected_count", absl::StrCat(*request.expected_count));
  }
  if (active_count == 0) {
    return base::FailedPrecondition(
        "NO_DERS_IN_SCOPE", absl::StrCat("the scope ", ScopeName(request), " has no active DER; choose another scope"));
  }
  // A shutdown that finds everything in MAINTENANCE still stands: it binds who comes back while it lasts.
  if (census.bound_count == 0 && !IsShutdown(kind) && kind != EmergencyKind::kRestore) {
    return base::FailedPrecondition(
        "NO_DERS_IN_SCOPE", absl::StrCat("none of the ", active_count, " active DERs of ", ScopeName(request), " is ",
                                         Wanted(kind), "; bring DERs ONLINE or choose another scope"));
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view EmergencyKindName(EmergencyKind kind) {
  switch (kind) {
    case EmergencyKind::kInject:
      return "INJECT";
    case EmergencyKind::kAbsorb:
      return "ABSORB";
    case EmergencyKind::kCurtailAll:
      return "CURTAIL_ALL";
    case EmergencyKind::kDisconnect:
      return "DISCONNECT";
    case EmergencyKind::kReduce:
      return "REDUCE";
    case EmergencyKind::kCeaseToEnergize:
      return "CEASE_TO_ENERGIZE";
    case EmergencyKind::kIsland:
      return "ISLAND";
    case EmergencyKind::kBlackStart:
      return "BLACK_START";
    case EmergencyKind::kRestore:
      return "RESTORE";
  }
  return "UNKNOWN";
}

bool InScope(const EmergencyOrder& order, const Der& der, const RegionTree& regions) {
  if (der.lifecycle != Lifecycle::kActive || der.registered_at >= order.starts_at) return false;
  if (order.der_id == base::kAllDers) return true;
  if (!order.der_id.empty()) return order.der_id == der.der_id;
  return regions.IsWithin(der.region_id, order.region_id);
}

bool AllowsIsland(EmergencyKind kind, IslandCategory category) {
  if (kind == EmergencyKind::kBlackStart) return category == IslandCategory::kBlackStartCapable;
  return kind != EmergencyKind::kIsland || category != IslandCategory::kUncategorized;
}

std::optional<std::string_view> UnboundReason(EmergencyKind kind, DerType type, DerStatus stored_status,
                                              IslandCategory category) {
  if (stored_status == DerStatus::kMaintenance) return "MAINTENANCE";
  if (IsShutdown(kind)) return std::nullopt;
  if (kind == EmergencyKind::kAbsorb && !IsStorage(type)) return "NOT_STORAGE";
  if (!AllowsIsland(kind, category)) {
    return kind == EmergencyKind::kIsland ? "NOT_ISLAND_CAPABLE" : "NOT_BLACK_START_CAPABLE";
  }
  if (stored_status != DerStatus::kOnline && kind != EmergencyKind::kBlackStart) return "NOT_ONLINE";
  return std::nullopt;
}

bool Binds(const EmergencyOrder& order, const Der& der, const RegionTree& regions) {
  return order.kind != EmergencyKind::kRestore && InScope(order, der, regions) &&
         !UnboundReason(order.kind, der.type, der.stored_status, der.island_category());
}

HeadroomTerms TermsOf(const DerState& state) {
  HeadroomTerms terms;
  if (!Usable(state.reading)) return terms;
  const Der& der = *state.der;
  terms.power_kw = *state.reading->power_kw;
  const double weather_kw = IsWeatherDriven(der.type) ? terms.power_kw : der.capacity_kw;
  terms.limit_kw = std::min(der.capacity_kw, state.available_kw.value_or(weather_kw));
  terms.give_kwh = std::numeric_limits<double>::infinity();
  if (!IsStorage(der.type)) terms.floor_kw = EffectiveParametersOf(der).min_output_kw;
  if (IsStorage(der.type)) FillStorageTerms(der, *state.reading, terms);
  return terms;
}

double HeadroomKw(EmergencyKind kind, const DerState& state, absl::Duration duration) {
  if (!IsShared(kind) || !Usable(state.reading) || duration <= absl::ZeroDuration()) return 0;
  if (kind == EmergencyKind::kAbsorb && !IsStorage(state.der->type)) return 0;
  const HeadroomTerms terms = TermsOf(state);
  return HeadroomAtKw(kind, terms, terms.power_kw, absl::ToDoubleHours(duration));
}

double HeadroomLeftKw(EmergencyKind kind, const HeadroomTerms& terms, const Holding& held, double hours) {
  const double now_kw = HeadroomAtKw(kind, terms, terms.power_kw, hours), share = held.left.ShareFor(kind);
  if (share >= 1) return now_kw;
  if (share <= 0) return 0;
  const double base_kw = held.base_kw ? *held.base_kw : WorstBaseKw(kind, terms, held.left);
  return std::min(now_kw, share * HeadroomAtKw(kind, terms, base_kw, hours));
}

double HeadroomLeftKw(EmergencyKind kind, const DerState& state, absl::Duration duration) {
  if (!IsShared(kind) || !Usable(state.reading) || duration <= absl::ZeroDuration()) return 0;
  if (kind == EmergencyKind::kAbsorb && !IsStorage(state.der->type)) return 0;
  return HeadroomLeftKw(kind, TermsOf(state), state.held, absl::ToDoubleHours(duration));
}

std::optional<double> ReducedToKw(double fraction, const DerState& state, absl::Duration duration) {
  const Left& left = state.held.left;
  if (!Usable(state.reading) || left.ShareFor(EmergencyKind::kReduce) <= 0) return std::nullopt;
  const HeadroomTerms terms = TermsOf(state);
  if (state.follows) return std::max(0.0, terms.power_kw);
  double before_kw = terms.power_kw;
  if (left.reduce < 1 && state.held.base_kw) {
    const double base_kw = *state.held.base_kw;
    before_kw = std::min(before_kw, base_kw - (1 - left.reduce) * ReduceHeadroomKw(terms, base_kw));
  }
  return std::max(0.0, before_kw - fraction * HeadroomLeftKw(EmergencyKind::kReduce, state, duration));
}

std::optional<double> MovedToKw(EmergencyKind kind, double fraction, const DerState& state, absl::Duration duration) {
  if (!Usable(state.reading)) return std::nullopt;
  const double from_kw = GoingToKw(kind, state);
  double left_kw = state.follows ? 0 : HeadroomLeftKw(kind, state, duration);
  if (left_kw > 0) {
    left_kw = std::min(left_kw, HeadroomAtKw(kind, TermsOf(state), from_kw, absl::ToDoubleHours(duration)));
  }
  const double part_kw = fraction * left_kw;
  if (kind == EmergencyKind::kAbsorb) return from_kw - part_kw;
  if (part_kw == 0 && IsWeatherDriven(state.der->type)) return std::nullopt;
  return from_kw + part_kw;
}

absl::StatusOr<EmergencyKind> CheckEmergencyRequest(const EmergencyRequest& request) {
  if (request.der_id.empty() == request.region_id.empty()) {
    constexpr char kRule[] = "give exactly one of der_id (a DER or ALL_DERS) and region_id";
    return base::InvalidArgument("SCOPE_MISSING", kRule).Field("der_id", kRule);
  }
  if (request.reason.empty()) {
    constexpr char kRule[] = "say why the DERs are taken over; the reason is kept with the order";
    return base::InvalidArgument("REASON_MISSING", kRule).Field("reason", kRule);
  }
  if (request.der_id == base::kAllDers && !request.expected_count) {
    constexpr char kRule[] = "ALL_DERS needs the number of active DERs as confirmation; see GetStats for it";
    return base::InvalidArgument("EXPECTED_COUNT_MISSING", kRule).Field("expected_count", kRule);
  }
  const EmergencyKind by_power = KindByPower(request.power_kw);
  const EmergencyKind kind = request.kind.value_or(by_power);
  if (request.override_limits && kind != EmergencyKind::kInject && kind != EmergencyKind::kAbsorb) {
    constexpr char kRule[] = "is for INJECT and ABSORB: other kinds give no set-point that limits could clip";
    return base::InvalidArgument("OVERRIDE_WITHOUT_POWER", absl::StrCat("override_limits ", kRule))
        .Field("override_limits", kRule);
  }
  if (FitsPower(kind, request.power_kw)) return kind;
  const std::string rule =
      absl::StrCat("power_kw ", request.power_kw, " contradicts kind ", std::string(EmergencyKindName(kind)),
                   "; INJECT needs more than 0, ABSORB and REDUCE less than 0, the others 0");
  return base::InvalidArgument("EMERGENCY_KIND_MISMATCH", rule).Field("kind", rule);
}

absl::StatusOr<EmergencyOrder> PlanOrder(const EmergencyRequest& request, Census census, absl::Time now) {
  ASSIGN_OR_RETURN(const EmergencyKind kind, CheckEmergencyRequest(request));
  RETURN_IF_ERROR(CheckCensus(request, kind, census));
  EmergencyOrder order = Draft(request, kind, now);
  order.der_count = census.bound_count;
  order.unbound_count = census.unbound_count;
  order.unbound = std::move(census.unbound);
  if (IsShared(kind)) Share(order, census);
  if (ComesBackInStages(kind) && !order.exercise) {
    order.restoration.emplace().terms = Changed({}, request.restoration);
    order.restoration->SetLoads(std::move(census.loads));
  }
  return order;
}

absl::StatusOr<EmergencyOrder> PlanEmergency(const EmergencyRequest& request, const std::vector<DerState>& fleet,
                                             const RegionTree& regions, absl::Time now) {
  ASSIGN_OR_RETURN(const EmergencyKind kind, CheckEmergencyRequest(request));
  return PlanOrder(request, Count(Draft(request, kind, now), fleet, regions), now);
}

}  // namespace derms::domain
