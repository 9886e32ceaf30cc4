// What readings say over time.
#pragma once

#include "derms/v1/report.pb.h"
#include "libs/server/call.h"
#include "libs/store/history.h"
#include "libs/store/read_model.h"
#include "services/registry/compliance_reports.h"

namespace derms::registry {

// Thread-safe; all block on the database. Errors: those of QueryOf (report_period.h), INVALID_ARGUMENT
// INVALID_PAGE_TOKEN.
class ReportHandlers {
 public:
  // All must outlive the handlers.
  ReportHandlers(const store::ReadModel& fleet, store::History& history, const ComplianceReports& compliance)
      : fleet_(fleet), history_(history), compliance_(compliance) {}

  absl::StatusOr<v1::ListReadingsResponse> ListReadings(server::Call& call,
                                                        const v1::ListReadingsRequest& request) const;
  absl::StatusOr<v1::GetPerformanceResponse> GetPerformance(server::Call& call,
                                                            const v1::GetPerformanceRequest& request) const;
  absl::StatusOr<v1::GetReportResponse> GetReport(server::Call& call, const v1::GetReportRequest& request) const;

 private:
  const store::ReadModel& fleet_;
  store::History& history_;
  const ComplianceReports& compliance_;
};

}  // namespace derms::registry
