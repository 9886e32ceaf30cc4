// What readings say over time.
#pragma once

#include "derms/v1/report.pb.h"
#include "libs/server/call.h"
#include "libs/store/history.h"
#include "libs/store/read_model.h"
#include "services/registry/compliance_reports.h"
#include "services/registry/read_ahead.h"

namespace derms::registry {

// Thread-safe; all block on the database. Errors: those of QueryOf (report_period.h), INVALID_ARGUMENT
// INVALID_PAGE_TOKEN. All pages of a report by DERs are of the period of the first.
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
  // A page of DERs each; `query` is narrowed to the period of the first page.
  absl::Status AddPerformance(const server::Call& call, const v1::GetReportRequest& request, store::ReportQuery& query,
                              v1::GetReportResponse& response) const;
  absl::Status AddCarbon(const server::Call& call, const v1::GetReportRequest& request, store::ReportQuery& query,
                         v1::GetReportResponse& response) const;
  absl::Status AddCompliance(const server::Call& call, const v1::GetReportRequest& request, store::ReportQuery& query,
                             v1::GetReportResponse& response) const;

  const store::ReadModel& fleet_;
  store::History& history_;
  const ComplianceReports& compliance_;
  mutable ReadAhead<store::DerPerformance> performance_;
  mutable ReadAhead<store::DerCarbon> carbon_;
};

}  // namespace derms::registry
