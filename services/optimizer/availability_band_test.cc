#include "services/optimizer/availability_band.h"

#include <gtest/gtest.h>

#include <limits>

#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

constexpr double kHole = std::numeric_limits<double>::quiet_NaN();

// Two intervals a day, so no neighbours: mornings are off by `morning`, afternoons by `afternoon` times 1 to `days`.
std::vector<double> Measured(int days, double morning, double afternoon) {
  std::vector<double> values;
  for (int day = 1; day <= days; ++day) {
    values.push_back(0.5 + morning * day);
    values.push_back(0.5 + afternoon * day);
  }
  return values;
}

TEST(PutBandAround, UsesTheErrorsOfTheSameTimeOfDay) {
  const std::vector<double> past(18, 0.5);
  const auto banded = PutBandAround({0.5, 0.5, 0.5}, past, Measured(9, 0.01, -0.02), 2);
  ASSERT_TRUE(banded.ok()) << banded.status();
  ASSERT_EQ(banded->points.size(), 3u);
  EXPECT_EQ(banded->error_count, 9u);
  EXPECT_NEAR(banded->points[0].p10, 0.51, 1e-9);
  EXPECT_NEAR(banded->points[0].p50, 0.55, 1e-9) << "the median error is corrected";
  EXPECT_NEAR(banded->points[0].p90, 0.59, 1e-9);
  EXPECT_NEAR(banded->points[1].p10, 0.32, 1e-9);
  EXPECT_NEAR(banded->points[1].p50, 0.40, 1e-9);
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
