// Specification of what is left of a hydro plant's energy for a day.
#include "services/optimizer/water_budget.h"

#include <gmock/gmock.h>

#include <limits>

namespace derms::optimizer {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
const absl::Time kMidnight = absl::FromUnixSeconds(1'599'955'200);
const DailyWater kWater{.kwh_per_day = 240};

absl::Time At(double hour) {
  return kMidnight + absl::Seconds(3600 * hour);
}

Horizon HoursFrom(double hour, int count) {
  return {At(hour), absl::Hours(1), count, At(hour)};
}

// Slots of three hours from midnight on.
domain::PlannedStates Slots(std::vector<float> power_kw) {
  domain::PlannedStates planned;
  for (std::size_t i = 0; i <= power_kw.size(); ++i) planned.bounds.push_back(At(3.0 * static_cast<double>(i)));
  planned.power_kw = std::move(power_kw);
  return planned;
}

auto Budget(int first, int end, double energy_kwh) {
  using ::testing::Field;
  return ::testing::AllOf(
      Field(&dispatch::PeriodBudget::intervals,
            ::testing::AllOf(Field(&dispatch::IntervalRange::first, first), Field(&dispatch::IntervalRange::end, end))),
      Field(&dispatch::PeriodBudget::energy_kwh, DoubleNear(energy_kwh, 1e-9)));
}

TEST(Spent, IsWhatWasPlannedAndAnEvenShareOfWhatWasNot) {
  const domain::PlannedStates planned = Slots({10, 20, kNone});
  const Evidence evidence{.planned = &planned};
  EXPECT_DOUBLE_EQ(SpentKwh(evidence, At(0), At(6), 240), 90);
  EXPECT_DOUBLE_EQ(SpentKwh(evidence, At(0), At(5), 240), 70) << "part of a slot";
  EXPECT_DOUBLE_EQ(SpentKwh(evidence, At(0), At(9), 240), 90 + 30) << "three hours that nobody planned";
  EXPECT_DOUBLE_EQ(SpentKwh(evidence, At(0), At(12), 240), 90 + 60) << "beyond the slots likewise";
  EXPECT_DOUBLE_EQ(SpentKwh({}, At(0), At(12), 240), 120);
  EXPECT_DOUBLE_EQ(SpentKwh(evidence, At(0), At(0), 240), 0);
}

TEST(Spent, IsOfThePlantsOwnRow) {
  domain::PlannedStates planned = Slots({10, 20});
  planned.power_kw.insert(planned.power_kw.end(), {1, 2});
  EXPECT_DOUBLE_EQ(SpentKwh({.planned = &planned, .planned_row = 1}, At(0), At(6), 240), 9);
}

TEST(LiveWater, OfAHorizonOfTheWholeDayIsThatOfTheDay) {
  EXPECT_THAT(LiveWaterBudgets(kWater, HoursFrom(0, 24), {}), ElementsAre(Budget(0, 24, 240)));
}

TEST(LiveWater, OfTheFirstDayIsWhatIsLeftAndOfTheLastAnEvenShare) {
  const domain::PlannedStates planned = Slots({10, 20});
  EXPECT_THAT(LiveWaterBudgets(kWater, HoursFrom(6, 24), {.planned = &planned}),
              ElementsAre(Budget(0, 18, 240 - 90), Budget(18, 24, 60)));
}

TEST(LiveWater, OfWholeDaysBetweenIsTheirs) {
  EXPECT_THAT(LiveWaterBudgets(kWater, HoursFrom(0, 60), {}),
              ElementsAre(Budget(0, 24, 240), Budget(24, 48, 240), Budget(48, 60, 120)));
}

TEST(LiveWater, OfAHorizonThatEndsInItsFirstDayIsAShareOfWhatIsLeft) {
  const domain::PlannedStates planned = Slots({10, 20});
  EXPECT_THAT(LiveWaterBudgets(kWater, HoursFrom(6, 9), {.planned = &planned}), ElementsAre(Budget(0, 9, 75)));
}

// Run after run the same water: what an earlier plan gives away is missing in the next one.
TEST(LiveWater, OverTheDayAddsUpToTheDays) {
  const DailyWater water{.kwh_per_day = 100};
  std::vector<float> used;
  double given_kwh = 0;
  for (int slot = 0; slot < 8; ++slot) {
    const domain::PlannedStates planned = Slots(used);
    const auto budgets = LiveWaterBudgets(water, HoursFrom(3.0 * slot, 24), {.planned = &planned});
    EXPECT_NEAR(budgets[0].energy_kwh, 100 - given_kwh, 1e-4);
    used.push_back(static_cast<float>(0.5 * budgets[0].energy_kwh / 3.0));  // half of what is left in each three hours
    given_kwh += 3.0 * static_cast<double>(used.back());
  }
  EXPECT_LT(given_kwh, 100);
  EXPECT_GT(given_kwh, 99);
}

TEST(LiveWater, ADayThatGaveTooMuchHasItsMinimumLeft) {
  const domain::PlannedStates planned = Slots({60, 60});
  EXPECT_THAT(LiveWaterBudgets(kWater, HoursFrom(6, 18), {.planned = &planned}), ElementsAre(Budget(0, 18, 0)));
  const DailyWater with_minimum{.kwh_per_day = 240, .min_kw = 2};
  EXPECT_THAT(LiveWaterBudgets(with_minimum, HoursFrom(6, 18), {.planned = &planned}), ElementsAre(Budget(0, 18, 36)));
}

TEST(LiveWater, AMinimumBeyondTheDaysEnergyIsNoExcuse) {
  const DailyWater too_little{.kwh_per_day = 240, .min_kw = 20};
  EXPECT_THAT(LiveWaterBudgets(too_little, HoursFrom(0, 24), {}), ElementsAre(Budget(0, 24, 240)));
}

TEST(LiveWater, AnIntervalBelongsToTheDayItBeginsIn) {
  const Horizon horizon{At(22.5), absl::Hours(1), 3, At(22.5)};
  EXPECT_THAT(LiveWaterBudgets(kWater, horizon, {}), ElementsAre(Budget(0, 2, 15), Budget(2, 3, 240 * 1.5 / 24)));
}

TEST(StudyWater, CountsDaysFromItsStart) {
  EXPECT_THAT(StudyWaterBudgets(kWater, HoursFrom(8, 24)), ElementsAre(Budget(0, 24, 240)));
  EXPECT_THAT(StudyWaterBudgets(kWater, HoursFrom(8, 12)), ElementsAre(Budget(0, 12, 120)));
  EXPECT_THAT(StudyWaterBudgets(kWater, HoursFrom(8, 54)),
              ElementsAre(Budget(0, 24, 240), Budget(24, 48, 240), Budget(48, 54, 60)));
}

}  // namespace
}  // namespace derms::optimizer
