// Whose turn it is to be solved again.
#include "libs/dispatch/fleet/turn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace derms::dispatch::fleet {
namespace {

using ::testing::Each;
using ::testing::IsTrue;

constexpr double kGoldenRatio = 0.6180339887498949;

std::vector<double> SizesOf(std::uint32_t seed, std::size_t count) {
  std::mt19937 random(seed);
  std::lognormal_distribution<double> size(3.0, 1.5);
  std::vector<double> sizes;
  for (std::size_t i = 0; i < count; ++i) sizes.push_back(size(random));
  std::sort(sizes.begin(), sizes.end());  // alike beside alike, as devices stand
  return sizes;
}

TEST(SampleBySize, TakesTheShareThatWasAskedFor) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    const std::vector<double> sizes = SizesOf(seed, 50 + seed * 7);
    for (const double share : {0.02, 0.15, 0.5, 0.9}) {
      const auto sampled = SampleBySize(sizes, share, std::fmod(seed * kGoldenRatio, 1.0));
      const auto count = static_cast<double>(std::count(sampled.begin(), sampled.end(), true));
      EXPECT_NEAR(count, share * static_cast<double>(sizes.size()), 1.0) << seed << ' ' << share;
    }
  }
}

TEST(SampleBySize, TakesAllOrNothingAtTheEnds) {
  const std::vector<double> sizes = SizesOf(1, 100);
  EXPECT_THAT(SampleBySize(sizes, 1.0, 0.3), Each(IsTrue()));
  const auto none = SampleBySize(sizes, 0.0, 0.3);
  EXPECT_EQ(none.size(), sizes.size());
  EXPECT_EQ(std::count(none.begin(), none.end(), true), 0);
  EXPECT_TRUE(SampleBySize({}, 0.5, 0.0).empty());
}

TEST(SampleBySize, TakesLargeOnesAlwaysAndTheOthersAsOftenAsTheyAreLarge) {
  std::vector<double> sizes(200, 1.0);
  sizes[0] = 500.0;  // more than a sample stands for
  for (std::size_t i = 100; i < 200; ++i) sizes[i] = 3.0;
  constexpr int kRounds = 2000;
  std::vector<int> times(sizes.size(), 0);
  for (int round = 0; round < kRounds; ++round) {
    const auto sampled = SampleBySize(sizes, 0.1, std::fmod(round * kGoldenRatio, 1.0));
    for (std::size_t i = 0; i < sizes.size(); ++i) times[i] += sampled[i] ? 1 : 0;
  }
  EXPECT_EQ(times[0], kRounds);
  // 20 are sampled; 19 of them among 99 of size 1 and 100 of size 3.
  const double of_one = 19.0 / (99.0 + 300.0);
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(times[i]) / kRounds, sizes[i] * of_one, 0.02) << i;
  }
}

// The place where sampling begins moves on by the golden ratio, so that nobody waits long.
TEST(SampleBySize, EverybodyHasHisTurnSoon) {
  const std::vector<double> sizes(100, 1.0);
  std::vector<bool> had(sizes.size(), false);
  for (int round = 0; round < 15; ++round) {
    const auto sampled = SampleBySize(sizes, 0.2, std::fmod(round * kGoldenRatio, 1.0));
    for (std::size_t i = 0; i < sizes.size(); ++i) had[i] = had[i] || sampled[i];
  }
  EXPECT_THAT(had, Each(IsTrue()));
}

}  // namespace
}  // namespace derms::dispatch::fleet
