#include "services/registry/compliance_reports.h"

#include <gmock/gmock.h>

#include "libs/base/error.h"
#include "libs/gridcode/testing/samples.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"
#include "libs/wire/convert_time.h"
#include "services/registry/compliance_record.h"
#include "services/registry/compliance_view.h"
#include "services/registry/testing/played_history.h"

namespace derms::registry {
namespace {

using server::testing::Admin;
using server::testing::BatteryOf;
using server::testing::CallAs;
using server::testing::kNow;
using server::testing::Owner;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kHour = absl::Hours(1);

class ComplianceReportsTest : public ::testing::Test {
 protected:
  ComplianceReportsTest() {
    for (const char* id : {"BAT_1", "BAT_2", "BAT_3"}) fleet_.PutDer(BatteryOf(id, "owner-1"));
  }
  domain::GridRecord Record(bool volt_var) const {
    gridcode::Nameplate plate =
        gridcode::testing::StorageOf(gridcode::NormalCategory::kB, gridcode::AbnormalCategory::kIII);
    plate.v_nominal_v = 480;
    gridcode::Settings settings = profiles_.Default().Defaults(plate);
    settings.volt_var.enabled = volt_var;
    return {.der_id = "BAT_1",
            .revision = 2,
            .nameplate_revision = 1,
            .settings_revision = 1,
            .profile_id = "IEEE1547-2018",
            .nameplate_json = NameplateToJson(plate),
            .settings_json = SettingsToJson(settings),
            .put_by = "owner-1",
            .put_at = kNow - 48 * kHour};
  }
  // Every five minutes of the last hours, at 1.08 pu and without reactive power.
  void Measure(int hours) {
    for (absl::Time at = kNow - hours * kHour; at < kNow; at += absl::Minutes(5)) {
      history_.points.push_back(
          {.measured_at = at, .power_kw = 80, .reactive_power_kvar = 0, .voltage_v = 1.08 * 480, .frequency_hz = 60});
    }
  }
  static v1::CheckComplianceRequest Checking(int hours = 24) {
    v1::CheckComplianceRequest request;
    request.set_der_id("BAT_1");
    *request.mutable_from() = wire::ToProto(kNow - hours * kHour);
    return request;
  }
  absl::StatusOr<v1::CheckComplianceResponse> Check(const v1::CheckComplianceRequest& request,
                                                    domain::Caller caller = Owner()) {
    server::Call call = CallAs(std::move(caller));
    auto response = reports_.CheckCompliance(call, request);
    EXPECT_TRUE(!response.ok() || call.checked());
    return response;
  }
  absl::StatusOr<v1::GetComplianceReportResponse> Report(const v1::GetComplianceReportRequest& request,
                                                         domain::Caller caller = Admin()) {
    server::Call call = CallAs(std::move(caller));
    auto response = reports_.GetComplianceReport(call, request);
    EXPECT_TRUE(!response.ok() || call.checked());
    return response;
  }
  static v1::GetComplianceReportRequest Asking() {
    v1::GetComplianceReportRequest request;
    *request.mutable_from() = wire::ToProto(kNow - 24 * kHour);
    return request;
  }
  // BAT_1 without a nameplate, BAT_2 with default settings and a finding, BAT_3 with settings of its own.
  void FindInFleet() {
    domain::ComplianceFinding finding{"id-1", {}};
    finding.run.sample_count = 4;
    finding.run.beyond_share = 0.3;
    finding.run.worst.beyond = 30;
    finding.run.evidence.resize(4);
    history_.found = {{.der = BatteryOf("BAT_1")},
                      {.der = BatteryOf("BAT_2"), .record = Record(false), .finding_count = 2, .worst = finding},
                      {.der = BatteryOf("BAT_3"), .record = Record(true)}};
  }
  static std::vector<std::string> Ids(const v1::GetComplianceReportResponse& response) {
    std::vector<std::string> ids;
    for (const auto& row : response.rows()) ids.push_back(row.row().der_id());
    return ids;
  }

