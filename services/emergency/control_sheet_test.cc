#include "services/emergency/control_sheet.h"

#include <gmock/gmock.h>

#include <limits>

namespace derms::emergency {
namespace {

using ::testing::SizeIs;

constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();
const absl::Time kNoon = absl::FromUnixSeconds(1'790'000'000);

domain::PlannedStates TwoRuns() {
  domain::PlannedStates planned;
  for (int i = 0; i <= 4; ++i) planned.bounds.push_back(kNoon + absl::Hours(i));
  planned.plans = {{"newer", "operator-1", kNoon - absl::Minutes(5), kNoon, kNoon + absl::Hours(2)},
                   {"older", "operator-2", kNoon - absl::Hours(1), kNoon, kNoon + absl::Hours(4)}};
  planned.power_kw = {10, 10, 10, 20, kNothing, 5, 5, kNothing};
  planned.plan_of = {0, 0, 1, 1, 0, 1, 1, 0};
  return planned;
}

TEST(ControlsOfSchedules, AreStretchesOfOnePowerOfOneRun) {
  const auto controls = ControlsOf(TwoRuns(), 0);
  ASSERT_THAT(controls, SizeIs(3));
  EXPECT_EQ(controls[0].source, domain::ControlSource::kSchedule);
  EXPECT_EQ(controls[0].control_id, "newer");
  EXPECT_EQ(controls[0].issued_by, "operator-1");
  EXPECT_EQ(controls[0].issued_at, kNoon - absl::Minutes(5));
  EXPECT_EQ(controls[0].power_kw, 10);
  EXPECT_EQ(controls[0].starts_at, kNoon);
  EXPECT_EQ(controls[0].valid_until, kNoon + absl::Hours(2)) << "two intervals of one power are one control";
  EXPECT_EQ(controls[1].control_id, "older") << "the same power of another run is another control";
  EXPECT_EQ(controls[2].power_kw, 20);
}

TEST(ControlsOfSchedules, SayNothingWhereNothingIsPlanned) {
  const auto controls = ControlsOf(TwoRuns(), 1);
  ASSERT_THAT(controls, SizeIs(1));
  EXPECT_EQ(controls[0].starts_at, kNoon + absl::Hours(1));
  EXPECT_EQ(controls[0].valid_until, kNoon + absl::Hours(3));
  EXPECT_THAT(ControlsOf({}, 0), SizeIs(0));
}

}  // namespace
}  // namespace derms::emergency
