#include "libs/wire/request_digest.h"

#include <gtest/gtest.h>

#include "derms/v1/registry.pb.h"

namespace derms::wire {
namespace {

v1::UpdateDerStatusRequest Request() {
  v1::UpdateDerStatusRequest request;
  request.set_der_id("SOLAR-01");
  request.set_status(v1::DER_STATUS_ONLINE);
  request.set_request_id("3f2b8c1e-5d6a-4b7c-8d9e-0a1b2c3d4e5f");
  return request;
}

TEST(RequestDigest, RequestIdDoesNotCountEverythingElseDoes) {
  v1::UpdateDerStatusRequest other = Request();
  other.set_request_id("00000000-5d6a-4b7c-8d9e-0a1b2c3d4e5f");
  EXPECT_EQ(RequestDigest(Request()), RequestDigest(other));
  EXPECT_EQ(RequestDigest(Request()).size(), 32u);
  other.set_expected_revision(2);
  EXPECT_NE(RequestDigest(Request()), RequestDigest(other));
}

TEST(RequestDigest, AnotherTypeWithTheSameBytesIsAnotherRequest) {
  v1::GetDerRequest get;
  get.set_der_id("SOLAR-01");
  v1::RetireDerRequest retire;
  retire.set_der_id("SOLAR-01");
  EXPECT_EQ(get.SerializeAsString(), retire.SerializeAsString());
  EXPECT_NE(RequestDigest(get), RequestDigest(retire));
}

TEST(RequestDigest, UnknownFieldsDoNotCount) {
  v1::GetDerRequest plain, newer;
  plain.set_der_id("SOLAR-01");
  ASSERT_TRUE(newer.ParseFromString(plain.SerializeAsString() + "\xba\x3e\x02hi"));
  EXPECT_EQ(RequestDigest(plain), RequestDigest(newer));
}

}  // namespace
}  // namespace derms::wire
