#include "libs/forecast/conformal.h"

#include <gtest/gtest.h>

#include <random>

namespace derms::forecast {
namespace {

TEST(BandOf, TakesTheRanksThatCoverTheNextError) {
  const ErrorBand band = BandOf({3, -1, 4, 0, 5, 9, 2, 6, -5});  // nine: a tenth of ten places on each side
  EXPECT_EQ(band.lower, -5);
  EXPECT_EQ(band.middle, 3);
  EXPECT_EQ(band.upper, 9);
}

TEST(BandOf, TakesTheOutermostWhereThereAreTooFew) {
  const ErrorBand band = BandOf({2, 1});
  EXPECT_EQ(band.lower, 1);
  EXPECT_EQ(band.middle, 1.5);
  EXPECT_EQ(band.upper, 2);
}

TEST(BandOf, CoversFourFifthsOfWhatComesWhateverTheShape) {
  std::mt19937 random(1);
  std::exponential_distribution<double> skewed(1);
  int covered = 0;
  constexpr int kTrials = 4000;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> errors;
    for (int i = 0; i < 39; ++i) errors.push_back(skewed(random));
    const ErrorBand band = BandOf(errors);
    const double next = skewed(random);
    covered += next >= band.lower && next <= band.upper ? 1 : 0;
  }
  EXPECT_NEAR(covered / static_cast<double>(kTrials), 0.8, 0.02);
}

TEST(ErrorsBySlot, NeighboursHelpAroundMidnightToo) {
  ErrorsBySlot errors(4);
  errors.Add(0, 10);
  errors.Add(1, 20);
  errors.Add(3, 30);
  EXPECT_EQ(errors.Around(0), (std::vector<double>{10, 30, 20}));
  EXPECT_EQ(errors.Around(2), (std::vector<double>{20, 30}));
  EXPECT_EQ(errors.Fewest(), 2u);
  ErrorsBySlot days(1);
  days.Add(0, 1);
  EXPECT_EQ(days.Around(0).size(), 1u) << "a slot is not its own neighbour";
}

}  // namespace
}  // namespace derms::forecast
