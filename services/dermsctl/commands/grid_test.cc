// The grid commands against a service that keeps one record.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "derms/v1/compliance.grpc.pb.h"
#include "libs/client/testing/tls_server.h"
#include "services/dermsctl/testing/fake_services.h"
#include "services/dermsctl/testing/run_dermsctl.h"

namespace derms::dermsctl {
namespace {

using client::testing::WriteTemporaryFile;
using ::testing::HasSubstr;
using testing::Outcome;

class Compliance final : public v1::ComplianceService::Service {
 public:
  grpc::Status EvaluateGridSupport(grpc::ServerContext*, const v1::EvaluateGridSupportRequest* request,
                                   v1::EvaluateGridSupportResponse* response) override {
    evaluated = *request;
    for (const v1::GridSample& sample : request->samples()) {
      v1::GridSupport& answer = *response->add_answers();
      answer.set_time_s(sample.time_s());
      answer.set_p_kw(sample.available_kw());
      answer.set_operation(v1::GRID_OPERATION_TRIPPED);
      answer.set_power_cause(v1::POWER_CAUSE_STATE);
      answer.set_tripped_by("UV2");
      answer.set_tripped_at_s(1.5);
    }
    v1::GridFinding& finding = *response->add_findings();
    finding.set_rule("W1");
    finding.set_field("settings.trip.of1_s");
    return grpc::Status::OK;
  }
  grpc::Status PutNameplate(grpc::ServerContext*, const v1::PutNameplateRequest* request,
                            v1::PutNameplateResponse* response) override {
    *record.mutable_nameplate() = request->nameplate();
    record.set_nameplate_revision(record.nameplate_revision() + 1);
    return Answer(request->der_id(), response->mutable_record());
  }
  grpc::Status PutSettings(grpc::ServerContext*, const v1::PutSettingsRequest* request,
                           v1::PutSettingsResponse* response) override {
    *record.mutable_settings() = request->settings();
    record.set_settings_revision(record.settings_revision() + 1);
    return Answer(request->der_id(), response->mutable_record());
  }
  grpc::Status GetGridSettings(grpc::ServerContext*, const v1::GetGridSettingsRequest* request,
                               v1::GetGridSettingsResponse* response) override {
    return Answer(request->der_id(), response->mutable_record());
  }
  grpc::Status Answer(const std::string& der_id, v1::GridRecord* answer) {
    record.set_der_id(der_id);
    record.set_profile_id("IEEE1547-2018");
    *answer = record;
    return grpc::Status::OK;
  }

  v1::GridRecord record;
  v1::EvaluateGridSupportRequest evaluated;
};

class GridCommandsTest : public ::testing::Test {
 protected:
  Outcome Grid(std::vector<std::string> words) {
    words.insert(words.begin(), "grid");
    words.insert(words.end(), {"--registry", server_.address(), "--ca", server_.ca_file()});
    return testing::RunDermsctl(words);
  }
  Compliance compliance_;
  client::testing::TlsServer server_{&compliance_};
  const std::string settings_ = WriteTemporaryFile("settings.csv",
                                                   "PARAMETER,VALUE\nNP_P_MAX,100000\nNP_NORMAL_OP_CAT,CAT_B\n"
                                                   "QV_MODE_ENABLE-AS,ENABLED\nQV_CURVE_V1-AS,0.91\nMINE,1\n");
};

TEST_F(GridCommandsTest, EvaluateSendsTheFilesAndPrintsATable) {
  const std::string samples =
      WriteTemporaryFile("samples.csv", "time_s,v_pu,f_hz,available_kw\n0,1.0,60,80\n2,0.4,,70\n");
  const Outcome outcome = Grid({"evaluate", samples, "--settings", settings_, "--off", "--type", "wind"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("names not used: MINE"));
  EXPECT_THAT(outcome.err, HasSubstr("W1 settings.trip.of1_s"));
  EXPECT_THAT(outcome.out, HasSubstr("UV2@1.500s"));
  const v1::EvaluateGridSupportRequest& sent = compliance_.evaluated;
  EXPECT_EQ(sent.nameplate().p_max_kw(), 100);
  EXPECT_EQ(sent.settings().volt_var().v1_pu(), 0.91);
  EXPECT_FALSE(sent.settings().volt_var().has_v2_pu());
  EXPECT_TRUE(sent.starts_off());
  EXPECT_EQ(sent.der_type(), v1::DER_TYPE_WIND);
  ASSERT_EQ(sent.samples_size(), 2);
  EXPECT_EQ(sent.samples(1).v_pu(), 0.4);
  EXPECT_FALSE(sent.samples(1).has_f_hz());
}

TEST_F(GridCommandsTest, MistakesInFilesAreNamed) {
  const std::string samples = WriteTemporaryFile("samples.csv", "time_s,v_pu\n0,high\n");
  EXPECT_THAT(Grid({"evaluate", samples, "--settings", settings_}).err, HasSubstr("'high' is no number (line 2)"));
  EXPECT_EQ(Grid({"evaluate", samples, "--settings", "/nowhere.csv"}).exit_code, 4);
  const std::string broken = WriteTemporaryFile("broken.csv", "PARAMETER,VALUE\nQV_OLRT-AS,slow\n");
  const Outcome outcome = Grid({"import", "SOLAR-01", broken});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("row 2: QV_OLRT 'slow' is no number"));
  const std::string empty = WriteTemporaryFile("empty.csv", "PARAMETER,VALUE\nMT_DATE,x\n");
  EXPECT_THAT(Grid({"import", "SOLAR-01", empty}).err, HasSubstr("neither nameplate nor settings"));
}

TEST_F(GridCommandsTest, WhatIsImportedIsExportedInTheSameForm) {
  const std::string only_settings = WriteTemporaryFile("only.csv", "PARAMETER,VALUE\nQV_CURVE_V1-AS,0.91\n");
  const Outcome imported = Grid({"import", "SOLAR-01", only_settings});
  EXPECT_EQ(imported.out, "SOLAR-01, nameplate revision 0, settings revision 1, IEEE1547-2018\n") << imported.err;
  const std::string only_plate = WriteTemporaryFile("plate.csv", "PARAMETER,VALUE\nNP_P_MAX,100000\n");
  EXPECT_EQ(Grid({"import", "SOLAR-01", only_plate}).exit_code, 0);
  const Outcome exported = Grid({"export", "SOLAR-01"});
  EXPECT_THAT(exported.out, HasSubstr("PARAMETER,VALUE\n"));
  EXPECT_THAT(exported.out, HasSubstr("NP_P_MAX,100000\n"));
  EXPECT_THAT(exported.out, HasSubstr("QV_CURVE_V1-AS,0.91\n"));
}

}  // namespace
}  // namespace derms::dermsctl
