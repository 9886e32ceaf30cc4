#include "libs/client/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "libs/base/error.h"

namespace derms::client {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

google::rpc::Status Detailed(int code, const std::string& message) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  return status;
}

grpc::Status OnTheWire(const google::rpc::Status& status) {
  return {static_cast<grpc::StatusCode>(status.code()), status.message(), status.SerializeAsString()};
}

TEST(FromGrpc, KeepsReasonMetadataAndEveryFieldViolation) {
  google::rpc::Status sent = Detailed(grpc::INVALID_ARGUMENT, "capacity_kw: must be above 0 (and 1 more)");
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_CAPACITY");
  info.set_domain("derms");
  (*info.mutable_metadata())["max_kw"] = "30000";
  sent.add_details()->PackFrom(info);
  google::rpc::BadRequest bad;
  auto* first = bad.add_field_violations();
  first->set_field("capacity_kw");
  first->set_description("must be above 0");
  auto* second = bad.add_field_violations();
  second->set_field("region_id");
  second->set_description("is required");
  sent.add_details()->PackFrom(bad);

  const absl::Status status = FromGrpc(OnTheWire(sent));

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(base::ReasonOf(status), "INVALID_CAPACITY");
  EXPECT_THAT(base::MetadataOf(status), ElementsAre(Pair("max_kw", "30000")));
  ASSERT_EQ(base::ViolationsOf(status).size(), 2u);
  EXPECT_EQ(base::ViolationsOf(status)[1].field, "region_id");
}

TEST(FromGrpc, APreconditionWithoutASubjectOnlyRepeatsTheMessage) {
  google::rpc::Status sent = Detailed(grpc::FAILED_PRECONDITION, "the order has ended already");
  google::rpc::PreconditionFailure failure;
  failure.add_violations()->set_description("the order has ended already");
  auto* second = failure.add_violations();
  second->set_subject("SOLAR-01");
  second->set_description("is OFFLINE");
  sent.add_details()->PackFrom(failure);
  EXPECT_THAT(base::MetadataOf(FromGrpc(OnTheWire(sent))), ElementsAre(Pair("SOLAR-01", "is OFFLINE")));
}

TEST(FromGrpc, TakesTheReasonOfAGateRefusalFromTheMessage) {
  const absl::Status status = FromGrpc({grpc::UNAUTHENTICATED, "TOKEN_EXPIRED: the token ended, get a new one"});
  EXPECT_EQ(base::ReasonOf(status), "TOKEN_EXPIRED");
  EXPECT_EQ(status.message(), "the token ended, get a new one");
}

TEST(FromGrpc, LeavesAnOrdinarySentenceAlone) {
  const absl::Status status = FromGrpc({grpc::UNKNOWN, "Stream removed: bad things"});
  EXPECT_EQ(base::ReasonOf(status), "");
  EXPECT_EQ(status.message(), "Stream removed: bad things");
}

TEST(FromGrpc, SurvivesDetailsThatAreNotOurs) {
  const absl::Status status = FromGrpc({grpc::INTERNAL, "proxy", "\xff\xff not a message"});
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
}

TEST(FromGrpc, OkIsOk) {
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

TEST(FromRpc, MapsTheErrorOfABulkItem) {
  google::rpc::Status sent = Detailed(grpc::ALREADY_EXISTS, "SOLAR-01 is registered");
  google::rpc::ErrorInfo info;
  info.set_reason("DER_EXISTS");
  sent.add_details()->PackFrom(info);
  EXPECT_EQ(base::ReasonOf(FromRpc(sent)), "DER_EXISTS");
  EXPECT_TRUE(FromRpc(google::rpc::Status()).ok());
}

TEST(RetryDelayOf, ReadsRetryInfo) {
  google::rpc::Status sent = Detailed(grpc::UNAVAILABLE, "draining");
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(2);
  retry.mutable_retry_delay()->set_nanos(500'000'000);
  sent.add_details()->PackFrom(retry);
  EXPECT_EQ(RetryDelayOf(OnTheWire(sent)), absl::Milliseconds(2500));
  EXPECT_EQ(RetryDelayOf({grpc::UNAVAILABLE, "no details"}), absl::ZeroDuration());
}

}  // namespace
}  // namespace derms::client
