#include "services/registry/der_handlers.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/convert_der.h"
#include "libs/wire/page_token.h"
#include "services/registry/der_checks.h"
#include "services/registry/der_lookup.h"
#include "services/registry/der_view.h"
#include "services/registry/event_draft.h"

namespace derms::registry {
namespace {

using domain::Role;

// Owners may leave themselves out; whoever registers for another has to say for whom.
absl::StatusOr<std::string> OwnerOf(const v1::RegisterDerRequest& request, const domain::Caller& caller) {
  if (!request.owner_id().empty()) return request.owner_id();
  if (caller.Has(Role::kOwner)) return caller.subject;
  return base::InvalidArgument("OWNER_MISSING", "say in owner_id for whom the DER is registered")
      .Field("owner_id", "is needed from operators and admins: the subject that shall own the DER");
}

std::string RegistrationSummary(const domain::Der& der) {
  return absl::StrCat(std::string(DerTypeName(der.type)), " ", der.der_id, " of ", KilowattText(der.capacity_kw),
                      " kW was registered in region ", der.region_id, ".");
}

// Who is only an owner lists its own DERs and may say so.
bool IsOnlyOwner(const domain::Caller& caller) {
  return !caller.IsAdmin() && !caller.Has(Role::kOperator);
}

absl::StatusOr<store::DerFilter> FilterOf(server::Call& call, const v1::ListDersRequest& request,
                                          std::shared_ptr<const domain::RegionTree> regions) {
  const domain::Caller& caller = call.caller();
  store::DerFilter filter;
  if (!request.owner_id().empty()) filter.owner_id = request.owner_id();
  for (const int type : request.types()) filter.types.push_back(wire::FromProto(static_cast<v1::DerType>(type)));
  for (const int status : request.statuses()) {
    filter.statuses.push_back(wire::FromProto(static_cast<v1::DerStatus>(status)));
  }
  if (!request.region_id().empty()) {
    RETURN_IF_ERROR(CheckRegionKnown(call, *regions, request.region_id(), "region_id"));
    filter.region_id = request.region_id();
  }
  if (request.has_bounding_box()) {
    const v1::BoundingBox& box = request.bounding_box();
    if (box.south_deg() > box.north_deg()) {
      return base::InvalidArgument("INVALID_BOUNDING_BOX", "south_deg must not exceed north_deg")
          .Field("bounding_box.south_deg", "must not exceed north_deg");
    }
    filter.box = {box.south_deg(), box.west_deg(), box.north_deg(), box.east_deg()};
  }
  filter.include_retired = request.include_retired();
  if (IsOnlyOwner(caller)) {
    if (filter.owner_id && *filter.owner_id != caller.subject) {
      return base::PermissionDenied("UNAUTHORIZED", "owners list their own DERs only; leave owner_id empty");
    }
    filter.owner_id = caller.subject;
  } else if (!caller.Operates("", *regions)) {
    filter.visible = [&caller, regions](const domain::Der& der) { return SeesAll(caller, der, *regions); };
  }
  return filter;
}

}  // namespace

absl::StatusOr<server::Plan<v1::RegisterDerResponse>> DerHandlers::RegisterDer(
    server::Call& call, const v1::RegisterDerRequest& request) const {
  RETURN_IF_ERROR(base::ValidateDerId(request.der_id()));
  ASSIGN_OR_RETURN(std::string owner_id, OwnerOf(request, call.caller()));
  domain::Der der = wire::FromProto(request, std::move(owner_id), call.now());
  ASSIGN_OR_RETURN(const domain::DerAccess access, call.RequireDer(der.ownership(), *fleet_.Regions()));
  RETURN_IF_ERROR(CheckRegionKnown(call, *fleet_.Regions(), der.region_id, "region_id"));
  ASSIGN_OR_RETURN(const std::vector<std::string> warnings, CheckRatingsNow(der, fleet_));
  if (fleet_.FindDer(der.der_id) != nullptr) {
    return base::AlreadyExists("DER_EXISTS", absl::StrCat("DER ", der.der_id,
                                                          " is registered already; ids are unique "
                                                          "for ever, choose another"))
        .Metadata("der_id", der.der_id);
  }
  server::Plan<v1::RegisterDerResponse> plan;
  *plan.response.mutable_der() = ViewOfDer(der, fleet_, call.caller(), call.now());
  plan.response.mutable_warnings()->Assign(warnings.begin(), warnings.end());
  if (request.validate_only()) return plan;
  plan.mutation.events.push_back(
      DraftDerEvent(call, ids_, domain::EventType::kDerRegistered, der, RegistrationSummary(der)));
  plan.mutation.writes.push_back(store::DerInsert(access, std::move(der)));
  return plan;
}

absl::StatusOr<v1::GetDerResponse> DerHandlers::GetDer(server::Call& call, const v1::GetDerRequest& request) const {
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet_, request.der_id()));
  if (der->revision < request.min_revision()) {
    call.Miss(der->der_id);
    return base::Unavailable("REVISION_NOT_YET_VISIBLE",
                             absl::StrCat("DER ", der->der_id, " has revision ", der->revision, " and not yet ",
                                          request.min_revision(), "; ask again, or for a revision that was reported"));
  }
  v1::GetDerResponse response;
  *response.mutable_der() = ViewOfDer(*der, fleet_, call.caller(), call.now());
  return response;
}

absl::StatusOr<v1::ListDersResponse> DerHandlers::ListDers(server::Call& call,
                                                           const v1::ListDersRequest& request) const {
  ASSIGN_OR_RETURN(const store::DerFilter filter, FilterOf(call, request, fleet_.Regions()));
  call.MarkFiltered();
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, wire::ReadPageToken(request, 1));
  const std::size_t page_size = wire::PageSize(request.page_size());
  const store::DerPage page = fleet_.ListDers(filter, keys.empty() ? "" : keys[0], page_size, call.now());
  v1::ListDersResponse response;
  for (const auto& der : page.ders) *response.add_ders() = ViewOfDer(*der, fleet_, call.caller(), call.now());
  if (!page.next_after_der_id.empty()) {
    response.set_next_page_token(wire::MakePageToken(request, {page.next_after_der_id}));
  }
  return response;
}

}  // namespace derms::registry
