#include "services/registry/der_changes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/status.h"
#include "libs/wire/convert_der.h"
#include "libs/wire/update_mask.h"
#include "services/registry/compliance_checks.h"
#include "services/registry/compliance_record.h"
#include "services/registry/der_checks.h"
#include "services/registry/der_lookup.h"
#include "services/registry/der_view.h"
#include "services/registry/event_draft.h"

namespace derms::registry {
namespace {

// The row after a change: everything as before, one revision on.
domain::Der NextRevision(const domain::Der& der, absl::Time now) {
  domain::Der next = der;
  next.revision = der.revision + 1;
  next.updated_at = now;
  return next;
}

bool SameData(const domain::Der& a, const domain::Der& b) {
  return a.capacity_kw == b.capacity_kw && a.latitude_deg == b.latitude_deg && a.longitude_deg == b.longitude_deg &&
         a.region_id == b.region_id && a.parameters == b.parameters;
}

// A rule that became stricter does not keep a DER from moving: ratings are checked when they change.
absl::StatusOr<std::vector<std::string>> WarningsOfChange(const domain::Der& before, const domain::Der& after,
                                                          const store::ReadModel& fleet) {
  if (before.capacity_kw == after.capacity_kw && before.parameters == after.parameters) {
    return std::vector<std::string>();
  }
  return CheckRatingsNow(after, fleet);
}

// Rated power must stay within the nameplate, as PutNameplate keeps the nameplate above the rated power (rule E1). The
// record that says so, 0 without any; none: the rated power stays.
absl::StatusOr<std::optional<std::int64_t>> CheckNameplateReaches(const server::Call& call, store::Queries& queries,
                                                                  const domain::Der& before, const domain::Der& after) {
  if (before.capacity_kw == after.capacity_kw) return std::nullopt;
  ASSIGN_OR_RETURN(const auto record, queries.GetGridRecord(after.der_id, call.deadline()));
  if (!record) return std::int64_t{0};
  ASSIGN_OR_RETURN(const gridcode::Nameplate nameplate, NameplateOf(*record));
  RETURN_IF_ERROR(CheckCapacityWithin(nameplate, after.capacity_kw));
  return record->revision;
}

std::string StatusSummary(const domain::Der& der, domain::DerStatus to) {
  return absl::StrCat("DER ", der.der_id, " went from ", std::string(DerStatusName(der.stored_status)), " to ",
                      std::string(DerStatusName(to)), ".");
}

// Memory says that nothing is to be changed, or that the status forbids it. A DER that another process has just changed
// would then be left as it is although the answer says OK, or refused what it may do: ask the database first.
void MakeSureOf(server::Call& call, const domain::Der& der) {
  call.Miss(der.der_id);
}

v1::UpdateDerStatusResponse StatusAnswer(const domain::Der& der, const store::ReadModel& fleet, absl::Time now) {
  v1::UpdateDerStatusResponse response;
  response.set_der_id(der.der_id);
  response.set_status(wire::ToProto(fleet.StatusOf(der, now)));
  response.set_stored_status(wire::ToProto(der.stored_status));
  response.set_revision(der.revision);
  return response;
}

}  // namespace

absl::StatusOr<server::Plan<v1::UpdateDerResponse>> DerChanges::UpdateDer(server::Call& call,
                                                                          const v1::UpdateDerRequest& request) const {
  const auto regions = fleet_.Regions();
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet_, request.der_id()));
  ASSIGN_OR_RETURN(const domain::DerAccess access, call.RequireDer(der->ownership(), *regions));
  RETURN_IF_ERROR(CheckChangeable(call, *der, request.expected_revision()));
  domain::Der changed = *der;
  RETURN_IF_ERROR(wire::ApplyUpdate(request, changed));
  RETURN_IF_ERROR(CheckRegionKnown(call, *regions, changed.region_id, "region_id"));
  ASSIGN_OR_RETURN(const std::vector<std::string> warnings, WarningsOfChange(*der, changed, fleet_));
  ASSIGN_OR_RETURN(const auto grid_revision, CheckNameplateReaches(call, queries_, *der, changed));
  // An operator of one region may not push a DER into a region of others.
  RETURN_IF_ERROR(call.RequireDer(changed.ownership(), *regions).status());

  const bool writes = !SameData(*der, changed) && !request.validate_only();
  domain::Der next = SameData(*der, changed) ? *der : NextRevision(changed, call.now());
  server::Plan<v1::UpdateDerResponse> plan;
  plan.retry_on_conflict = request.expected_revision() == 0;
  *plan.response.mutable_der() = ViewOfDer(next, fleet_, call.caller(), call.now());
  plan.response.mutable_warnings()->Assign(warnings.begin(), warnings.end());
  if (SameData(*der, changed)) MakeSureOf(call, *der);
  if (!writes) return plan;
  plan.mutation.events.push_back(DraftDerEvent(call, ids_, domain::EventType::kDerUpdated, next,
                                               absl::StrCat("The data of DER ", next.der_id, " changed.")));
  plan.mutation.writes.push_back(store::DerReplace(access, std::move(next), grid_revision));
  return plan;
}

