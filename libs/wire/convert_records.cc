#include "libs/wire/convert_records.h"

#include <utility>

#include "libs/wire/convert_der.h"
#include "libs/wire/convert_time.h"

namespace derms::wire {
namespace {

// Both sides use the same numbers; a test compares every name.
template <typename To, typename From>
To SameNumber(From value) {
  return static_cast<To>(static_cast<int>(value));
}

}  // namespace

v1::Region ToProto(const domain::Region& region) {
  v1::Region out;
  out.set_region_id(region.region_id);
  out.set_parent_region_id(region.parent_region_id);
  out.set_display_name(region.display_name);
  if (region.import_limit_kw) out.set_import_limit_kw(*region.import_limit_kw);
  if (region.export_limit_kw) out.set_export_limit_kw(*region.export_limit_kw);
  out.set_load_series_id(region.load_series_id);
  out.set_import_price_series_id(region.import_price_series_id);
  out.set_export_price_series_id(region.export_price_series_id);
  out.set_carbon_series_id(region.carbon_series_id);
  out.set_revision(region.revision);
  return out;
}

domain::Region FromProto(const v1::Region& region) {
  domain::Region out;
  out.region_id = region.region_id();
  out.parent_region_id = region.parent_region_id();
  out.display_name = region.display_name();
  if (region.has_import_limit_kw()) out.import_limit_kw = region.import_limit_kw();
  if (region.has_export_limit_kw()) out.export_limit_kw = region.export_limit_kw();
  out.load_series_id = region.load_series_id();
  out.import_price_series_id = region.import_price_series_id();
  out.export_price_series_id = region.export_price_series_id();
  out.carbon_series_id = region.carbon_series_id();
  return out;
}

v1::Series ToProto(const domain::SeriesPiece& piece) {
  v1::Series out;
  out.set_series_id(piece.series_id);
  out.set_kind(SameNumber<v1::SeriesKind>(piece.kind));
  *out.mutable_starts_at() = ToProto(piece.starts_at);
  *out.mutable_interval() = ToProto(piece.interval);
  out.mutable_values()->Add(piece.values.begin(), piece.values.end());
  return out;
}

domain::SeriesPiece FromProto(const v1::Series& series) {
  return {.series_id = series.series_id(),
          .kind = SameNumber<domain::SeriesKind>(series.kind()),
          .starts_at = FromProto(series.starts_at()),
          .interval = FromProto(series.interval()),
          .values = {series.values().begin(), series.values().end()}};
}

v1::EmergencyKind ToProto(domain::EmergencyKind kind) {
  return SameNumber<v1::EmergencyKind>(kind);
}

domain::GivenRestoration FromProto(const v1::RestorationTerms& terms) {
  domain::GivenRestoration out;
  if (terms.has_delay()) out.delay = FromProto(terms.delay());
  if (terms.has_window()) out.window = FromProto(terms.window());
  if (terms.has_ramp()) out.ramp = FromProto(terms.ramp());
  if (terms.has_pickup_share_per_min()) out.pickup_share_per_min = terms.pickup_share_per_min();
  return out;
}

static v1::Restoration RestorationOf(const domain::EmergencyOrder& order) {
  const domain::RestorationPlan& plan = *order.restoration;
  const bool is_restore = order.kind == domain::EmergencyKind::kRestore;
  v1::Restoration out;
  *out.mutable_begins_at() = ToProto((is_restore ? order.starts_at : order.end()) + plan.terms.delay);
  *out.mutable_complete_at() = ToProto(order.holds_until());
  *out.mutable_delay() = ToProto(plan.terms.delay);
  *out.mutable_window() = ToProto(plan.terms.window);
  *out.mutable_ramp() = ToProto(plan.terms.ramp);
  out.set_pickup_share_per_min(plan.terms.pickup_share_per_min);
  out.mutable_ended_emergency_ids()->Add(plan.ended.begin(), plan.ended.end());
  return out;
}

v1::EmergencyOrder ToProto(const domain::EmergencyOrder& order, absl::Time now) {
  v1::EmergencyOrder out;
  out.set_emergency_id(order.emergency_id);
  out.set_der_id(order.der_id);
  out.set_region_id(order.region_id);
  out.set_kind(ToProto(order.kind));
  out.set_power_kw(order.power_kw);
  out.set_shortfall_kw(order.shortfall_kw);
  *out.mutable_starts_at() = ToProto(order.starts_at);
  *out.mutable_ends_at() = ToProto(order.ends_at);
  *out.mutable_duration() = ToProto(order.ends_at - order.starts_at);
  const domain::EmergencyState state = order.StateAt(now);
  if (order.ended_at) {
    *out.mutable_ended_at() = ToProto(*order.ended_at);
  } else if (state == domain::EmergencyState::kExpired) {
    *out.mutable_ended_at() = ToProto(order.ends_at);
  }
  out.set_reason(order.reason);
  out.set_exercise(order.exercise);
  out.set_state(SameNumber<v1::EmergencyState>(state));
  out.set_der_count(order.der_count);
  for (const auto& [der_id, reason] : order.unbound) {
    v1::UnboundDer& unbound = *out.add_unbound();
    unbound.set_der_id(der_id);
    unbound.set_reason(reason);
  }
  out.set_unbound_count(order.unbound_count);
  for (const domain::ClassShare& share : order.shares) {
    v1::ClassShare& shown = *out.add_shares();
    shown.set_class_name(std::string(domain::DerTypeName(share.type)));
    shown.set_der_count(share.der_count);
    shown.set_headroom_kw(share.headroom_kw);
    shown.set_fraction(share.fraction);
  }
  out.set_issued_by(order.issued_by);
  out.set_released_by(order.released_by);
  out.set_revision(order.revision);
  out.set_override_limits(order.override_limits);
  if (order.restoration) *out.mutable_restoration() = RestorationOf(order);
  return out;
}

bool TookForce(const v1::EmergencyOrder& order) {
  return order.state() != v1::EMERGENCY_STATE_PENDING_APPROVAL && order.state() != v1::EMERGENCY_STATE_DECLINED &&
         order.state() != v1::EMERGENCY_STATE_LAPSED;
}

domain::EmergencyRequest FromProto(const v1::AllocateEmergencyRequest& request) {
  domain::EmergencyRequest out;
  out.der_id = request.der_id();
  out.region_id = request.region_id();
  out.power_kw = request.power_kw();
  out.duration = FromProto(request.duration());
  out.reason = request.reason();
  if (request.kind() != v1::EMERGENCY_KIND_UNSPECIFIED) {
    out.kind = SameNumber<domain::EmergencyKind>(request.kind());
  }
  if (request.has_expected_count()) out.expected_count = request.expected_count();
  out.exercise = request.exercise();
  out.override_limits = request.override_limits();
  out.restoration = FromProto(request.restoration());
  return out;
}

v1::EventType ToProto(domain::EventType type) {
  return SameNumber<v1::EventType>(type);
}
domain::EventType FromProto(v1::EventType type) {
  return SameNumber<domain::EventType>(type);
}

v1::Event ToProto(const domain::Event& event, bool show_actor) {
  v1::Event out;
  out.set_sequence(event.sequence);
  out.set_event_id(event.event_id);
  out.set_type(ToProto(event.type));
  out.set_name(std::string(domain::EventName(event.type)));
  *out.mutable_occurred_at() = ToProto(event.occurred_at);
  if (show_actor) out.set_actor(event.actor);
  if (event.der_id) out.set_der_id(*event.der_id);
  if (event.region_id) out.set_region_id(*event.region_id);
  if (event.resource_id) out.set_resource_id(*event.resource_id);
  if (event.old_status) out.set_old_status(ToProto(*event.old_status));
  if (event.new_status) out.set_new_status(ToProto(*event.new_status));
  if (event.revision) out.set_revision(*event.revision);
  out.set_summary(event.summary);
  return out;
}

v1::Role ToProto(domain::Role role) {
  return SameNumber<v1::Role>(role);
}
domain::Role FromProto(v1::Role role) {
  return SameNumber<domain::Role>(role);
}

v1::Principal ToProto(std::string_view subject, const std::vector<domain::Grant>& grants) {
  v1::Principal out;
  out.set_subject(std::string(subject));
  for (const domain::Grant& grant : grants) {
    v1::RoleGrant& shown = *out.add_grants();
    shown.set_role(ToProto(grant.role));
    for (const std::string& region_id : grant.region_ids) shown.add_region_ids(region_id);
    *shown.mutable_granted_at() = ToProto(grant.granted_at);
    shown.set_granted_by(grant.granted_by);
  }
  return out;
}

domain::Grant FromProto(const v1::GrantRoleRequest& request, std::string granted_by, absl::Time now) {
  return {.role = FromProto(request.role()),
          .region_ids = {request.region_ids().begin(), request.region_ids().end()},
          .granted_at = now,
          .granted_by = std::move(granted_by)};
}

}  // namespace derms::wire
