// Draws days that come out other than planned and counts the intervals in which the reserve does not suffice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "libs/dispatch/robust_reserve.h"
#include "libs/dispatch/testing/drawn_days.h"
#include "libs/dispatch/testing/random_problem.h"
#include "libs/dispatch/testing/solved.h"

namespace derms::dispatch {
namespace {

using ::testing::Each;

constexpr int kDays = 1'000;
constexpr int kIntervals = 24;
constexpr testing::DrawnErrors kErrors{.load_deviation = 0.05, .profile_deviation = 0.15};

struct Confidence {
  double confidence;
  double normal_quantile;  // of SideProbability(confidence)
};
constexpr Confidence kUsual{0.95, 1.959963985}, kHigh{0.99, 2.575829304};

// Dear evenings that empty the batteries and dear noons that fill the fuel cell.
Problem Microgrid() {
  Series load, price, sun;
  for (int t = 0; t < kIntervals; ++t) {
    load.push_back(400 + 100 * std::sin((t - 11) * 0.26) + (t >= 17 && t <= 21 ? 100 : 0));
    price.push_back(t >= 17 && t <= 21 ? 0.3 : t >= 7 ? 0.12 : 0.05);
    sun.push_back(std::max(0.0, 150 * std::sin((t - 6) * 0.26)));
  }
  Problem problem = testing::SingleRegion(load, price);
  testing::AddRenewable(problem, "SUN-1", sun);
  testing::AddRenewable(problem, "SUN-2", sun);
  for (const char* id : {"BATTERY-1", "BATTERY-2"}) problem.devices.push_back(testing::Battery(id));
  Device cell;
  cell.id = "CELL";
  cell.kind = Unit{.min_kw = 20, .max_kw = 150, .cost_pieces = {{.up_to_kw = 150, .usd_per_kwh = 0.09}}};
  problem.devices.push_back(cell);
  return problem;
}

ReserveTerms Need(const Problem& problem, const Confidence& confidence) {
  return testing::KnownNeed(problem, kErrors, confidence.normal_quantile, 1.0);
}

// Standard deviation of a rate that is this probability.
double Deviation(double probability) {
  return std::sqrt(probability * (1 - probability) / (kDays * kIntervals));
}

class RobustDaysTest : public ::testing::TestWithParam<Confidence> {
 protected:
  double Allowed() const { return 1 - GetParam().confidence; }
  double RateWith(const ReserveTerms& need) {
    Problem problem = Microgrid();
    RaiseReserve(need, 0, problem);
    const Solution solution = testing::Solved(problem);
    EXPECT_THAT(solution.regions[0].reserve_short_up_kw, Each(testing::Near(0)));
    EXPECT_THAT(solution.regions[0].reserve_short_down_kw, Each(testing::Near(0)));
    return testing::ShortfallRate(problem, solution, kErrors, kDays);
  }
};

TEST_P(RobustDaysTest, ShortfallsAreNotMoreThanTheConfidenceAllows) {
  const double rate = RateWith(Need(Microgrid(), GetParam()));
  RecordProperty("shortfall_rate", std::to_string(rate));
  EXPECT_LE(rate, Allowed() + 3 * Deviation(Allowed()));
  EXPECT_GT(rate, 0) << "the reserve is not larger than it needs to be";
}

TEST_P(RobustDaysTest, WithoutReserveTheyAreManyMore) {
  const Problem problem = Microgrid();
  const double rate = testing::ShortfallRate(problem, testing::Solved(problem), kErrors, kDays);
  RecordProperty("shortfall_rate", std::to_string(rate));
  EXPECT_GT(rate, 3 * Allowed() + 3 * Deviation(Allowed()));
}

TEST_P(RobustDaysTest, ReserveThatEnergyDoesNotBackFallsShort) {
  ReserveTerms need = Need(Microgrid(), GetParam());
  need.hours = 0;
  const double rate = RateWith(need);
  RecordProperty("shortfall_rate", std::to_string(rate));
  EXPECT_GT(rate, Allowed() + 3 * Deviation(Allowed()));
}

INSTANTIATE_TEST_SUITE_P(Confidences, RobustDaysTest, ::testing::Values(kUsual, kHigh),
                         [](const auto& confidence) { return confidence.param.confidence < 0.97 ? "Usual" : "High"; });

TEST(RobustReserve, ItsPriceIsWhatOneKilowattLessSaves) {
  Problem problem = Microgrid();
  const ReserveTerms need = Need(problem, kUsual);
  RaiseReserve(need, 0, problem);
  const Solution solution = testing::Solved(problem);
  const Series& prices = solution.regions[0].reserve_up_price_usd_per_kw;
  ASSERT_EQ(prices.size(), problem.regions[0].reserve_up_kw.size());
  const auto dearest = std::max_element(prices.begin(), prices.end()) - prices.begin();
  ASSERT_GT(prices[static_cast<std::size_t>(dearest)], 0);
  constexpr double kLessKw = 0.01;
  problem.regions[0].reserve_up_kw[static_cast<std::size_t>(dearest)] -= kLessKw;
  const double saved = solution.objective_usd() - testing::Solved(problem).objective_usd();
  EXPECT_NEAR(saved / kLessKw, prices[static_cast<std::size_t>(dearest)], 1e-3);
}

}  // namespace
}  // namespace derms::dispatch
