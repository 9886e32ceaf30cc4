// Which DERs and which time a report is about, for this caller.
#pragma once

#include "derms/v1/compliance.pb.h"
#include "derms/v1/report.pb.h"
#include "libs/server/call.h"
#include "libs/store/history.h"
#include "libs/store/read_model.h"

namespace derms::registry {

inline constexpr int kMostDays = 400, kMostDaysChecked = 31;

// Of a request without der_id, owner_id or region_id all that the caller may see: owners their own DERs, operators
// those of their regions. The predicate goes into the query, so that no row of another owner is read. Marks the call as
// checked. INVALID_ARGUMENT INVALID_PERIOD, UNKNOWN_REGION; NOT_FOUND DER_NOT_FOUND; PERMISSION_DENIED UNAUTHORIZED.
absl::StatusOr<store::ReportQuery> QueryOf(server::Call& call, const store::ReadModel& fleet,
                                           const v1::GetPerformanceRequest& request);
absl::StatusOr<store::ReportQuery> QueryOf(server::Call& call, const store::ReadModel& fleet,
                                           const v1::GetReportRequest& request);
absl::StatusOr<store::ReportQuery> QueryOf(server::Call& call, const store::ReadModel& fleet,
                                           const v1::GetComplianceReportRequest& request);
// Of one DER, at most 31 days.
absl::StatusOr<store::ReportQuery> QueryOf(server::Call& call, const store::ReadModel& fleet,
                                           const v1::CheckComplianceRequest& request);

}  // namespace derms::registry
