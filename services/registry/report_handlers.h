// What readings say over time.
#pragma once

#include "derms/v1/report.pb.h"
#include "libs/server/call.h"
#include "libs/store/history.h"
#include "libs/store/read_model.h"

namespace derms::registry {

// Thread-safe; all block on the database. Errors: those of QueryOf (report_period.h), INVALID_ARGUMENT
// INVALID_PAGE_TOKEN.
class ReportHandlers {
 public:
  // Both must outlive the handlers.
  ReportHandlers(const store::ReadModel& fleet, store::History& history) : fleet_(fleet), history_(history) {}

  absl::StatusOr<v1::ListReadingsResponse> ListReadings(server::Call& call,
                                                        const v1::ListReadingsRequest& request) const;
  absl::StatusOr<v1::GetPerformanceResponse> GetPerformance(server::Call& call,
                                                            const v1::GetPerformanceRequest& request) const;
  absl::StatusOr<v1::GetReportResponse> GetReport(server::Call& call, const v1::GetReportRequest& request) const;

 private:
  const store::ReadModel& fleet_;
  store::History& history_;
};

}  // namespace derms::registry
