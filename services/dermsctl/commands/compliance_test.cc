// The compliance commands against a service that answers what a test sets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "derms/v1/compliance.grpc.pb.h"
#include "libs/client/testing/tls_server.h"
#include "services/dermsctl/testing/run_dermsctl.h"

namespace derms::dermsctl {
namespace {

using client::testing::WriteTemporaryFile;
using ::testing::HasSubstr;
using testing::Outcome;

class Judge final : public v1::ComplianceService::Service {
 public:
  grpc::Status CheckCompliance(grpc::ServerContext*, const v1::CheckComplianceRequest* request,
                               v1::CheckComplianceResponse* response) override {
    checked = *request;
    *response = answer;
    return grpc::Status::OK;
  }
  grpc::Status GetComplianceReport(grpc::ServerContext*, const v1::GetComplianceReportRequest* request,
                                   v1::GetComplianceReportResponse* response) override {
    asked = *request;
    const bool first = request->page_token().empty();
    if (first) response->set_next_page_token("more");
    if (request->format() == v1::REPORT_FORMAT_CSV) {
      response->set_csv(first ? "\"der_id\"\r\n\"A\"\r\n" : "\"B\"\r\n");
      return grpc::Status::OK;
    }
    v1::ComplianceRow& row = *response->add_rows()->mutable_row();
    row.set_der_id(first ? "SOLAR-01" : "SOLAR-02");
    row.set_settings_rules("R1 W2");
    return grpc::Status::OK;
  }

  v1::CheckComplianceRequest checked;
  v1::CheckComplianceResponse answer;
  v1::GetComplianceReportRequest asked;
};

class ComplianceCommandsTest : public ::testing::Test {
 protected:
  Outcome Compliance(std::vector<std::string> words) {
    words.insert(words.begin(), "compliance");
    words.insert(words.end(), {"--registry", server_.address(), "--ca", server_.ca_file()});
    return testing::RunDermsctl(words);
  }
  Judge judge_;
  client::testing::TlsServer server_{&judge_};
};

TEST_F(ComplianceCommandsTest, CheckSendsPeriodSettingsAndAccuracy) {
  const std::string file = WriteTemporaryFile("planned.csv", "PARAMETER,VALUE\nQV_MODE_ENABLE-AS,ENABLED\n");
  const Outcome outcome = Compliance({"check", "SOLAR-01", "--from", "2026-11-25T00:00Z", "--settings", file,
                                      "--voltage-accuracy", "0.02", "--least-samples", "5"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(judge_.checked.der_id(), "SOLAR-01");
  EXPECT_EQ(judge_.checked.from().seconds(), 1'795'564'800);
  EXPECT_FALSE(judge_.checked.has_until());
  EXPECT_TRUE(judge_.checked.settings().volt_var().enabled());
  EXPECT_EQ(judge_.checked.accuracy().v_pu(), 0.02);
  EXPECT_FALSE(judge_.checked.accuracy().has_f_hz());
  EXPECT_EQ(judge_.checked.least_samples(), 5);
}

TEST_F(ComplianceCommandsTest, CheckTellsTheCountsInASentence) {
  judge_.answer.mutable_row()->set_sample_count(12'096);
  judge_.answer.mutable_row()->set_judged_count(12'030);
  judge_.answer.mutable_row()->set_reactive_judged_count(12'000);
  const Outcome outcome = Compliance({"check", "SOLAR-01", "--from", "2026-11-25T00:00Z"});
  EXPECT_EQ(outcome.out, "12,030 of 12,096 readings judged (12,000 in reactive power), none outside\n") << outcome.err;
}

TEST_F(ComplianceCommandsTest, CheckShowsFindingsWithTheirWorstReading) {
  judge_.answer.mutable_row()->set_finding_count(2);
  judge_.answer.mutable_row()->set_reactive_outside_count(7);
  v1::ComplianceFinding& found = *judge_.answer.add_findings();
  found.set_response(v1::GRID_RESPONSE_REACTIVE_POWER);
  found.set_sample_count(7);
  found.mutable_worst()->set_q_kvar(1.5);
  found.mutable_worst()->set_low(-49);
  found.mutable_worst()->set_high(-24.25);
  found.mutable_worst()->set_beyond(25.75);
  found.set_beyond_share(0.2575);
  v1::GridFinding& r1 = *judge_.answer.add_settings_findings();
  r1.set_rule("R1");
  r1.set_field("settings.volt_var");
  r1.set_observed("enabled on");
  r1.set_limit("enabled off");
  const Outcome outcome = Compliance({"check", "SOLAR-01", "--from", "2026-11-25T00:00Z"});
  EXPECT_THAT(outcome.out, HasSubstr("7 outside in reactive power"));
  EXPECT_THAT(outcome.out, HasSubstr("-49.00 to -24.25"));
  EXPECT_THAT(outcome.out, HasSubstr("25.8 %"));
  EXPECT_THAT(outcome.out, HasSubstr("the first 1 of 2 findings"));
  EXPECT_THAT(outcome.out, HasSubstr("R1 settings.volt_var: enabled on; the profile has enabled off"));
}

TEST_F(ComplianceCommandsTest, ReportReadsAllPagesAndSendsItsFilter) {
  const Outcome outcome = Compliance(
      {"report", "--from", "2026-11-25T00:00Z", "--rule", "r2", "--severity", "report", "--owner", "owner-1"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("SOLAR-01"));
  EXPECT_THAT(outcome.out, HasSubstr("SOLAR-02"));
  EXPECT_THAT(outcome.out, HasSubstr("R1 W2"));
  EXPECT_EQ(judge_.asked.grid_rule(), v1::GRID_RULE_R2);
  EXPECT_EQ(judge_.asked.severity(), v1::RULE_SEVERITY_REPORT);
  EXPECT_EQ(judge_.asked.owner_id(), "owner-1");
  EXPECT_EQ(Compliance({"report", "--from", "2026-11-25T00:00Z", "--rule", "R9"}).exit_code, 2);
}

TEST_F(ComplianceCommandsTest, CsvIsPrintedAsItComes) {
  const Outcome outcome = Compliance({"report", "--from", "2026-11-25T00:00Z", "--csv"});
  EXPECT_EQ(outcome.out, "\"der_id\"\r\n\"A\"\r\n\"B\"\r\n") << outcome.err;
}

}  // namespace
}  // namespace derms::dermsctl
