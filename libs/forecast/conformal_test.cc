#include "libs/forecast/conformal.h"

#include <gtest/gtest.h>

#include <random>

namespace derms::forecast {
namespace {

std::vector<WeightedError> Equal(const std::vector<double>& errors) {
  std::vector<WeightedError> all;
  for (const double error : errors) all.push_back({error, 1});
  return all;
}

TEST(BandOf, TakesTheRanksThatCoverTheNextError) {
  const ErrorBand band = BandOf(Equal({3, -1, 4, 0, 5, 9, 2, 6, -5}));  // nine: a tenth of ten places on each side
  EXPECT_EQ(band.lower, -5);
  EXPECT_EQ(band.middle, 3);
  EXPECT_EQ(band.upper, 9);
}

TEST(BandOf, TakesTheOutermostWhereThereAreTooFew) {
  const ErrorBand band = BandOf(Equal({2, 1}));
  EXPECT_EQ(band.lower, 1);
  EXPECT_EQ(band.upper, 2);
  EXPECT_EQ(BandOf({}).upper, 0);
}

TEST(BandOf, HeavierErrorsCountForMore) {
  std::vector<WeightedError> errors = Equal({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19});
  EXPECT_EQ(BandOf(errors).upper, 18);
  errors[0].weight = 41;  // of 60: nine tenths are reached with 13 of the others
  EXPECT_EQ(BandOf(errors).upper, 14);
  EXPECT_EQ(BandOf(errors).middle, 1);
}

TEST(BandOf, CoversFourFifthsOfWhatComesWhateverTheShape) {
  std::mt19937 random(1);
  std::exponential_distribution<double> skewed(1);
  int covered = 0;
  constexpr int kTrials = 4000;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<WeightedError> errors;
    for (int i = 0; i < 39; ++i) errors.push_back({skewed(random), 1});
    const ErrorBand band = BandOf(errors);
    const double next = skewed(random);
    covered += next >= band.lower && next <= band.upper ? 1 : 0;
  }
  EXPECT_NEAR(covered / static_cast<double>(kTrials), 0.8, 0.02);
}

}  // namespace
}  // namespace derms::forecast
