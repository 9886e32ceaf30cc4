#include "libs/wire/stored_json.h"

#include <gtest/gtest.h>

#include "derms/v1/emergency.pb.h"

namespace derms::wire {
namespace {

TEST(StoredJson, ComesBackAsItWas) {
  v1::AllocateEmergencyRequest request;
  request.set_region_id("NORTH");
  request.set_power_kw(-250.5);
  request.mutable_duration()->set_seconds(600);
  const std::string json = ToStoredJson(request);
  EXPECT_NE(json.find("\"region_id\":\"NORTH\""), std::string::npos) << json;
  v1::AllocateEmergencyRequest read;
  ASSERT_TRUE(FromStoredJson(json, read));
  EXPECT_EQ(read.SerializeAsString(), request.SerializeAsString());
}

TEST(StoredJson, SkipsWhatANewerVersionWrote) {
  v1::AllocateEmergencyRequest read;
  EXPECT_TRUE(FromStoredJson(R"({"region_id": "NORTH", "of_tomorrow": {"a": [1]}})", read));
  EXPECT_EQ(read.region_id(), "NORTH");
}

TEST(StoredJson, RefusesWhatIsNoSuchMessage) {
  v1::AllocateEmergencyRequest read;
  EXPECT_FALSE(FromStoredJson("{\"power_kw\": \"much\"}", read));
  EXPECT_FALSE(FromStoredJson("", read));
}

}  // namespace
}  // namespace derms::wire
