// CheckCompliance: the stored readings of a DER, judged now.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/convert_grid.h"
#include "libs/wire/convert_time.h"
#include "services/registry/compliance_judging.h"
#include "services/registry/compliance_reports.h"
#include "services/registry/compliance_timeline.h"
#include "services/registry/compliance_view.h"
#include "services/registry/der_lookup.h"
#include "services/registry/report_period.h"
#include "services/registry/settings_review.h"

namespace derms::registry {
namespace {

constexpr std::size_t kReadingsAtATime = 10'000;
constexpr int kMostFindingsTold = 100;
constexpr std::size_t kMostFindings = 10'000;  // among which the worst is looked for

gridcode::ComplianceOptions OptionsOf(const v1::CheckComplianceRequest& request) {
  gridcode::ComplianceOptions options;
  options.most_findings = kMostFindings;
  if (request.least_samples() > 0) options.least_samples = request.least_samples();
  const v1::GridAccuracy& accuracy = request.accuracy();
  if (accuracy.has_v_pu()) options.accuracy.v_pu = accuracy.v_pu();
  if (accuracy.has_f_hz()) options.accuracy.f_hz = accuracy.f_hz();
  if (accuracy.has_power_share()) options.accuracy.power_share = accuracy.power_share();
  return options;
}

// All readings of the period, a page at a time, with what came in the hour before it.
absl::Status JudgeReadings(store::History& history, const std::string& der_id, const store::ReportQuery& query,
                           absl::Time deadline, ComplianceJudging& judging) {
  ASSIGN_OR_RETURN(const auto before,
                   history.ListReadings(der_id, query.from - absl::Hours(1), query.from, kReadingsAtATime, deadline));
  bool begun = false;
  absl::Time from = query.from;
  while (true) {
    ASSIGN_OR_RETURN(const auto points, history.ListReadings(der_id, from, query.until, kReadingsAtATime, deadline));
    if (!begun && !points.empty()) judging.Begin(points.front().measured_at, before, {});
    begun = begun || !points.empty();
    for (const domain::ReadingPoint& point : points) judging.Add(point);
    if (points.size() < kReadingsAtATime) return absl::OkStatus();
    from = points.back().measured_at + absl::Microseconds(1);
  }
}

bool IsLess(const domain::ComplianceRun& a, const domain::ComplianceRun& b) {
  return a.beyond_share < b.beyond_share;
}

}  // namespace

absl::StatusOr<v1::CheckComplianceResponse> ComplianceReports::CheckCompliance(
    server::Call& call, const v1::CheckComplianceRequest& request) const {
  ASSIGN_OR_RETURN(const store::ReportQuery query, QueryOf(call, fleet_, request));
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet_, request.der_id()));
  ASSIGN_OR_RETURN(const auto records, history_.ListGridRecords(der->der_id, call.deadline()));
  if (records.empty()) {
    return base::NotFound("NAMEPLATE_NOT_FOUND",
                          absl::StrCat("DER ", der->der_id, " has no nameplate to be judged by; PutNameplate first"));
  }
  ASSIGN_OR_RETURN(InstalledDevice device, DeviceOf(records.back(), profiles_));
  Findings warnings;
  if (request.has_settings()) {
    device.settings =
        gridcode::WithGiven(device.profile->Defaults(device.nameplate), wire::FromProto(request.settings()));
    RETURN_IF_ERROR(CheckSettingsRules(device.settings, device.nameplate, *device.profile, warnings));
  }
  const GridTimeline timeline = request.has_settings() ? GridTimeline(device) : GridTimeline(records, profiles_);
  ComplianceJudging judging(timeline, OptionsOf(request));
  RETURN_IF_ERROR(JudgeReadings(history_, der->der_id, query, call.deadline(), judging));
  const domain::JudgedHour judged = judging.Finish(false);

  const Findings of_settings = ReviewOf(*der, device.device());
  store::DerCompliance found{.der = *der, .record = records.back(), .counts = judged.counts};
  found.finding_count = judging.found();
  const auto worst = std::max_element(judged.ended.begin(), judged.ended.end(), IsLess);
  if (worst != judged.ended.end()) found.worst = domain::ComplianceFinding{"", *worst};
  v1::CheckComplianceResponse response;
  *response.mutable_row() = ToProto(found, of_settings);
  for (const domain::ComplianceRun& run : judged.ended) {
    if (response.findings_size() == kMostFindingsTold) break;
    *response.add_findings() = ToProto(domain::ComplianceFinding{"", run});
  }
  for (const gridcode::Finding& finding : of_settings) *response.add_settings_findings() = wire::ToProto(finding);
  *response.mutable_from() = wire::ToProto(query.from);
  *response.mutable_until() = wire::ToProto(query.until);
  return response;
}

}  // namespace derms::registry
