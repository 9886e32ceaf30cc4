#include "libs/forecast/robust_ridge.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace derms::forecast {
namespace {

// targets = 2 + 3 a - b, with an unrelated third feature; every `spike_every`-th is off by 1,000.
Samples Line(int count, int spike_every) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  Samples samples;
  samples.width = 3;
  for (int i = 0; i < count; ++i) {
    const std::array<double, 3> row = {normal(random), normal(random), normal(random)};
    const double spike = spike_every > 0 && i % spike_every == 0 ? 1000 : 0;
    samples.Add(row, 2 + 3 * row[0] - row[1] + 0.1 * normal(random) + spike);
  }
  return samples;
}

double At(const LinearModel& model, double a, double b) {
  return model.Predict(std::array<double, 3>{a, b, 0});
}

TEST(RobustRidge, FindsTheLine) {
  const LinearModel model = FitRobustRidge(Line(500, 0), 1e-6);
  EXPECT_NEAR(At(model, 0, 0), 2, 0.05);
  EXPECT_NEAR(At(model, 1, 0), 5, 0.05);
  EXPECT_NEAR(At(model, 0, 1), 1, 0.05);
}

TEST(RobustRidge, IsNotLedAstrayBySpikes) {  // least squares would be off by 1000 / 25
  const LinearModel model = FitRobustRidge(Line(500, 25), 1e-6);
  EXPECT_NEAR(At(model, 0, 0), 2, 0.5);
  EXPECT_NEAR(At(model, 1, 0), 5, 0.5);
}

TEST(RobustRidge, MorePenaltyMeansLessEffect) {
  const Samples samples = Line(500, 0);
  double last = 10;
  for (const double ridge : {1e-6, 0.05, 0.5, 5.0, 500.0}) {
    const LinearModel model = FitRobustRidge(samples, ridge);
    EXPECT_LT(model.weights()[0], last);
    EXPECT_GT(model.weights()[0], 0);
    last = model.weights()[0];
  }
  EXPECT_LT(last, 0.02) << "in the end nothing moves the prediction";
}

TEST(RobustRidge, AFeatureThatNeverVariesCountsForNothing) {
  Samples samples;
  samples.width = 2;
  for (int i = 0; i < 20; ++i) samples.Add(std::array<double, 2>{static_cast<double>(i), 4}, i);
  const LinearModel model = FitRobustRidge(samples, 1e-6);
  EXPECT_EQ(model.weights()[1], 0);
  EXPECT_NEAR(model.Predict(std::array<double, 2>{10, 4}), 10, 0.01);
  EXPECT_DOUBLE_EQ(model.Predict(std::array<double, 2>{10, 9}), model.Predict(std::array<double, 2>{10, 4}));
}

TEST(RobustRidge, WithoutSamplesPredictsNothing) {
  EXPECT_EQ(FitRobustRidge({}, 0.05).Predict({}), 0);
}

}  // namespace
}  // namespace derms::forecast
