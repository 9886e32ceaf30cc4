#include "services/registry/telemetry_handlers.h"

#include <string>
#include <string_view>
#include <utility>

#include "libs/base/error.h"
#include "libs/domain/reading.h"
#include "libs/server/status_map.h"
#include "libs/wire/convert_der.h"
#include "services/registry/der_lookup.h"

namespace derms::registry {
namespace {

constexpr int kMaxListedRejections = 100;

struct AcceptedReading {
  domain::DerAccess access;
  domain::Reading reading;
};

absl::StatusOr<AcceptedReading> Accept(server::Call& call, const store::ReadModel& fleet,
                                       const domain::RegionTree& regions, absl::Duration kept,
                                       const v1::Reading& given) {
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet, given.der_id()));
  ASSIGN_OR_RETURN(domain::DerAccess access, call.RequireDer(der->ownership(), regions));
  domain::Reading reading = wire::FromProto(given, call.now());
  RETURN_IF_ERROR(domain::CheckReading(reading, *der, call.now()));
  RETURN_IF_ERROR(domain::CheckNotTooLate(reading, call.now(), kept));
  return AcceptedReading{std::move(access), std::move(reading)};
}

void Reject(const server::Call& call, const std::string& der_id, const absl::Status& status,
            v1::ReportReadingsResponse& response) {
  response.set_rejected_count(response.rejected_count() + 1);
  if (response.rejected_size() == kMaxListedRejections) return;
  v1::ItemResult& item = *response.add_rejected();
  item.set_der_id(der_id);
  *item.mutable_error() = server::ToRpcStatus(status, call.request_id());
}

}  // namespace

absl::StatusOr<server::Plan<v1::ReportReadingResponse>> TelemetryHandlers::ReportReading(
    server::Call& call, const v1::ReportReadingRequest& request) const {
  ASSIGN_OR_RETURN(AcceptedReading accepted,
                   Accept(call, fleet_, *fleet_.Regions(), keep_readings_, request.reading()));
  server::Plan<v1::ReportReadingResponse> plan;
  plan.response.set_newest(domain::Replaces(accepted.reading, fleet_.LatestReading(accepted.reading.der_id)));
  plan.mutation.writes.push_back(store::ReadingPut(accepted.access, std::move(accepted.reading)));
  return plan;
}

absl::StatusOr<server::Plan<v1::ReportReadingsResponse>> TelemetryHandlers::ReportReadings(
    server::Call& call, const v1::ReportReadingsRequest& request) const {
  const auto regions = fleet_.Regions();
  server::Plan<v1::ReportReadingsResponse> plan;
  plan.response.set_batch(request.batch());
  for (const v1::Reading& given : request.readings()) {
    const absl::Status valid = validator_.Check(given);
    auto accepted =
        valid.ok() ? Accept(call, fleet_, *regions, keep_readings_, given) : absl::StatusOr<AcceptedReading>(valid);
    if (!accepted.ok()) {
      Reject(call, given.der_id(), accepted.status(), plan.response);
      continue;
    }
    plan.response.set_accepted(plan.response.accepted() + 1);
    plan.mutation.writes.push_back(store::ReadingPut(accepted->access, std::move(accepted->reading)));
  }
  // A message that was refused whole has proved nothing, and tells of nothing but its own items.
  call.MarkFiltered();
  return plan;
}

}  // namespace derms::registry
