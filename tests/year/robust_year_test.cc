// Robust reserve on the real year: the errors of the past size it, and days that come out otherwise count how often it
// does not suffice. The forecast of a day is a mix of what came and what came the day before, so that its errors are
// 1 - skill of those of persistence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

#include "libs/dispatch/checker.h"
#include "libs/dispatch/portfolio.h"
#include "libs/dispatch/testing/realised_day.h"
#include "tests/year/demo_year.h"

namespace derms::tests {
namespace {

using dispatch::Series;
using ::testing::IsEmpty;

constexpr double kSkill = 0.8;  // the fleet's headroom covers the errors that such a forecast leaves
constexpr int kHistoryDays = 60;

// How a day is planned.
struct Mode {
  double confidence = 0.95;
  bool robust = true;
  bool backed_by_energy = true;
};

struct Count {
  int intervals = 0;
  int shortfalls = 0;
  double rate() const { return static_cast<double>(shortfalls) / intervals; }
  double deviation(double probability) const { return std::sqrt(probability * (1 - probability) / intervals); }
};

class RobustYearTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto read = DemoYear::Read();
    ASSERT_TRUE(read.ok()) << read.status();
    demo_ = new DemoYear(*std::move(read));
  }
  static void TearDownTestSuite() { delete demo_; }

  struct Plan {
    optimizer::BuiltProblem built;
    dispatch::Solution solution;
  };

  static bool IsUncertain(const domain::SeriesPiece& piece) {
    return piece.series_id == "load_kw" || piece.series_id.starts_with("solar") ||
           piece.series_id.starts_with("wind") || piece.series_id.starts_with("hydro");
  }

  // The day's series as they were forecast; everything else as it came.
  static optimizer::ProblemInput ForecastOf(int day) {
    optimizer::ProblemInput input = demo_->InputOf(day, demo_->fleet());
    for (auto& [id, piece] : input.series) {
      if (!IsUncertain(piece)) continue;
      const auto first = static_cast<std::size_t>(day) * kHoursOfDay;
      for (std::size_t i = first; i < first + kHoursOfDay; ++i) {
        piece.values[i] = kSkill * piece.values[i] + (1 - kSkill) * demo_->series().at(id).values[i - kHoursOfDay];
      }
    }
    return input;
  }

  static Plan PlanOf(int day, const Mode& mode) {
    const optimizer::ProblemInput input = ForecastOf(day);
    Plan plan{*optimizer::BuildProblem(input), {}};
    dispatch::Problem& problem = plan.built.problem;
    if (mode.robust) {
      optimizer::RobustSettings settings;
      settings.confidence = mode.confidence;
      settings.history_days = kHistoryDays;
      settings.forecast_skill = kSkill;
      const auto uncertain = optimizer::UncertainSeriesOf(input.regions, plan.built);
      const auto need = optimizer::SizeRobustReserve(settings, uncertain, input.horizon, demo_->series(), {});
      EXPECT_TRUE(need.ok()) << need.status();
      if (!need.ok()) return plan;
      dispatch::RaiseReserve({need->up_kw, need->down_kw, dispatch::SecureUpPrice(problem),
                              dispatch::SecureDownPrice(problem), mode.backed_by_energy ? 1.0 : 0.0},
                             0, problem);
    }
    auto solution = dispatch::MakePortfolio()->Solve(problem, {.relative_gap = 1e-4});
    EXPECT_TRUE(solution.ok()) << solution.status();
    if (solution.ok()) plan.solution = *std::move(solution);
    return plan;
  }

