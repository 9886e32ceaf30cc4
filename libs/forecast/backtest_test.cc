#include "libs/forecast/backtest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "libs/base/error.h"

namespace derms::forecast {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1577836800);

TEST(PinballLoss, IsTheQuantilesPriceOfBeingWrong) {
  EXPECT_DOUBLE_EQ(PinballLoss(10, 8, 0.9), 1.8);
  EXPECT_DOUBLE_EQ(PinballLoss(8, 10, 0.9), 0.2);
  EXPECT_DOUBLE_EQ(PinballLoss(10, 8, 0.5), 1);
}

TEST(ScoreKeeper, AveragesWhatItSaw) {
  ScoreKeeper keeper;
  EXPECT_EQ(keeper.score().mean_absolute_error, 0) << "nothing was seen yet";
  keeper.Add(10, {8, 9, 12});
  keeper.Add(20, {15, 17, 18});
  const Score score = keeper.score();
  EXPECT_DOUBLE_EQ(score.mean_absolute_error, 2);
  EXPECT_DOUBLE_EQ(score.root_mean_square_error, std::sqrt(5));
  EXPECT_DOUBLE_EQ(score.coverage, 0.5);
  EXPECT_DOUBLE_EQ(score.mean_width, 3.5);
  // (0.2 + 0.5 + 0.2) / 3 and (0.5 + 1.5 + 1.8) / 3
  EXPECT_NEAR(score.pinball_loss, (0.9 + 3.8) / 6, 1e-12);
}

TEST(ScoreKeeper, WhatWasCertainAndCameTrueIsNoMeritOfABand) {
  ScoreKeeper keeper;
  keeper.Add(0, {0, 0, 0});
  EXPECT_EQ(keeper.score().coverage, 1);
  keeper.Add(0.5, {0.1, 0.2, 0.3});
  EXPECT_EQ(keeper.score().coverage, 0);
  keeper.Add(0.1, {0, 0, 0});
  EXPECT_EQ(keeper.score().coverage, 0) << "certain and wrong counts";
}

TEST(RunBacktest, AWorldWithoutChangeIsForecastWithoutError) {
  domain::SeriesPiece piece{"flat", domain::SeriesKind::kLoadKw, kStart, absl::Hours(1), {}};
  for (int i = 0; i < 80 * 24; ++i) piece.values.push_back(100 + i % 24);
  const auto found = RunBacktest(piece, std::nullopt, {kStart + absl::Hours(24 * 60), 20, 60});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->value_count, 20u * 24);
  EXPECT_NEAR(found->forecast.mean_absolute_error, 0, 1e-6);
  EXPECT_EQ(found->persistence.mean_absolute_error, 0);
  EXPECT_EQ(found->persistence.coverage, 1);
}

TEST(RunBacktest, PersistenceIsTheDayBefore) {
  domain::SeriesPiece piece{"rise", domain::SeriesKind::kLoadKw, kStart, absl::Hours(1), {}};
  for (int i = 0; i < 80 * 24; ++i) piece.values.push_back(100 + i / 24);
  const auto found = RunBacktest(piece, std::nullopt, {kStart + absl::Hours(24 * 60), 20, 60});
  ASSERT_TRUE(found.ok());
  EXPECT_DOUBLE_EQ(found->persistence.mean_absolute_error, 1);
  EXPECT_GT(found->skill(), 0.9) << "a steady rise is learned";
}

TEST(RunBacktest, WhatComesLaterChangesNothingBefore) {
  std::mt19937 random(2);
  std::normal_distribution<double> noise(100, 10);
  domain::SeriesPiece piece{"s", domain::SeriesKind::kLoadKw, kStart, absl::Hours(1), {}};
  for (int i = 0; i < 80 * 24; ++i) piece.values.push_back(noise(random));
  const BacktestQuestion first_week{kStart + absl::Hours(24 * 60), 7, 60};
  const auto before = RunBacktest(piece, std::nullopt, first_week);
  for (int i = 67 * 24; i < 80 * 24; ++i) piece.values[static_cast<std::size_t>(i)] = 1e6;
  const auto after = RunBacktest(piece, std::nullopt, first_week);
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_EQ(before->forecast.mean_absolute_error, after->forecast.mean_absolute_error);
}

TEST(RunBacktest, RefusesDaysWithoutValues) {
  domain::SeriesPiece piece{"s", domain::SeriesKind::kLoadKw, kStart, absl::Hours(1), {}};
  for (int i = 0; i < 60 * 24; ++i) piece.values.push_back(i % 24);
  const auto found = RunBacktest(piece, std::nullopt, {kStart + absl::Hours(24 * 60), 7, 60});
  EXPECT_EQ(base::ReasonOf(found.status()), "HISTORY_TOO_SHORT");
}

}  // namespace
}  // namespace derms::forecast
