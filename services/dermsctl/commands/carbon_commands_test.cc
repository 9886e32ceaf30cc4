// `carbon schedule` against a real gRPC server over TLS that answers what the test can recognise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "derms/v1/optimizer.grpc.pb.h"
#include "libs/client/testing/tls_server.h"
#include "services/dermsctl/testing/run_dermsctl.h"

namespace derms::dermsctl {
namespace {

using ::testing::HasSubstr;
using testing::Outcome;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kRun[] = "0190a8f2-0000-7000-8000-000000000001";

// Two pages of a row each.
class Optimizer final : public v1::OptimizerService::Service {
 public:
  grpc::Status GetScheduleCarbon(grpc::ServerContext*, const v1::GetScheduleCarbonRequest* request,
                                 v1::GetScheduleCarbonResponse* response) override {
    asked.push_back(*request);
    const bool first = request->page_token().empty();
    v1::ScheduleCarbon& row = *response->add_rows();
    row.set_der_id(first ? "BATTERY-1" : "SUN-1");
    row.set_owner_id("owner-1");
    row.set_output_kwh(first ? 0 : 250);
    row.set_avoided_kg(first ? 0 : 110.5);
    if (first) row.set_stored_kg(42);
    if (!first) return grpc::Status::OK;
    response->set_next_page_token("more");
    response->mutable_total()->set_der_count(2);
    response->mutable_total()->set_avoided_kg(110.5);
    response->set_intensity_series_id("co2");
    response->set_basis(v1::CARBON_BASIS_MARGINAL);
    response->set_method("by hand");
    response->add_assumptions("1 SOLAR DER declares no emissions");
    return grpc::Status::OK;
  }
  std::vector<v1::GetScheduleCarbonRequest> asked;
};

class CarbonCommandsTest : public ::testing::Test {
 protected:
  Outcome Dermsctl(std::vector<std::string> words) {
    words.insert(words.end(), {"--optimizer", server_.address(), "--ca", server_.ca_file()});
    return testing::RunDermsctl(words);
  }
  Optimizer optimizer_;
  client::testing::TlsServer server_{&optimizer_};
};

TEST_F(CarbonCommandsTest, TellsRowsTotalMethodAndAssumptions) {
  const Outcome told = Dermsctl({"carbon", "schedule", kRun, "--scope", "life-cycle", "--basis", "average", "--intake",
                                 "area-mix", "--by", "owner", "--owner", "owner-1", "--initial-kg-per-kwh", "0"});
  ASSERT_EQ(told.exit_code, 0) << told.err;
  EXPECT_THAT(told.out, HasSubstr("SUN-1"));
  EXPECT_THAT(told.out, HasSubstr("2 DERs"));
  EXPECT_THAT(told.out, HasSubstr("method: by hand"));
  EXPECT_THAT(told.out, HasSubstr("assumed: 1 SOLAR DER declares no emissions"));
  EXPECT_THAT(told.out, HasSubstr("from: co2, MARGINAL"));
  ASSERT_THAT(optimizer_.asked, SizeIs(2));
  EXPECT_EQ(optimizer_.asked[0].run_id(), kRun);
  EXPECT_EQ(optimizer_.asked[0].scope(), v1::CARBON_SCOPE_LIFE_CYCLE);
  EXPECT_EQ(optimizer_.asked[0].basis(), v1::CARBON_BASIS_AVERAGE);
  EXPECT_EQ(optimizer_.asked[0].intake(), v1::CARBON_INTAKE_AREA_MIX);
  EXPECT_EQ(optimizer_.asked[0].grouping(), v1::CARBON_GROUPING_OWNER);
  EXPECT_EQ(optimizer_.asked[0].owner_id(), "owner-1");
  EXPECT_TRUE(optimizer_.asked[0].has_initial_kg_per_kwh()) << "0 is known";
  EXPECT_EQ(optimizer_.asked[1].page_token(), "more");
}

TEST_F(CarbonCommandsTest, LeavesToTheServiceWhatIsNotSaid) {
  ASSERT_EQ(Dermsctl({"carbon", "schedule", kRun}).exit_code, 0);
  EXPECT_EQ(optimizer_.asked[0].basis(), v1::CARBON_BASIS_UNSPECIFIED);
  EXPECT_FALSE(optimizer_.asked[0].has_initial_kg_per_kwh());
  EXPECT_EQ(Dermsctl({"carbon", "schedule", kRun, "--basis", "green"}).exit_code, 2);
}

TEST_F(CarbonCommandsTest, WritesCsvWithItsNamesOnce) {
  const Outcome told = Dermsctl({"carbon", "schedule", kRun, "--csv"});
  ASSERT_EQ(told.exit_code, 0) << told.err;
  EXPECT_THAT(told.out, StartsWith("\"der_id\",\"owner_id\","));
  EXPECT_THAT(told.out, HasSubstr("\r\n\"BATTERY-1\",\"owner-1\",\"\",\"DER_TYPE_UNSPECIFIED\",\"0\",\"0\",\"\","));
  EXPECT_THAT(told.out, HasSubstr("\r\n\"SUN-1\","));
  const Outcome json = Dermsctl({"carbon", "schedule", kRun, "--json"});
  EXPECT_THAT(json.out, HasSubstr("\"storedKg\":42"));
}

}  // namespace
}  // namespace derms::dermsctl