  // Plan plus error: the errors of persistence of `error_day` times 1 - skill.
  static dispatch::testing::RealisedInterval Realised(const Plan& plan, int error_day, int t) {
    const auto at = static_cast<std::size_t>(t);
    const auto error = [&](const std::string& id) {
      const std::vector<double>& values = demo_->series().at(id).values;
      const std::size_t i = static_cast<std::size_t>(error_day) * kHoursOfDay + at;
      return (1 - kSkill) * (values[i] - values[i - kHoursOfDay]);
    };
    dispatch::testing::RealisedInterval realised;
    realised.demand_kw = plan.built.problem.regions[0].demand_kw[at] + error("load_kw");
    for (std::size_t p = 0; p < plan.built.profile_series.size(); ++p) {
      const std::string& id = plan.built.profile_series[p];
      const double planned = plan.built.problem.profiles[p][at];
      realised.profiles.push_back(id.empty() ? planned : std::max(0.0, planned + error(id)));
    }
    return realised;
  }

  static void Add(const Plan& plan, int error_day, Count& count) {
    for (int t = 0; t < kHoursOfDay; ++t) {
      const auto realised = Realised(plan, error_day, t);
      ++count.intervals;
      count.shortfalls += dispatch::testing::BalanceOf(plan.built.problem, plan.solution, realised, t) !=
                          dispatch::testing::Balance::kKept;
    }
  }

  // Plans of days all over the year, each met by 50 days drawn from the 59 that follow: errors that did not size it.
  static Count DrawDays(const Mode& mode) {
    constexpr int kPlans = 20, kDraws = 50;
    std::mt19937_64 random(2020);
    std::uniform_int_distribution<int> days_after(1, kHistoryDays - 1);
    Count count;
    for (int i = 0; i < kPlans; ++i) {
      const int day = kHistoryDays + i * (demo_->days() - 2 * kHistoryDays) / (kPlans - 1);
      const Plan plan = PlanOf(day, mode);
      for (int draw = 0; draw < kDraws; ++draw) Add(plan, day + days_after(random), count);
    }
    return count;
  }

  // Every day of the year that has a past, met by what really came.
  static Count Backtest(const Mode& mode) {
    Count count;
    for (int day = kHistoryDays; day < demo_->days(); ++day) Add(PlanOf(day, mode), day, count);
    return count;
  }

  static void Print(const char* what, const Mode& mode, const Count& count) {
    std::printf("%s, confidence %.2f%s%s: %d of %d intervals short, %.2f %%\n", what, mode.confidence,
                mode.robust ? "" : ", no reserve", mode.backed_by_energy ? "" : ", not backed by energy",
                count.shortfalls, count.intervals, 100 * count.rate());
  }

  static inline DemoYear* demo_ = nullptr;
};

TEST_F(RobustYearTest, DrawnDaysFallShortNoMoreOftenThanTheConfidenceAllows) {
  for (const double confidence : {0.9, 0.95, 0.99}) {
    const Mode mode{.confidence = confidence};
    const Count count = DrawDays(mode);
    Print("drawn days", mode, count);
    EXPECT_LE(count.rate(), 1 - confidence + 3 * count.deviation(1 - confidence));
  }
}

TEST_F(RobustYearTest, WithoutReserveOrWithoutItsEnergyDrawnDaysFallShortMoreOften) {
  const Count with = DrawDays({});
  for (const Mode& mode : {Mode{.robust = false}, Mode{.backed_by_energy = false}}) {
    const Count count = DrawDays(mode);
    Print("drawn days", mode, count);
    EXPECT_GT(count.rate(), with.rate() + 3 * count.deviation(1 - mode.confidence));
  }
}

TEST_F(RobustYearTest, WhatReallyCameFallsShortNoMoreOftenThanTheConfidenceAllows) {
  const Mode mode;
  const Count count = Backtest(mode), without = Backtest({.robust = false});
  Print("the year", mode, count);
  Print("the year", {.robust = false}, without);
  EXPECT_LE(count.rate(), 1 - mode.confidence + 3 * count.deviation(1 - mode.confidence));
  EXPECT_GT(without.rate(), 2 * (1 - mode.confidence));
  const Mode high{.confidence = 0.99};
  Print("the year", high, Backtest(high));
}

}  // namespace
}  // namespace derms::tests
