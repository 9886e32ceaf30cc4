#include "libs/gridcode/capability.h"

#include <gtest/gtest.h>

#include <cmath>

#include "libs/gridcode/testing/samples.h"

namespace derms::gridcode {
namespace {

using testing::Ieee1547;

constexpr ConfiguredRatings kRatings = {100, 100, 44, 44, 50, 60};

ReactiveRange Required(NormalCategory normal, double p_kw) {
  return RequiredReactive(Ieee1547(), {normal, AbnormalCategory::kI}, kRatings, p_kw);
}

TEST(RequiredReactive, GrowsFromATwentiethToAFifthOfActivePower) {
  EXPECT_EQ(Required(NormalCategory::kB, 4.9).inject_kvar, 0);
  EXPECT_NEAR(Required(NormalCategory::kB, 5).inject_kvar, 11, 1e-9);
  EXPECT_NEAR(Required(NormalCategory::kA, 5).inject_kvar, 11, 1e-9);
  EXPECT_NEAR(Required(NormalCategory::kA, 5).absorb_kvar, 6.25, 1e-9);
  EXPECT_NEAR(Required(NormalCategory::kB, 10).absorb_kvar, 22, 1e-9);
  EXPECT_NEAR(Required(NormalCategory::kA, 20).absorb_kvar, 25, 1e-9);
  EXPECT_NEAR(Required(NormalCategory::kB, 100).inject_kvar, 44, 1e-9);
  EXPECT_NEAR(Required(NormalCategory::kB, -50).inject_kvar, 0.44 * 60, 1e-9) << "of the apparent power of charging";
}

TEST(Capability, InsideTheCircleNothingGivesWay) {
  const Power power = WithinCapability({80, 40}, kRatings, Priority::kReactive, {});
  EXPECT_EQ(power.p_kw, 80);
  EXPECT_EQ(power.q_kvar, 40);
}

TEST(Capability, ReactiveFirstLowersActive) {
  const Power power = WithinCapability({100, -44}, kRatings, Priority::kReactive, {44, 44});
  EXPECT_EQ(power.q_kvar, -44);
  EXPECT_NEAR(power.p_kw, std::sqrt(1 - 0.44 * 0.44) * 100, 1e-9);
}

TEST(Capability, ActiveFirstKeepsTheReactivePowerThatIsRequired) {
  const Power free = WithinCapability({99, 40}, kRatings, Priority::kActive, {0, 0});
  EXPECT_EQ(free.p_kw, 99);
  EXPECT_NEAR(free.q_kvar, std::sqrt(100 * 100 - 99 * 99), 1e-9);
  const Power required = WithinCapability({99, 44}, kRatings, Priority::kActive, {30, 30});
  EXPECT_NEAR(required.q_kvar, 30, 1e-9);
  EXPECT_NEAR(required.p_kw, std::sqrt(1e4 - 900), 1e-9);
}

TEST(Capability, PowerFactorFirstKeepsTheRatio) {
  const double ratio = std::tan(std::acos(0.95));
  const Power circle = WithinCapability({100, 100 * ratio}, kRatings, Priority::kPowerFactor, {});
  EXPECT_NEAR(circle.p_kw, 95, 1e-9);
  EXPECT_NEAR(circle.q_kvar / circle.p_kw, ratio, 1e-9);
  const Power clamped = WithinCapability({60, 60}, kRatings, Priority::kPowerFactor, {});
  EXPECT_NEAR(clamped.q_kvar, 44, 1e-9);
  EXPECT_NEAR(clamped.p_kw, 44, 1e-9);
}

TEST(Capability, ChargingHasRatingsOfItsOwn) {
  const Power power = WithinCapability({-80, 44}, kRatings, Priority::kReactive, {});
  EXPECT_EQ(power.q_kvar, 44);
  EXPECT_NEAR(power.p_kw, -std::sqrt(3600 - 44 * 44), 1e-9);
}

// Whatever is wanted: never outside the ratings, never more than wanted, never another direction.
TEST(Capability, NeverLeavesTheRatings) {
  for (const Priority priority : {Priority::kReactive, Priority::kActive, Priority::kPowerFactor}) {
    for (double p = -120; p <= 120; p += 7.5) {
      for (double q = -90; q <= 90; q += 7.5) {
        const Power power = WithinCapability({p, q}, kRatings, priority, {44, 44});
        EXPECT_LE(std::hypot(power.p_kw, power.q_kvar), (p < 0 ? 60 : 100) + 1e-9) << p << " " << q;
        EXPECT_LE(std::abs(power.q_kvar), 44 + 1e-9);
        EXPECT_LE(std::abs(power.p_kw), std::abs(p) + 1e-9);
        EXPECT_GE(power.p_kw * p, -1e-9);
        EXPECT_GE(power.q_kvar * q, -1e-9);
      }
    }
  }
}

}  // namespace
}  // namespace derms::gridcode
