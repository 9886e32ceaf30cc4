#include "libs/domain/restoration.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/defaults.h"

namespace derms::domain {
namespace {

constexpr int kDeepest = 16;                              // levels of regions (region.cc)
constexpr absl::Duration kLongestSpan = absl::Hours(24);  // also behind a limit of next to nothing
constexpr double kHeaviestLoad = 1e6;

// Finaliser of splitmix64: neighbouring inputs end far from each other.
std::uint64_t Mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

std::uint64_t HashOf(const std::string& emergency_id) {
  return Mixed(static_cast<std::uint64_t>(base::DerKeyOf(emergency_id)));
}

double PlaceOf(std::uint64_t order_hash, base::DerKey der) {
  return std::ldexp(static_cast<double>(Mixed(static_cast<std::uint64_t>(der) ^ order_hash) >> 11), -53);
}

absl::Duration SpanOf(double load, double pickup_share_per_min) {
  return std::min(kLongestSpan, absl::Minutes(load / pickup_share_per_min));
}

// What comes back is generation, which flows out.
std::optional<double> LimitKw(const Region& region) {
  return region.export_limit_kw ? region.export_limit_kw : region.import_limit_kw;
}

// The region and those above it.
std::vector<const Region*> UpFrom(const std::string& region_id, const RegionTree& regions) {
  std::vector<const Region*> up;
  const Region* region = regions.Find(region_id);
  for (int level = 0; level <= kDeepest && region != nullptr; ++level) {
    up.push_back(region);
    region = regions.Find(region->parent_region_id);
  }
  return up;
}

bool IsWithin(const ScopedOrder& inner, const ScopedOrder& outer, const RegionTree& regions) {
  if (outer.order->der_id == base::kAllDers) return true;
  if (!outer.order->der_id.empty()) return inner.order->der_id == outer.order->der_id;
  return !inner.region_id.empty() && regions.IsWithin(inner.region_id, outer.region_id);
}

}  // namespace

RestorationTerms Changed(RestorationTerms terms, const GivenRestoration& given) {
  terms.delay = given.delay.value_or(terms.delay);
  terms.window = given.window.value_or(terms.window);
  terms.ramp = given.ramp.value_or(terms.ramp);
  terms.pickup_share_per_min = given.pickup_share_per_min.value_or(terms.pickup_share_per_min);
  return terms;
}

void RestorationPlan::SetLoads(LoadsByRegion loads) {
  loads_ = std::move(loads);
  heaviest_load_ = 0;
  for (const auto& [region_id, load] : loads_) heaviest_load_ = std::max(heaviest_load_, load);
}

absl::Duration RestorationPlan::WindowOf(const std::string& region_id) const {
  const auto load = loads_.find(region_id);
  return std::max(terms.window, SpanOf(load == loads_.end() ? 0 : load->second, terms.pickup_share_per_min));
}

absl::Duration RestorationPlan::RampOf(const std::string& region_id) const {
  const auto load = loads_.find(region_id);
  return std::max(terms.ramp, SpanOf(load == loads_.end() ? 0 : load->second, terms.pickup_share_per_min));
}

absl::Duration RestorationPlan::Longest() const {
  const absl::Duration span = SpanOf(heaviest_load_, terms.pickup_share_per_min);
  const absl::Duration ramp = std::max(terms.ramp, span);
  return terms.delay + std::max(std::max(terms.window, span), ramp + ramp / kRampSteps);
}

bool ComesBackInStages(EmergencyKind kind) {
  return kind != EmergencyKind::kInject && kind != EmergencyKind::kAbsorb && kind != EmergencyKind::kRestore;
}

double PlaceInWindow(const std::string& emergency_id, base::DerKey der) {
  return PlaceOf(HashOf(emergency_id), der);
}

Returns::Returns(const EmergencyOrder& order)
    : order_hash_(HashOf(order.emergency_id)), first_(order.end() + order.restoration.value().terms.delay) {}

WayBack Returns::Of(base::DerKey der, double capacity_kw, absl::Duration window, absl::Duration ramp) const {
  const double place = PlaceOf(order_hash_, der);
  if (capacity_kw > kRampsAboveKw) {
    const absl::Duration step = ramp / kRampSteps;
    return {first_, first_ + (kRampSteps + place) * step, step};
  }
  const absl::Time turn = first_ + window * place;
  return {turn, turn, absl::ZeroDuration()};
}

WayBack WayBackOf(const EmergencyOrder& order, const Der& der) {
  const absl::Time end = order.end();
  if (!order.restoration || order.kind == EmergencyKind::kRestore) return {end, end, absl::ZeroDuration()};
  const RestorationPlan& plan = *order.restoration;
  return Returns(order).Of(der.key(), der.capacity_kw, plan.WindowOf(der.region_id), plan.RampOf(der.region_id));
}

double RisenShare(const WayBack& way, absl::Time at) {
  if (at >= way.back) return 1;
  if (at <= way.turn) return 0;
  const double steps_to_go = std::ceil(absl::FDivDuration(way.back - at, way.step));
  return std::max(0.0, kRampSteps - steps_to_go) / kRampSteps;
}

bool Holds(const EmergencyOrder& order, const Der& der, const RegionTree& regions, absl::Time at) {
  if (order.exercise || at < order.starts_at || at >= order.holds_until()) return false;
  if (!Binds(order, der, regions)) return false;
  return at < order.end() || at < WayBackOf(order, der).back;
}

std::vector<Control> StepsOf(const EmergencyOrder& order, const Der& der, double from_kw) {
  const WayBack way = WayBackOf(order, der);
  std::vector<Control> steps;
  if (!way.ramps()) return steps;
  const PowerRange range = CapabilityOf(der);
  // A REDUCE or CURTAIL_ALL kept nobody from charging.
  const bool held_charging = order.kind != EmergencyKind::kReduce && order.kind != EmergencyKind::kCurtailAll;
  Control control;
  control.source = ControlSource::kEmergency;
  control.control_id = order.emergency_id;
  control.issued_by = order.issued_by;
  control.issued_at = order.starts_at;
  control.returns_at = way.back;
  for (int risen = 0; risen < kRampSteps; ++risen) {
    const double share = static_cast<double>(risen) / kRampSteps;
    control.starts_at = risen == 0 ? way.turn : control.valid_until;
    control.valid_until = way.back - (kRampSteps - 1 - risen) * way.step;
    control.max_power_kw = from_kw + share * std::max(0.0, range.max_kw - from_kw);
    if (held_charging && range.min_kw < 0) control.min_power_kw = share * range.min_kw;
    steps.push_back(control);
  }
  return steps;
}

void RestorationCount::Add(const WayBack& way, absl::Time at) {
  if (at >= way.back) {
    ++restored;
  } else {
    ++(at < way.turn ? waiting : ramping);
  }
}

LoadsByRegion LoadByRegion(const std::map<std::string, double>& capacity_kw, const RegionTree& regions) {
  std::map<const Region*, double> within_kw;
  for (const auto& [region_id, kw] : capacity_kw) {
    for (const Region* region : UpFrom(region_id, regions)) within_kw[region] += kw;
  }
  LoadsByRegion loads;
  for (const auto& [region_id, kw] : capacity_kw) {
    for (const Region* region : UpFrom(region_id, regions)) {
      const auto limit_kw = LimitKw(*region);
      if (!limit_kw) continue;
      const double bound_kw = within_kw[region];
      const double load = bound_kw < kHeaviestLoad * *limit_kw ? bound_kw / *limit_kw : kHeaviestLoad;
      double& heaviest = loads[region_id];
      heaviest = std::max(heaviest, load);
    }
  }
  return loads;
}

absl::StatusOr<std::vector<const EmergencyOrder*>> OrdersToEnd(const ScopedOrder& restore,
                                                               const std::vector<ScopedOrder>& live,
                                                               const RegionTree& regions) {
  std::vector<const EmergencyOrder*> ended;
  for (const ScopedOrder& each : live) {
    if (IsWithin(each, restore, regions)) {
      ended.push_back(each.order);
    } else if (IsWithin(restore, each, regions)) {
      return base::FailedPrecondition(
                 "WIDER_ORDER_IN_FORCE",
                 absl::StrCat("order ", each.order->emergency_id, " (",
                              std::string(EmergencyKindName(each.order->kind)),
                              ") of a wider scope holds these DERs; release it, or restore its scope"))
          .Metadata("emergency_id", each.order->emergency_id);
    }
  }
  if (!ended.empty()) return ended;
  return base::FailedPrecondition("NOTHING_TO_RESTORE",
                                  "no order is in force within this scope; see ListEmergencies for those that are");
}

}  // namespace derms::domain
