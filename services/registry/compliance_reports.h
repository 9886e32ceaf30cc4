// What was found in DERs: judged now (CheckCompliance) or while readings came in (GetComplianceReport).
#pragma once

#include <string>
#include <vector>

#include "derms/v1/compliance.pb.h"
#include "libs/gridcode/profile_shelf.h"
#include "libs/server/call.h"
#include "libs/store/history.h"
#include "libs/store/read_model.h"
#include "services/registry/compliance_checks.h"

namespace derms::registry {

// Thread-safe; all block on the database. Errors: those of QueryOf (report_period.h).
class ComplianceReports {
 public:
  // All must outlive the handlers.
  ComplianceReports(const store::ReadModel& fleet, store::History& history, const gridcode::ProfileShelf& profiles)
      : fleet_(fleet), history_(history), profiles_(profiles) {}

  // NOT_FOUND NAMEPLATE_NOT_FOUND, INVALID_ARGUMENT INVALID_SETTINGS.
  absl::StatusOr<v1::CheckComplianceResponse> CheckCompliance(server::Call& call,
                                                              const v1::CheckComplianceRequest& request) const;
  // INVALID_ARGUMENT INVALID_PAGE_TOKEN.
  absl::StatusOr<v1::GetComplianceReportResponse> GetComplianceReport(
      server::Call& call, const v1::GetComplianceReportRequest& request) const;

  struct Row {
    store::DerCompliance found;
    Findings of_settings;
  };
  // A page of all DERs, whatever was found.
  absl::StatusOr<std::vector<Row>> Rows(const store::ReportQuery& query, const std::string& after_der_id,
                                        std::size_t limit, absl::Time deadline, bool with_findings_only = false) const;
  static const char* Method();

 private:
  const store::ReadModel& fleet_;
  store::History& history_;
  const gridcode::ProfileShelf& profiles_;
};

v1::ComplianceRow ToProto(const ComplianceReports::Row& row);

}  // namespace derms::registry
