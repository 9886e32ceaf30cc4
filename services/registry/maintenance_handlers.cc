#include "services/registry/maintenance_handlers.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/convert_der.h"
#include "libs/wire/page_token.h"
#include "services/registry/der_lookup.h"
#include "services/registry/event_draft.h"

namespace derms::registry {
absl::StatusOr<server::Plan<v1::RecordMaintenanceResponse>> MaintenanceHandlers::RecordMaintenance(
    server::Call& call, const v1::RecordMaintenanceRequest& request) const {
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet_, request.der_id()));
  ASSIGN_OR_RETURN(const domain::DerAccess access, call.RequireDer(der->ownership(), *fleet_.Regions()));
  domain::MaintenanceRecord record = wire::FromProto(request, ids_.NewId(), call.caller().subject, call.now());
  if (record.ends_at <= record.starts_at) {
    return base::InvalidArgument("INVALID_INTERVAL", "the maintenance must end after it starts")
        .Field("ends_at", "must be after starts_at");
  }
  server::Plan<v1::RecordMaintenanceResponse> plan;
  *plan.response.mutable_record() = wire::ToProto(record);
  domain::Event event = DraftDerEvent(call, ids_, domain::EventType::kMaintenanceRecorded, *der,
                                      absl::StrCat("Maintenance of DER ", der->der_id, " was recorded."));
  event.resource_id = record.record_id;
  plan.mutation.events.push_back(std::move(event));
  plan.mutation.writes.push_back(store::MaintenanceInsert(access, std::move(record)));
  return plan;
}

absl::StatusOr<v1::ListMaintenanceResponse> MaintenanceHandlers::ListMaintenance(
    server::Call& call, const v1::ListMaintenanceRequest& request) const {
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet_, request.der_id()));
  RETURN_IF_ERROR(call.RequireDer(der->ownership(), *fleet_.Regions()).status());
  ASSIGN_OR_RETURN(const auto before, wire::ReadTimePageToken(request));
  const std::size_t page_size = wire::PageSize(request.page_size());
  // One more than asked for tells whether there is a next page.
  ASSIGN_OR_RETURN(auto records, queries_.ListMaintenance(der->der_id, before, page_size + 1, call.deadline()));
  v1::ListMaintenanceResponse response;
  if (records.size() > page_size) {
    records.resize(page_size);
    const domain::MaintenanceRecord& last = records.back();
    response.set_next_page_token(wire::MakePageToken(request, last.recorded_at, last.record_id));
  }
  for (const auto& record : records) *response.add_records() = wire::ToProto(record);
  return response;
}

}  // namespace derms::registry
