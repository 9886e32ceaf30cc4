#include "services/optimizer/availability_band.h"

#include <gtest/gtest.h>

#include <limits>

#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

constexpr double kHole = std::numeric_limits<double>::quiet_NaN();

// Two intervals a day, so no neighbours: mornings are off by `morning`, afternoons by `afternoon`, times 1 to `days`,
// the newest day once.
std::vector<double> Measured(int days, double morning, double afternoon) {
  std::vector<double> values;
  for (int day = days; day >= 1; --day) {
    values.push_back(0.5 + morning * day);
    values.push_back(0.5 + afternoon * day);
  }
  return values;
}

// Hours of days that are off by -1, -1/2, 0, 1/2, 1 times `error` in turn.
void AddHours(int days, double error, std::vector<double>& measured) {
  for (int i = 0; i < days * 24; ++i) measured.push_back(0.5 + error * (i / 24 % 5 - 2) / 2);
}

TEST(PutBandAround, UsesTheErrorsOfTheSameTimeOfDay) {
  const std::vector<double> past(18, 0.5);
  const auto banded = PutBandAround({0.5, 0.5, 0.5}, past, Measured(9, 0.01, -0.02), 2);
  ASSERT_TRUE(banded.ok()) << banded.status();
  ASSERT_EQ(banded->points.size(), 3u);
  EXPECT_EQ(banded->error_count, 9u);
  EXPECT_NEAR(banded->points[0].p50, 0.55, 1e-9) << "the median error is corrected";
  EXPECT_LT(banded->points[0].p10, 0.55);
  EXPECT_GT(banded->points[0].p90, 0.55);
  EXPECT_NEAR(banded->points[1].p50, 0.41, 0.011) << "newer errors weigh a little more";
  EXPECT_GT(banded->points[1].p90 - banded->points[1].p10, 1.8 * (banded->points[0].p90 - banded->points[0].p10));
  EXPECT_EQ(banded->points[2].p50, banded->points[0].p50) << "the next morning";
}

TEST(PutBandAround, ThePastNeedNotBeWholeDays) {
  const std::vector<double> past(19, 0.5);
  std::vector<double> measured = Measured(9, 0.01, -0.02);
  measured.insert(measured.begin(), 0.5);  // an afternoon more, without error
  const auto banded = PutBandAround({0.5}, past, measured, 2);
  ASSERT_TRUE(banded.ok());
  EXPECT_NEAR(banded->points[0].p50, 0.55, 1e-9);
}

// Five of 65 days erred ten times as much: fewer than the tenths at either end, so they move no bound by their number.
TEST(PutBandAround, FollowsAChangeInTheSizeOfErrors) {
  std::vector<double> calm, stormy;
  AddHours(65, 0.02, calm);
  AddHours(60, 0.02, stormy);
  AddHours(5, 0.2, stormy);
  const std::vector<double> past(65 * 24, 0.5), shares(24 * 4, 0.5);
  const auto usual = PutBandAround(shares, past, calm, 24), wider = PutBandAround(shares, past, stormy, 24);
  ASSERT_TRUE(usual.ok() && wider.ok());
  for (const std::size_t hour : {0, 12, 24 * 3 + 12}) {
    EXPECT_NEAR(usual->points[hour].p90 - usual->points[hour].p10, 0.04, 0.005);
    EXPECT_GT(wider->points[hour].p90 - wider->points[hour].p10, 0.12) << hour;
  }
  AddHours(20, 0.02, stormy);
  const auto calmed = PutBandAround(shares, std::vector<double>(85 * 24, 0.5), stormy, 24);
  EXPECT_LT(calmed->points[12].p90 - calmed->points[12].p10, 0.06) << "and back";
}

TEST(PutBandAround, TheNightIsCertainAndNothingIsCorrectedThere) {
  std::vector<double> past, measured;
  for (int i = 0; i < 60 * 24; ++i) {
    const bool day = i % 24 >= 6 && i % 24 < 18;
    past.push_back(day ? 0.5 : 0);
    measured.push_back(day ? 0.6 + 0.01 * (i / 24 % 5) : 0);
  }
  const std::vector<double> shares(past.end() - 24, past.end());
  const auto banded = PutBandAround(shares, past, measured, 24);
  ASSERT_TRUE(banded.ok());
  EXPECT_EQ(banded->points[5].p50, 0);
  EXPECT_EQ(banded->points[5].p90, 0);
  EXPECT_NEAR(banded->points[6].p50, 0.62, 0.011);
  EXPECT_GT(banded->points[6].p90, banded->points[6].p10 + 0.02);
}

TEST(PutBandAround, StaysAShare) {
  const std::vector<double> past(18, 0.5);
  const auto banded = PutBandAround({0.95, 0.02}, past, Measured(9, 0.02, -0.02), 2);
  ASSERT_TRUE(banded.ok());
  EXPECT_EQ(banded->points[0].p90, 1);
  EXPECT_EQ(banded->points[1].p10, 0);
}

TEST(PutBandAround, HolesAreNoErrorsAndTooFewAreRefused) {
  std::vector<double> past(18, 0.5), measured = Measured(9, 0.01, -0.02);
  measured[4] = kHole;
  EXPECT_EQ(base::ReasonOf(PutBandAround({0.5}, past, measured, 2).status()), "HISTORY_TOO_SHORT");
  past[4] = measured[4] = 0.5;
  EXPECT_TRUE(PutBandAround({0.5}, past, measured, 2).ok());
  past[4] = kHole;
  EXPECT_EQ(base::ReasonOf(PutBandAround({0.5}, past, measured, 2).status()), "HISTORY_TOO_SHORT");
}

}  // namespace
}  // namespace derms::optimizer
