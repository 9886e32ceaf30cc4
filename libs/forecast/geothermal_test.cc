#include "libs/forecast/geothermal.h"

#include <gtest/gtest.h>

namespace derms::forecast {
namespace {

TEST(GeothermalShare, IsTheAvailabilityFactorWhereNothingElseIsKnown) {
  EXPECT_DOUBLE_EQ(GeothermalShare({}, 40), 1);
  EXPECT_DOUBLE_EQ(GeothermalShare({.availability_factor = 0.95}, 40), 0.95);
}

TEST(GeothermalShare, FallsWithWarmAirAndNeverRisesAboveTheFactor) {
  const GeothermalPlant plant{.availability_factor = 0.9, .derating_per_c = 0.01, .design_temperature_c = 15};
  EXPECT_DOUBLE_EQ(GeothermalShare(plant, 15), 0.9);
  EXPECT_DOUBLE_EQ(GeothermalShare(plant, 35), 0.9 * 0.8);
  EXPECT_DOUBLE_EQ(GeothermalShare(plant, -10), 0.9);
  EXPECT_EQ(GeothermalShare(plant, 200), 0);
}

}  // namespace
}  // namespace derms::forecast
