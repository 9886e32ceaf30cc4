#include "libs/server/status_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "libs/base/error.h"

namespace derms::server {
namespace {

template <typename Detail>
std::vector<Detail> Details(const google::rpc::Status& status) {
  std::vector<Detail> found;
  for (const auto& any : status.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) found.push_back(detail);
  }
  return found;
}

TEST(StatusMap, CarriesReasonFieldsMetadataAndRequestId) {
  const absl::Status status = base::InvalidArgument("INVALID_CAPACITY", "capacity_kw: too large")
                                  .Field("capacity_kw", "at most 30000 kW for SOLAR")
                                  .Field("der_id", "required")
                                  .Metadata("max_kw", "30000");
  const auto out = ToRpcStatus(status, "request-1");
  EXPECT_EQ(out.code(), 3);
  EXPECT_EQ(out.message(), "capacity_kw: too large");
  const auto info = Details<google::rpc::ErrorInfo>(out);
  ASSERT_EQ(info.size(), 1u);
  EXPECT_EQ(info[0].reason(), "INVALID_CAPACITY");
  EXPECT_EQ(info[0].domain(), "derms");
  EXPECT_EQ(info[0].metadata().at("max_kw"), "30000");
  const auto bad = Details<google::rpc::BadRequest>(out);
  ASSERT_EQ(bad.size(), 1u);
  EXPECT_EQ(bad[0].field_violations_size(), 2);
  EXPECT_EQ(Details<google::rpc::RequestInfo>(out).at(0).request_id(), "request-1");
  EXPECT_TRUE(Details<google::rpc::RetryInfo>(out).empty());
}

TEST(StatusMap, PreconditionAndRetryDetailsFollowTheCode) {
  const auto precondition =
      ToRpcStatus(base::FailedPrecondition("INVALID_STATUS_TRANSITION", "no").Metadata("der_id", "SOLAR-1"), "r");
  ASSERT_EQ(Details<google::rpc::PreconditionFailure>(precondition).size(), 1u);
  EXPECT_EQ(Details<google::rpc::PreconditionFailure>(precondition)[0].violations(0).subject(), "SOLAR-1");
  for (const absl::Status& status :
       {absl::Status(base::Unavailable("DRAINING", "x")), absl::Status(base::ResourceExhausted("QUEUE_FULL", "x")),
        absl::Status(base::Aborted("REVISION_MISMATCH", "x"))}) {
    EXPECT_EQ(Details<google::rpc::RetryInfo>(ToRpcStatus(status, "r")).size(), 1u) << status;
  }
}

TEST(StatusMap, InternalTextNeverLeaves) {
  const absl::Status status =
      base::Internal("SQL", "password=hunter2 at /srv/x.cc:3").Metadata("query", "SELECT hunter2");
  const std::string all =
      ToGrpcStatus(status, "request-7").error_details() + ToGrpcStatus(status, "request-7").error_message();
  EXPECT_EQ(all.find("hunter2"), std::string::npos);
  EXPECT_EQ(all.find("/srv"), std::string::npos);
  EXPECT_THAT(ToGrpcStatus(status, "request-7").error_message(), ::testing::HasSubstr("request-7"));
  EXPECT_EQ(Details<google::rpc::ErrorInfo>(ToRpcStatus(status, "r"))[0].reason(), "INTERNAL_ERROR");
  EXPECT_EQ(ToGrpcStatus(absl::UnknownError("secret"), "r").error_code(), grpc::StatusCode::INTERNAL);
}

TEST(StatusMap, AStatusWithoutReasonGetsOneFromItsCode) {
  EXPECT_EQ(Details<google::rpc::ErrorInfo>(ToRpcStatus(absl::NotFoundError("x"), "r"))[0].reason(), "NOT_FOUND");
}

TEST(StatusMap, DetailsStaySmallEnoughForATrailer) {
  base::Violations violations;
  for (int i = 0; i < 10000; ++i) violations.Add("items[" + std::to_string(i) + "]", std::string(1000, 'x'));
  EXPECT_LT(ToGrpcStatus(violations.ToStatus(), "r").error_details().size(), 16u << 10);
}

TEST(StatusMap, OkIsOk) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus(), "r").ok());
}

}  // namespace
}  // namespace derms::server
