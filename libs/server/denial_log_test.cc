// Denials are on record: who, which method, on what and why; single items of bulk calls, too.
#include "libs/server/denial_log.h"

#include <gmock/gmock.h>

#include "libs/server/testing/rpc_fixture.h"

namespace derms::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Denials : public RpcFixture {
 protected:
  // As /metrics says it.
  std::string Counted(const std::string& method, int count) {
    return "derms_denials_total{method=\"/derms.v1." + method + "\",reason=\"UNAUTHORIZED\"} " + std::to_string(count);
  }
  static domain::DerOwnership Foreign(const std::string& der_id) {
    return {.der_id = der_id, .owner_id = "owner-2", .region_id = "NORTH"};
  }
};

TEST_F(Denials, OfACallAreLoggedWithTheirScopeAndCounted) {
  registry_.get_der = [](Call& call, const v1::GetDerRequest& request) -> absl::StatusOr<v1::GetDerResponse> {
    return call.RequireDer(Foreign(request.der_id()), domain::RegionTree()).status();
  };
  v1::GetDerRequest request;
  request.set_der_id("BATT_1");
  v1::GetDerResponse response;
  EXPECT_EQ(registry_stub_->GetDer(As("owner-1").get(), request, &response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(metrics_.Text(), HasSubstr(Counted("RegistryService/GetDer", 1)));
  const std::string log = Log();
  EXPECT_THAT(log, HasSubstr(R"("message":"denied")"));
  EXPECT_THAT(log, HasSubstr(R"("subject":"owner-1")"));
  EXPECT_THAT(log, HasSubstr(R"("scope":"DER BATT_1")"));
}

TEST_F(Denials, OtherRefusalsAreNone) {
  registry_.get_der = [](Call& call, const v1::GetDerRequest&) -> absl::StatusOr<v1::GetDerResponse> {
    call.MarkFiltered();
    return base::NotFound("DER_NOT_FOUND", "no such DER");
  };
  v1::GetDerRequest request;
  request.set_der_id("BATT_1");
  v1::GetDerResponse response;
  EXPECT_FALSE(registry_stub_->GetDer(As("owner-1").get(), request, &response).ok());
  EXPECT_THAT(metrics_.Text(), Not(HasSubstr("derms_denials_total{")));
}

TEST_F(Denials, OfSingleItemsOfABulkCallCountEach) {
  registry_.update_status =
      [](Call& call, const v1::UpdateDerStatusRequest& request) -> absl::StatusOr<Plan<v1::UpdateDerStatusResponse>> {
    RETURN_IF_ERROR(call.RequireDer(Foreign(request.der_id()), domain::RegionTree()).status());
    return PlanOfOneWrite(v1::UpdateDerStatusResponse());
  };
  const auto context = As("owner-1");
  const auto stream = registry_stub_->UpdateDerStatuses(context.get());
  v1::UpdateDerStatusesRequest request;
  for (const char* id : {"BATT_1", "BATT_2"}) {
    auto* item = request.add_items();
    item->set_der_id(id);
    item->set_status(v1::DER_STATUS_ONLINE);
  }
  stream->Write(request);
  stream->WritesDone();
  v1::UpdateDerStatusesResponse response;
  EXPECT_TRUE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok()) << "items fail alone";
  EXPECT_THAT(metrics_.Text(), HasSubstr(Counted("RegistryService/UpdateDerStatuses", 2)));
}

TEST_F(Denials, AFloodIsCountedAndDoesNotFillTheLog) {
  for (int i = 0; i < 3 * DenialLog::kLinesPerSecond; ++i) {
    denials_.OnDenied({"/derms.v1.RegistryService/GetDer", "owner-1", "DER BATT_1", "UNAUTHORIZED", "no", "request"});
  }
  EXPECT_THAT(metrics_.Text(), HasSubstr(Counted("RegistryService/GetDer", 3 * DenialLog::kLinesPerSecond)));
  const std::string log = Log();
  int lines = 0;
  for (std::size_t at = log.find("\"denied\""); at != std::string::npos; at = log.find("\"denied\"", at + 1)) ++lines;
  EXPECT_GE(lines, DenialLog::kLinesPerSecond);
  EXPECT_LT(lines, 3 * DenialLog::kLinesPerSecond) << "even if a second ended meanwhile";
}

}  // namespace
}  // namespace derms::server
