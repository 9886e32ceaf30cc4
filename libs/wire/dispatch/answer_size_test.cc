#include "libs/wire/dispatch/answer_size.h"

#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/dispatch/greedy.h"
#include "libs/wire/dispatch/certificate.h"
#include "libs/wire/dispatch/problem.h"
#include "libs/wire/dispatch/solution.h"

namespace derms::wire {
namespace {

// Batteries with inflow in one region: the largest answer per device.
v1::DispatchProblem Batteries(int devices, int intervals) {
  v1::DispatchProblem problem;
  problem.mutable_interval()->set_seconds(3600);
  problem.set_interval_count(intervals);
  v1::DispatchRegion& home = *problem.add_regions();
  home.set_region_id("home");
  home.add_import_price_usd_per_kwh(0.2);
  home.add_demand_kw(3);
  home.add_reserve_up_kw(1);
  home.add_reserve_down_kw(1);
  problem.add_profiles()->set_profile_id("river");
  problem.mutable_profiles(0)->add_values(0.3);
  for (int i = 0; i < devices; ++i) {
    v1::DispatchDevice& device = *problem.add_devices();
    device.set_device_id("DEVICE-" + std::string(54, 'X') + std::to_string(100 + i));
    device.mutable_storage()->set_charge_max_kw(1);
    device.mutable_storage()->set_energy_max_kwh(5);
    device.mutable_storage()->mutable_inflow_kw()->set_profile_id("river");
  }
  return problem;
}

TEST(AnswerSize, WhatIsLetPassFitsTheUsualMessage) {
  const v1::DispatchProblem message = Batteries(500, 150);
  ASSERT_EQ(CheckAnswerSize(message, false), absl::OkStatus());
  ASSERT_FALSE(CheckAnswerSize(Batteries(500, 170), false).ok());  // near the limit
  const auto problem = FromProto(message);
  ASSERT_EQ(problem.status(), absl::OkStatus());
  const auto solution = dispatch::GreedySolver().Solve(*problem, {});
  ASSERT_EQ(solution.status(), absl::OkStatus());
  const std::size_t bytes = ToProto(*problem, *solution).ByteSizeLong();
  EXPECT_LT(bytes, std::size_t{4} << 20);
  EXPECT_GT(bytes, std::size_t{2} << 20) << "the limit is far too careful";
}

TEST(AnswerSize, RefusalsSayHowMuchAndCountMultipliersAndProfiles) {
  EXPECT_EQ(CheckAnswerSize(Batteries(50, 1000), false), absl::OkStatus());
  const absl::Status status = CheckAnswerSize(Batteries(50, 1000), true);
  EXPECT_EQ(base::ReasonOf(status), "UNSUPPORTED_SIZE");
  EXPECT_EQ(base::MetadataOf(status).front().second, "414000");  // (50 x 8 + 13 + 1) x 1,000

  v1::DispatchProblem profiles = Batteries(1, 10000);
  for (int i = 0; i < 100; ++i) profiles.add_profiles();
  EXPECT_FALSE(CheckAnswerSize(profiles, false).ok());
}

}  // namespace
}  // namespace derms::wire
