#include "libs/gridcode/ride_through.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "libs/gridcode/testing/samples.h"

namespace derms::gridcode {
namespace {

using testing::Ieee1547;
using testing::PlateOf;

Settings DefaultsOf(AbnormalCategory category) {
  return Ieee1547().Defaults(PlateOf(NormalCategory::kB, category));
}

RideThrough Machine(AbnormalCategory category, const Settings& settings) {
  return {Ieee1547(), {NormalCategory::kB, category}, settings};
}

// The mandatory band that holds x, its edges included.
const RideThroughBand& Mandatory(AbnormalCategory category, double v_pu) {
  const auto bands = Ieee1547().VoltageBands(category);
  return *std::find_if(bands.begin(), bands.end(), [v_pu](const RideThroughBand& band) {
    return band.mode == RideThroughMode::kMandatory && v_pu >= band.low && v_pu <= band.high;
  });
}

TEST(RideThroughBands, GoldenMinimumTimes) {
  EXPECT_NEAR(Mandatory(AbnormalCategory::kI, 0.70).LeastSecondsAt(0.70), 0.7, 5e-4);
  EXPECT_NEAR(Mandatory(AbnormalCategory::kI, 0.80).LeastSecondsAt(0.80), 1.1, 5e-4);
  EXPECT_NEAR(Mandatory(AbnormalCategory::kI, 0.88).LeastSecondsAt(0.88), 1.42, 5e-4);
  EXPECT_NEAR(Mandatory(AbnormalCategory::kII, 0.65).LeastSecondsAt(0.65), 3, 5e-4);
  EXPECT_NEAR(Mandatory(AbnormalCategory::kII, 0.80).LeastSecondsAt(0.80), 4.305, 5e-4);
  EXPECT_NEAR(Mandatory(AbnormalCategory::kII, 0.88).LeastSecondsAt(0.88), 5.0, 2e-3);
}

TEST(RideThroughBands, OnAnEdgeTheMilderBandHolds) {
  const auto bands = Ieee1547().VoltageBands(AbnormalCategory::kII);
  EXPECT_EQ(BandAt(bands, 0.88)->mode, RideThroughMode::kContinuous);
  EXPECT_EQ(BandAt(bands, 1.10)->mode, RideThroughMode::kContinuous);
  EXPECT_EQ(BandAt(bands, 0.65)->mode, RideThroughMode::kMandatory);
  EXPECT_EQ(BandAt(bands, 1.175)->least_s, 0.5) << "the third band begins above 1.175";
  EXPECT_EQ(BandAt(bands, 1.18)->least_s, 0.2);
  EXPECT_EQ(BandAt(bands, 1.20)->mode, RideThroughMode::kPermissive);
  EXPECT_EQ(BandAt(bands, 1.21)->mode, RideThroughMode::kCeaseToEnergise);
  const auto frequencies = Ieee1547().FrequencyBands(AbnormalCategory::kII);
  EXPECT_EQ(BandAt(frequencies, 58.8)->mode, RideThroughMode::kContinuous);
  EXPECT_EQ(BandAt(frequencies, 58.6)->mode, RideThroughMode::kMandatory) << "between 58.5 and 58.8 time runs";
  EXPECT_EQ(BandAt(frequencies, 62.5), nullptr);
}

TEST(RideThrough, ADipIsRiddenThroughUntilItsTimeHasPassed) {
  const Settings settings = DefaultsOf(AbnormalCategory::kII);
  RideThrough machine = Machine(AbnormalCategory::kII, settings);
  EXPECT_EQ(machine.Advance(0, 1, 60).operation, Operation::kContinuous);
  GridState state = machine.Advance(1, 0.8, 60);
  EXPECT_EQ(state.operation, Operation::kMandatory);
  EXPECT_TRUE(state.energised);
  EXPECT_FALSE(state.may_trip);
  EXPECT_FALSE(machine.Advance(1 + 4.30, 0.8, 60).may_trip);
  EXPECT_TRUE(machine.Advance(1 + 4.31, 0.8, 60).may_trip) << "4.305 s are owed at 0.8";
  state = machine.Advance(8, 1, 60);
  EXPECT_EQ(state.operation, Operation::kContinuous);
  EXPECT_FALSE(state.may_trip);
  EXPECT_FALSE(machine.Advance(9, 0.8, 60).may_trip) << "a new dip has its whole time";
}

TEST(RideThrough, TimeOutsideRunsOnWhenTheDepthChanges) {
  const Settings settings = DefaultsOf(AbnormalCategory::kII);
  RideThrough machine = Machine(AbnormalCategory::kII, settings);
  machine.Advance(0, 0.8, 60);
  EXPECT_FALSE(machine.Advance(2.9, 0.66, 60).may_trip);
  EXPECT_TRUE(machine.Advance(3.2, 0.66, 60).may_trip) << "3.087 s at 0.66, counted from the beginning of the dip";
  EXPECT_FALSE(machine.Advance(3.3, 0.87, 60).may_trip) << "4.914 s at 0.87";
}

TEST(RideThrough, LowFrequencyAccumulatesBelowTheContinuousRange) {
  const Settings settings = DefaultsOf(AbnormalCategory::kIII);
  RideThrough machine = Machine(AbnormalCategory::kIII, settings);
  machine.Advance(0, 1, 58.6);
  EXPECT_FALSE(machine.Advance(298, 1, 58.7).may_trip);
  const GridState state = machine.Advance(299.5, 1, 58.6);
  EXPECT_TRUE(state.may_trip);
  EXPECT_TRUE(state.energised) << "UF1 is at 58.5: nothing trips";
}

TEST(RideThrough, CategoryThreeCeasesForAMomentAndComesBack) {
  const Settings settings = DefaultsOf(AbnormalCategory::kIII);
  RideThrough machine = Machine(AbnormalCategory::kIII, settings);
  machine.Advance(0, 1, 60);
  GridState state = machine.Advance(1, 0.4, 60);
  EXPECT_EQ(state.operation, Operation::kMomentaryCessation);
  EXPECT_FALSE(state.energised);
  EXPECT_FALSE(state.may_trip);
  EXPECT_TRUE(machine.Advance(2.1, 0.4, 60).may_trip) << "1 s is owed";
  state = machine.Advance(2.5, 0.95, 60);
  EXPECT_FALSE(state.energised) << "output returns within 0.4 s";
  EXPECT_FALSE(machine.Advance(2.8, 0.95, 60).energised);
  state = machine.Advance(2.9, 0.95, 60);
  EXPECT_TRUE(state.energised);
  EXPECT_EQ(state.operation, Operation::kContinuous);
  EXPECT_EQ(state.power_share, 1) << "at once: this was no trip";
}

TEST(RideThrough, HighVoltageOfCategoryThreeToo) {
  const Settings settings = DefaultsOf(AbnormalCategory::kIII);
  RideThrough machine = Machine(AbnormalCategory::kIII, settings);
  machine.Advance(0, 1.15, 60);
  EXPECT_FALSE(machine.Advance(11.9, 1.15, 60).may_trip);
  EXPECT_TRUE(machine.Advance(12.1, 1.15, 60).may_trip);
  const GridState state = machine.Advance(13.5, 1.15, 60);
  EXPECT_EQ(state.tripped_by, "OV1");
  EXPECT_NEAR(*state.tripped_s, 13, 1e-9) << "when, between two samples";
}

TEST(RideThrough, TripsComesBackAfterTheDelayAndRamps) {
  const Settings settings = DefaultsOf(AbnormalCategory::kI);
  RideThrough machine = Machine(AbnormalCategory::kI, settings);
  machine.Advance(0, 1, 60);
  machine.Advance(10, 0.3, 60);
  GridState state = machine.Advance(11, 1, 60);
  EXPECT_EQ(state.tripped_by, "UV2");
  EXPECT_NEAR(*state.tripped_s, 10.16, 1e-9);
  EXPECT_EQ(state.operation, Operation::kWaiting);
  EXPECT_EQ(machine.Advance(310, 1, 60).operation, Operation::kWaiting);
  state = machine.Advance(311 + 75, 1, 60);
  EXPECT_EQ(state.operation, Operation::kEntering);
  EXPECT_NEAR(state.power_share, 0.25, 1e-9);
  EXPECT_EQ(state.tripped_by, "");
  state = machine.Advance(311 + 301, 1, 60);
  EXPECT_EQ(state.operation, Operation::kContinuous);
  EXPECT_EQ(state.power_share, 1);
}

TEST(RideThrough, WithoutPermitItTripsAtOnceAndStaysOff) {
  Settings settings = DefaultsOf(AbnormalCategory::kI);
  settings.enter_service.permit = false;
  RideThrough machine = Machine(AbnormalCategory::kI, settings);
  const GridState state = machine.Advance(0, 1, 60);
  EXPECT_EQ(state.tripped_by, "PERMIT");
  EXPECT_EQ(state.operation, Operation::kTripped);
  EXPECT_FALSE(machine.Advance(1e5, 1, 60).energised);
}

TEST(RideThrough, AFrequencyThatMovesFasterThanTheCategoryMayTripIt) {
  const Settings settings = DefaultsOf(AbnormalCategory::kI);
  RideThrough machine = Machine(AbnormalCategory::kI, settings);
  machine.Advance(0, 1, 60);
  EXPECT_FALSE(machine.Advance(1, 1, 60.4).may_trip);
  EXPECT_TRUE(machine.Advance(2, 1, 61.0).may_trip) << "0.6 Hz/s where 0.5 is ridden through";
}

TEST(RideThrough, StartsOffAndWaitsWhenToldSo) {
  const Settings settings = DefaultsOf(AbnormalCategory::kI);
  RideThrough machine(Ieee1547(), {NormalCategory::kB, AbnormalCategory::kI}, settings, false, 0);
  EXPECT_EQ(machine.Advance(0, 1, 60).operation, Operation::kWaiting);
  EXPECT_EQ(machine.Advance(300, 1, 60).operation, Operation::kEntering);
}

// With the default settings no trip comes before the ride-through time is over, whatever the depth.
TEST(RideThrough, NoDefaultTripsWhatMustBeRiddenThrough) {
  for (const AbnormalCategory category : testing::kAbnormals) {
    const Settings settings = DefaultsOf(category);
    for (double v_pu = 0.005; v_pu < 1.3; v_pu += 0.0101) {
      const RideThroughBand* band = BandAt(Ieee1547().VoltageBands(category), v_pu);
      const bool abnormal = band->mode != RideThroughMode::kContinuous;
      RideThrough machine = Machine(category, settings);
      for (double t_s = 0; t_s < 60; t_s += 0.02) {
        const GridState state = machine.Advance(t_s, v_pu, 60);
        if (state.tripped_by.empty()) continue;
        EXPECT_TRUE(abnormal) << v_pu;
        EXPECT_GE(*state.tripped_s, band->LeastSecondsAt(v_pu) - 1e-9) << v_pu;
        break;
      }
    }
  }
}

}  // namespace
}  // namespace derms::gridcode