  server::testing::TestFleet fleet_;
  testing::PlayedHistory history_;
  const gridcode::ProfileShelf profiles_;
  const ComplianceReports reports_{fleet_, history_, profiles_};
};

TEST_F(ComplianceReportsTest, CheckJudgesTheStoredReadingsByTheStoredSettings) {
  EXPECT_EQ(base::ReasonOf(Check(Checking()).status()), "NAMEPLATE_NOT_FOUND");
  history_.records = {Record(true)};
  Measure(30);
  const auto checked = Check(Checking());
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->row().sample_count(), 24 * 12 + 5) << "the period begins with its whole hour";
  EXPECT_EQ(checked->row().reactive_outside_count(), checked->row().judged_count());
  ASSERT_THAT(checked->findings(), SizeIs(1));
  EXPECT_THAT(checked->findings(0).evidence(), SizeIs(10));
  EXPECT_EQ(checked->row().worst_response(), v1::GRID_RESPONSE_REACTIVE_POWER);
  ASSERT_THAT(checked->settings_findings(), SizeIs(1));
  EXPECT_EQ(checked->settings_findings(0).rule(), "R1");
  EXPECT_EQ(checked->row().settings_rules(), "R1");
}

TEST_F(ComplianceReportsTest, CheckJudgesByGivenSettingsAccuracyAndLength) {
  history_.records = {Record(true)};
  Measure(3);
  v1::CheckComplianceRequest request = Checking(3);
  request.mutable_settings()->mutable_droop();  // the defaults: no reactive mode is on
  EXPECT_EQ(Check(request)->row().finding_count(), 0);
  EXPECT_THAT(Check(request)->settings_findings(), IsEmpty()) << "R1 is about what is judged by";
  request.mutable_settings()->mutable_trip()->set_ov2_pu(1.3);
  EXPECT_EQ(base::ReasonOf(Check(request).status()), "INVALID_SETTINGS");
  request = Checking(3);
  request.mutable_accuracy()->set_power_share(0.5);
  EXPECT_EQ(Check(request)->row().finding_count(), 0);
  request = Checking(3);
  request.set_least_samples(1000);
  EXPECT_EQ(Check(request)->row().finding_count(), 0);
}

TEST_F(ComplianceReportsTest, CheckIsOfAMonthAtMostAndOfOnesOwn) {
  history_.records = {Record(true)};
  EXPECT_EQ(base::ReasonOf(Check(Checking(24 * 32)).status()), "INVALID_PERIOD");
  EXPECT_EQ(base::ReasonOf(Check(Checking(), Owner("owner-2")).status()), "UNAUTHORIZED");
}

TEST_F(ComplianceReportsTest, AReportHasEveryDerWithItsWorstFindingAndTheRulesOfItsSettings) {
  FindInFleet();
  const auto report = Report(Asking());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(Ids(*report), ElementsAre("BAT_1", "BAT_2", "BAT_3"));
  EXPECT_EQ(report->rows(0).row().profile_id(), "");
  EXPECT_EQ(report->rows(1).row().finding_count(), 2);
  EXPECT_EQ(report->rows(1).row().worst_beyond(), 30);
  EXPECT_THAT(report->rows(1).worst().evidence(), SizeIs(4));
  EXPECT_EQ(report->rows(2).row().settings_rules(), "R1");
  EXPECT_EQ(report->next_page_token(), "");
}

TEST(GridRules, HaveTheNumbersAndNamesOfTheSchema) {
  for (int number = 1; number <= static_cast<int>(gridcode::Rule::kR2); ++number) {
    const std::string name(gridcode::RuleName(static_cast<gridcode::Rule>(number)));
    EXPECT_EQ(v1::GridRule_Name(static_cast<v1::GridRule>(number)), "GRID_RULE_" + name);
  }
  EXPECT_EQ(v1::GridRule_ARRAYSIZE, static_cast<int>(gridcode::Rule::kR2) + 1);
  EXPECT_TRUE(Passes(gridcode::Rule::kE8, v1::GRID_RULE_UNSPECIFIED, v1::RULE_SEVERITY_REFUSE));
  EXPECT_FALSE(Passes(gridcode::Rule::kW1, v1::GRID_RULE_UNSPECIFIED, v1::RULE_SEVERITY_REPORT));
}

TEST_F(ComplianceReportsTest, AFilterKeepsDersForWhichTheRuleFoundSomething) {
  FindInFleet();
  v1::GetComplianceReportRequest request = Asking();
  request.set_grid_rule(v1::GRID_RULE_R1);
  EXPECT_THAT(Ids(*Report(request)), ElementsAre("BAT_3"));
  EXPECT_FALSE(history_.asked_findings_only);
  request.set_grid_rule(v1::GRID_RULE_R2);
  EXPECT_THAT(Ids(*Report(request)), ElementsAre("BAT_2"));
  EXPECT_TRUE(history_.asked_findings_only);
  request.set_grid_rule(v1::GRID_RULE_UNSPECIFIED);
  request.set_severity(v1::RULE_SEVERITY_REPORT);
  EXPECT_THAT(Ids(*Report(request)), ElementsAre("BAT_2", "BAT_3"));
  request.set_severity(v1::RULE_SEVERITY_WARN);
  EXPECT_THAT(Ids(*Report(request)), IsEmpty());
}

TEST_F(ComplianceReportsTest, PagesAreOfTheRowsThatAreLeft) {
  FindInFleet();
  v1::GetComplianceReportRequest request = Asking();
  request.set_severity(v1::RULE_SEVERITY_REPORT);
  request.set_page_size(1);
  std::vector<std::string> ids;
  for (int page = 0; page < 5; ++page) {
    const auto report = Report(request);
    ASSERT_TRUE(report.ok()) << report.status();
    for (const std::string& id : Ids(*report)) ids.push_back(id);
    if (report->next_page_token().empty()) break;
    request.set_page_token(report->next_page_token());
  }
  EXPECT_THAT(ids, ElementsAre("BAT_2", "BAT_3"));
  request.set_severity(v1::RULE_SEVERITY_WARN);
  EXPECT_EQ(base::ReasonOf(Report(request).status()), "INVALID_PAGE_TOKEN") << "of another filter";
}

TEST_F(ComplianceReportsTest, CsvHasTheFieldsOfTheRow) {
  FindInFleet();
  v1::GetComplianceReportRequest request = Asking();
  request.set_format(v1::REPORT_FORMAT_CSV);
  request.set_page_size(2);
  const auto first = Report(request);
  EXPECT_EQ(first->csv().rfind("\"der_id\",\"owner_id\",\"region_id\",\"profile_id\",", 0), 0u);
  EXPECT_THAT(first->rows(), IsEmpty());
  request.set_page_token(first->next_page_token());
  EXPECT_EQ(Report(request)->csv().rfind("\"BAT_3\",", 0), 0u) << "without the names again";
}

TEST_F(ComplianceReportsTest, OwnersSeeTheirOwnDersOnly) {
  ASSERT_TRUE(Report(Asking(), Owner("owner-1")).ok());
  EXPECT_EQ(history_.asked.scope.owner_id, "owner-1");
  v1::GetComplianceReportRequest request = Asking();
  request.set_owner_id("owner-2");
  EXPECT_EQ(base::ReasonOf(Report(request, Owner("owner-1")).status()), "UNAUTHORIZED");
}

}  // namespace
}  // namespace derms::registry
