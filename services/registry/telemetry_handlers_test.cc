#include "services/registry/telemetry_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"
#include "libs/wire/convert_time.h"

namespace derms::registry {
namespace {

using server::testing::BatteryOf;
using server::testing::CallAs;
using server::testing::Gateway;
using server::testing::kNow;
using server::testing::Owner;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

v1::Reading ReadingOf(const std::string& der_id, double power_kw, absl::Duration age = absl::ZeroDuration()) {
  v1::Reading reading;
  reading.set_der_id(der_id);
  *reading.mutable_measured_at() = wire::ToProto(kNow - age);
  reading.set_power_kw(power_kw);
  return reading;
}

class TelemetryHandlersTest : public ::testing::Test {
 protected:
  TelemetryHandlersTest() {
    fleet_.PutDer(BatteryOf("BAT_1", "owner-1"));
    fleet_.PutDer(BatteryOf("BAT_2", "owner-2"));
  }
  auto Report(domain::Caller caller, v1::Reading reading) {
    server::Call call = CallAs(std::move(caller));
    v1::ReportReadingRequest request;
    *request.mutable_reading() = std::move(reading);
    return handlers_.ReportReading(call, request);
  }

  server::testing::TestFleet fleet_;
  wire::Validator validator_;
  TelemetryHandlers handlers_{fleet_, validator_, absl::Hours(48)};
};

TEST_F(TelemetryHandlersTest, AReadingWithoutATimeIsMeasuredNow) {
  v1::Reading reading = ReadingOf("BAT_1", -50);
  reading.clear_measured_at();
  const auto plan = Report(Owner(), reading);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->response.newest());
  ASSERT_THAT(plan->mutation.writes, SizeIs(1));
  const domain::Reading& stored = std::get<store::ReadingPut>(plan->mutation.writes[0]).reading();
  EXPECT_EQ(stored.measured_at, kNow);
  EXPECT_EQ(stored.power_kw, -50);
  EXPECT_THAT(plan->mutation.events, IsEmpty());
}

TEST_F(TelemetryHandlersTest, AnOlderReadingIsKeptForHistoryAlone) {
  fleet_.PutReading({.der_id = "BAT_1", .measured_at = kNow, .power_kw = 1});
  const auto plan = Report(Owner(), ReadingOf("BAT_1", 2, absl::Minutes(1)));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_FALSE(plan->response.newest());
  EXPECT_THAT(plan->mutation.writes, SizeIs(1));
}

TEST_F(TelemetryHandlersTest, RefusesByName) {
  EXPECT_EQ(base::ReasonOf(Report(Owner(), ReadingOf("BAT_9", 1)).status()), "DER_NOT_FOUND");
  EXPECT_EQ(base::ReasonOf(Report(Owner(), ReadingOf("BAT_2", 1)).status()), "UNAUTHORIZED");
  EXPECT_EQ(base::ReasonOf(Report(Gateway(), ReadingOf("BAT_1", 1)).status()), "UNAUTHORIZED");
  EXPECT_EQ(base::ReasonOf(Report(Owner(), ReadingOf("BAT_1", 1, -absl::Minutes(2))).status()), "READING_IN_FUTURE");
  EXPECT_EQ(base::ReasonOf(Report(Owner(), ReadingOf("BAT_1", 1, absl::Hours(48))).status()), "READING_TOO_LATE");
  v1::Reading empty = ReadingOf("BAT_1", 1);
  empty.clear_power_kw();
  EXPECT_EQ(base::ReasonOf(Report(Owner(), empty).status()), "EMPTY_READING");
}

TEST_F(TelemetryHandlersTest, AMessageKeepsItsGoodReadingsAndTellsOfTheBad) {
  v1::ReportReadingsRequest request;
  request.set_batch(42);
  *request.add_readings() = ReadingOf("BAT_1", 10, absl::Minutes(2));
  *request.add_readings() = ReadingOf("BAT_2", 20);
  *request.add_readings() = ReadingOf("BAT_1", 11, absl::Minutes(1));
  *request.add_readings() = ReadingOf("BAT_1", 12, absl::Minutes(3));
  *request.add_readings() = ReadingOf("not an id", 1);
  server::Call call = CallAs(Owner("owner-1"));
  const auto plan = handlers_.ReportReadings(call, request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.batch(), 42);
  EXPECT_EQ(plan->response.accepted(), 3);
  EXPECT_EQ(plan->response.rejected_count(), 2);
  ASSERT_EQ(plan->response.rejected_size(), 2);
  EXPECT_EQ(plan->response.rejected(0).der_id(), "BAT_2");
  EXPECT_EQ(plan->response.rejected(0).error().code(), static_cast<int>(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(plan->response.rejected(1).error().code(), static_cast<int>(absl::StatusCode::kInvalidArgument));
  std::vector<double> powers;
  for (const auto& write : plan->mutation.writes) {
    powers.push_back(*std::get<store::ReadingPut>(write).reading().power_kw);
  }
  EXPECT_THAT(powers, ElementsAre(10, 11, 12)) << "all of them are history";
}

TEST_F(TelemetryHandlersTest, RefusalsAreCountedAllAndListedUpToAHundred) {
  v1::ReportReadingsRequest request;
  for (int i = 0; i < 150; ++i) *request.add_readings() = ReadingOf("BAT_2", 1);
  server::Call call = CallAs(Owner("owner-1"));
  const auto plan = handlers_.ReportReadings(call, request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.rejected_count(), 150);
  EXPECT_EQ(plan->response.rejected_size(), 100);
  EXPECT_THAT(plan->mutation.writes, IsEmpty());
  EXPECT_TRUE(call.checked());
}

TEST_F(TelemetryHandlersTest, DersThatMemoryDoesNotKnowAreAllLookedFor) {
  v1::ReportReadingsRequest request;
  *request.add_readings() = ReadingOf("BAT_8", 1);
  *request.add_readings() = ReadingOf("BAT_9", 1);
  server::Call call = CallAs(Owner("owner-1"));
  ASSERT_TRUE(handlers_.ReportReadings(call, request).ok());
  EXPECT_THAT(call.TakeWants().ders, UnorderedElementsAre("BAT_8", "BAT_9"));
}

}  // namespace
}  // namespace derms::registry
