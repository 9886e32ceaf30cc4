#include "libs/gridcode/trip.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "libs/gridcode/testing/samples.h"

namespace derms::gridcode {
namespace {

TripSettings Defaults(AbnormalCategory category) {
  return testing::Ieee1547().Defaults(testing::PlateOf(NormalCategory::kB, category)).trip;
}

TEST(Trip, EveryFunctionTripsAfterItsClearingTimeAndNotBefore) {
  struct Row {
    std::string_view name;
    double v_pu, f_hz;
  };
  const TripSettings settings = Defaults(AbnormalCategory::kII);
  for (const Row row : {Row{"OV2", 1.21, 60},
                        {"OV1", 1.11, 60},
                        {"UV1", 0.69, 60},
                        {"UV2", 0.44, 60},
                        {"OF2", 1, 62.1},
                        {"OF1", 1, 61.3},
                        {"UF1", 1, 58.4},
                        {"UF2", 1, 56.4}}) {
    const TripFunction& function = *std::find_if(kTripFunctions.begin(), kTripFunctions.end(),
                                                 [&](const TripFunction& f) { return f.name == row.name; });
    const double clearing_s = settings.*function.clearing_s;
    TripTimers timers(settings);
    EXPECT_EQ(timers.Advance(clearing_s * 0.99, row.v_pu, row.f_hz).function, "") << row.name;
    const TripTimers::Trip trip = timers.Advance(clearing_s * 0.02, row.v_pu, row.f_hz);
    EXPECT_EQ(trip.function, row.name);
    EXPECT_NEAR(trip.left_s, clearing_s * 0.01, 1e-9);
  }
}

TEST(Trip, AtTheThresholdNothingTrips) {
  TripTimers timers(Defaults(AbnormalCategory::kIII));
  EXPECT_EQ(timers.Advance(1e6, 1.10, 61.2).function, "");
  EXPECT_EQ(timers.Advance(1e6, 0.88, 58.5).function, "");
}

TEST(Trip, ARecoveryStartsTheTimerAgain) {
  TripTimers timers(Defaults(AbnormalCategory::kI));
  EXPECT_EQ(timers.Advance(1.9, 0.6, 60).function, "");
  EXPECT_EQ(timers.Advance(0.1, 0.9, 60).function, "");
  EXPECT_EQ(timers.Advance(1.9, 0.6, 60).function, "");
  EXPECT_EQ(timers.Advance(0.1, 0.6, 60).function, "UV1");
}

TEST(Trip, OfSeveralTheFirstIsNamed) {
  TripTimers timers(Defaults(AbnormalCategory::kI));
  const TripTimers::Trip trip = timers.Advance(10, 0.2, 60);
  EXPECT_EQ(trip.function, "UV2") << "after 0.16 s, UV1 only after 2 s";
  EXPECT_NEAR(trip.left_s, 9.84, 1e-9);
}

}  // namespace
}  // namespace derms::gridcode