absl::StatusOr<server::Plan<v1::UpdateDerStatusResponse>> DerChanges::UpdateDerStatus(
    server::Call& call, const v1::UpdateDerStatusRequest& request) const {
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet_, request.der_id()));
  ASSIGN_OR_RETURN(const domain::DerAccess access, call.RequireDer(der->ownership(), *fleet_.Regions()));
  RETURN_IF_ERROR(CheckChangeable(call, *der, request.expected_revision()));
  const domain::DerStatus to = wire::FromProto(request.status());
  if (const auto allowed = domain::CheckTransition(*der, fleet_.StatusOf(*der, call.now()), to); !allowed.ok()) {
    MakeSureOf(call, *der);
    return allowed;
  }

  server::Plan<v1::UpdateDerStatusResponse> plan;
  plan.retry_on_conflict = request.expected_revision() == 0;
  if (to == der->stored_status) {
    MakeSureOf(call, *der);
    plan.response = StatusAnswer(*der, fleet_, call.now());
    return plan;
  }
  domain::Der next = NextRevision(*der, call.now());
  next.stored_status = to;
  plan.response = StatusAnswer(next, fleet_, call.now());
  if (request.validate_only()) return plan;
  domain::Event event = DraftDerEvent(call, ids_, domain::EventType::kDerStatusUpdated, next, StatusSummary(*der, to));
  event.old_status = der->stored_status;
  event.new_status = to;
  plan.mutation.events.push_back(std::move(event));
  plan.mutation.writes.push_back(store::DerStatusChange(access, to, next.revision, next.updated_at));
  return plan;
}

absl::StatusOr<server::Plan<v1::RetireDerResponse>> DerChanges::RetireDer(server::Call& call,
                                                                          const v1::RetireDerRequest& request) const {
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet_, request.der_id()));
  ASSIGN_OR_RETURN(const domain::DerAccess access, call.RequireDer(der->ownership(), *fleet_.Regions()));
  RETURN_IF_ERROR(CheckChangeable(call, *der, request.expected_revision()));
  if (const auto allowed = domain::CheckRetire(*der, fleet_.StatusOf(*der, call.now())); !allowed.ok()) {
    MakeSureOf(call, *der);
    return allowed;
  }
  domain::Der next = NextRevision(*der, call.now());
  next.lifecycle = domain::Lifecycle::kRetired;

  server::Plan<v1::RetireDerResponse> plan;
  plan.retry_on_conflict = request.expected_revision() == 0;
  *plan.response.mutable_der() = ViewOfDer(next, fleet_, call.caller(), call.now());
  plan.mutation.events.push_back(DraftDerEvent(call, ids_, domain::EventType::kDerRetired, next,
                                               absl::StrCat("DER ", next.der_id, " was retired for good.")));
  plan.mutation.writes.push_back(store::DerReplace(access, std::move(next)));
  return plan;
}

absl::StatusOr<server::Plan<v1::TransferDerResponse>> DerChanges::TransferDer(
    server::Call& call, const v1::TransferDerRequest& request) const {
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet_, request.der_id()));
  ASSIGN_OR_RETURN(const domain::DerAccess access, call.RequireDer(der->ownership(), *fleet_.Regions()));
  RETURN_IF_ERROR(CheckChangeable(call, *der, request.expected_revision()));

  server::Plan<v1::TransferDerResponse> plan;
  plan.retry_on_conflict = request.expected_revision() == 0;
  if (der->owner_id == request.new_owner_id()) {
    MakeSureOf(call, *der);
    *plan.response.mutable_der() = ViewOfDer(*der, fleet_, call.caller(), call.now());
    return plan;
  }
  domain::Der next = NextRevision(*der, call.now());
  next.owner_id = request.new_owner_id();
  next.gateway_id.clear();
  *plan.response.mutable_der() = ViewOfDer(next, fleet_, call.caller(), call.now());
  plan.mutation.events.push_back(DraftDerEvent(call, ids_, domain::EventType::kDerTransferred, next,
                                               absl::StrCat("DER ", next.der_id, " was given to another owner.")));
  plan.mutation.writes.push_back(store::DerReplace(access, std::move(next)));
  return plan;
}

absl::StatusOr<server::Plan<v1::DelegateGatewayResponse>> DerChanges::DelegateGateway(
    server::Call& call, const v1::DelegateGatewayRequest& request) const {
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet_, request.der_id()));
  ASSIGN_OR_RETURN(const domain::DerAccess access, call.RequireDer(der->ownership(), *fleet_.Regions()));
  RETURN_IF_ERROR(CheckChangeable(call, *der, request.expected_revision()));

  server::Plan<v1::DelegateGatewayResponse> plan;
  plan.retry_on_conflict = request.expected_revision() == 0;
  if (der->gateway_id == request.gateway_id()) {
    MakeSureOf(call, *der);
    *plan.response.mutable_der() = ViewOfDer(*der, fleet_, call.caller(), call.now());
    return plan;
  }
  domain::Der next = NextRevision(*der, call.now());
  next.gateway_id = request.gateway_id();
  *plan.response.mutable_der() = ViewOfDer(next, fleet_, call.caller(), call.now());
  plan.mutation.events.push_back(DraftDerEvent(
      call, ids_, domain::EventType::kGatewayDelegated, next,
      absl::StrCat("DER ", next.der_id,
                   next.gateway_id.empty() ? " was taken back from its gateway." : " was delegated to a gateway.")));
  plan.mutation.writes.push_back(store::DerReplace(access, std::move(next)));
  return plan;
}

}  // namespace derms::registry
