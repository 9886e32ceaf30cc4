#include "services/registry/compliance_reports.h"

#include <algorithm>
#include <utility>

#include "libs/base/error.h"
#include "libs/wire/convert_grid.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/message_csv.h"
#include "libs/wire/page_token.h"
#include "services/registry/compliance_timeline.h"
#include "services/registry/compliance_view.h"
#include "services/registry/report_period.h"
#include "services/registry/settings_review.h"

namespace derms::registry {
namespace {

constexpr std::size_t kUsualRows = 1000, kMostRows = 10'000;
constexpr std::size_t kMostScanned = 20'000;  // DERs that a page looks through for those that the filter wants

bool IsFiltered(const v1::GetComplianceReportRequest& request) {
  return request.grid_rule() != v1::GRID_RULE_UNSPECIFIED || request.severity() != v1::RULE_SEVERITY_UNSPECIFIED;
}

// Keeps of a row what the filter lets through; whether anything is left.
bool Narrow(const v1::GetComplianceReportRequest& request, ComplianceReports::Row& row) {
  if (!Passes(gridcode::Rule::kR2, request.grid_rule(), request.severity())) row.found.worst.reset();
  const auto passes = [&](const gridcode::Finding& finding) {
    return Passes(finding.rule, request.grid_rule(), request.severity());
  };
  Findings& findings = row.of_settings;
  findings.erase(std::stable_partition(findings.begin(), findings.end(), passes), findings.end());
  return row.found.worst || !findings.empty();
}

void Add(const ComplianceReports::Row& row, v1::ReportFormat format, v1::GetComplianceReportResponse& response) {
  v1::ComplianceRow told = ToProto(row);
  if (format == v1::REPORT_FORMAT_CSV) {
    *response.mutable_csv() += wire::CsvLine(told);
    return;
  }
  v1::ComplianceReportRow& out = *response.add_rows();
  *out.mutable_row() = std::move(told);
  if (row.found.worst) *out.mutable_worst() = ToProto(*row.found.worst);
  for (const gridcode::Finding& finding : row.of_settings) *out.add_settings_findings() = wire::ToProto(finding);
}

}  // namespace

v1::ComplianceRow ToProto(const ComplianceReports::Row& row) {
  return ToProto(row.found, row.of_settings);
}

const char* ComplianceReports::Method() {
  return "Readings judged as they came in by the nameplate and settings that were in force (rule R2: three one after "
         "the other outside, accuracies of IEEE 1547-2018 Table 3); settings by the rules and the profile as they are "
         "now. Figures and rules: docs/grid-code.md.";
}

absl::StatusOr<std::vector<ComplianceReports::Row>> ComplianceReports::Rows(const store::ReportQuery& query,
                                                                            const std::string& after_der_id,
                                                                            std::size_t limit, absl::Time deadline,
                                                                            bool with_findings_only) const {
  ASSIGN_OR_RETURN(auto found, history_.Compliance(query, with_findings_only, after_der_id, limit, deadline));
  std::vector<Row> rows;
  rows.reserve(found.size());
  for (store::DerCompliance& each : found) {
    Row row{std::move(each), {}};
    if (row.found.record) {
      // Of a record that cannot be read nothing is said; GetGridSettings tells why.
      const auto device = DeviceOf(*row.found.record, profiles_);
      if (device.ok()) row.of_settings = ReviewOf(row.found.der, device->device());
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

absl::StatusOr<v1::GetComplianceReportResponse> ComplianceReports::GetComplianceReport(
    server::Call& call, const v1::GetComplianceReportRequest& request) const {
  ASSIGN_OR_RETURN(const store::ReportQuery query, QueryOf(call, fleet_, request));
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, wire::ReadPageToken(request, 1));
  const std::size_t page_size = wire::PageSize(request.page_size(), kUsualRows, kMostRows);
  const bool filtered = IsFiltered(request);
  std::string after = keys.empty() ? "" : keys[0];
  v1::GetComplianceReportResponse response;
  if (request.format() == v1::REPORT_FORMAT_CSV && keys.empty()) {
    response.set_csv(wire::CsvHeader(*v1::ComplianceRow::descriptor()));
  }
  std::size_t rows_told = 0, scanned = 0;
  for (bool more = true; more && rows_told < page_size && scanned < kMostScanned;) {
    const std::size_t want = filtered ? kUsualRows : page_size;
    ASSIGN_OR_RETURN(auto rows, Rows(query, after, want + 1, call.deadline(), request.grid_rule() == v1::GRID_RULE_R2));
    more = rows.size() > want;
    if (more) rows.pop_back();
    for (std::size_t i = 0; i < rows.size() && rows_told < page_size; ++i) {
      after = rows[i].found.der.der_id;
      if (filtered && !Narrow(request, rows[i])) continue;
      Add(rows[i], request.format(), response);
      if (++rows_told == page_size && i + 1 < rows.size()) more = true;
    }
    scanned += rows.size();
    if (more) response.set_next_page_token(wire::MakePageToken(request, {after}));
    if (!more) response.clear_next_page_token();
  }
  response.set_method(Method());
  *response.mutable_from() = wire::ToProto(query.from);
  *response.mutable_until() = wire::ToProto(query.until);
  return response;
}

}  // namespace derms::registry
