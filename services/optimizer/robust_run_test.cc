#include "services/optimizer/robust_run.h"

#include <gmock/gmock.h>

#include <cmath>

#include "libs/base/error.h"
#include "libs/dispatch/portfolio.h"
#include "libs/dispatch/validate.h"
#include "libs/server/testing/mock_queries.h"
#include "services/optimizer/predicted_availability.h"
#include "services/optimizer/run_report.h"

namespace derms::optimizer {
namespace {

using ::testing::_;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Return;

const absl::Time kStart = absl::FromUnixSeconds(1594800000);
constexpr int kDays = 60;

// A town with a load that wanders by some 5 % from day to day, a dear evening, and a battery.
class RobustRunTest : public ::testing::Test {
 protected:
  RobustRunTest() {
    area_.region_id = "TOWN";
    area_.load_series_id = "load";
    area_.import_price_series_id = "price";
    input_.regions = {&area_};
    input_.horizon = {kStart, absl::Hours(1), 24, kStart};
    input_.now = kStart;
    std::vector<double> load, price;
    for (int t = 0; t < 24; ++t) {
      load.push_back(LoadKw(0, t));
      price.push_back(t >= 18 && t <= 20 ? 0.4 : 0.1);
    }
    input_.series["load"] = {"load", domain::SeriesKind::kLoadKw, kStart, absl::Hours(1), load};
    input_.series["price"] = {"price", domain::SeriesKind::kPriceUsdPerKwh, kStart, absl::Hours(1), price};
    FleetMember battery;
    battery.der.der_id = "BATTERY";
    battery.der.type = domain::DerType::kBattery;
    battery.der.capacity_kw = 100;
    battery.der.region_id = "TOWN";
    battery.der.parameters.energy_capacity_kwh = 200;
    battery.der.parameters.initial_energy_kwh = 100;
    battery.status = domain::DerStatus::kOnline;
    input_.fleet = {battery};
    built_ = *BuildProblem(input_);
  }

  static double LoadKw(int day, int t) { return 400 + 10 * std::sin(2.4 * day + t) + 5 * std::sin(1.1 * day); }

  static domain::SeriesPiece PastLoad() {
    domain::SeriesPiece past{"load", domain::SeriesKind::kLoadKw, kStart - absl::Hours(24 * kDays), absl::Hours(1), {}};
    for (int day = -kDays; day < 0; ++day) {
      for (int t = 0; t < 24; ++t) past.values.push_back(LoadKw(day, t));
    }
    return past;
  }

  domain::Region area_;
  ProblemInput input_;
  BuiltProblem built_;
  ::testing::StrictMock<server::testing::MockQueries> queries_;
  const std::unique_ptr<dispatch::Solver> solver_ = dispatch::MakePortfolio();
};

TEST_F(RobustRunTest, ReadsThePastOfWhatErrsAndRaisesTheReserve) {
  EXPECT_CALL(queries_, LoadSeries(ElementsAre("load"), kStart - absl::Hours(24 * kDays), kStart, _))
      .WillOnce(Return(std::vector{PastLoad()}));
  ASSERT_EQ(AskForRobustReserve({}, input_, queries_, absl::InfiniteFuture(), built_), absl::OkStatus());
  EXPECT_EQ(dispatch::Validate(built_.problem), absl::OkStatus());
  EXPECT_THAT(built_.problem.regions[0].reserve_up_kw, Each(Gt(5)));
  EXPECT_THAT(built_.problem.regions[0].reserve_down_kw, Each(Gt(5)));
  EXPECT_EQ(built_.problem.reserve_hours, 1) << "the default";
  EXPECT_EQ(built_.robust->error_count, kDays - 1);
}

TEST_F(RobustRunTest, TellsWhatSecurityCosts) {
  EXPECT_CALL(queries_, LoadSeries).WillOnce(Return(std::vector{PastLoad()}));
  v1::RobustReserve request;
  request.mutable_sustain()->set_seconds(7200);
  request.set_shortfall_price_usd_per_kwh(10);  // more than any trade of the battery earns
  ASSERT_EQ(AskForRobustReserve(request, input_, queries_, absl::InfiniteFuture(), built_), absl::OkStatus());
  const dispatch::SolveOptions options;
  const auto solution = solver_->Solve(built_.problem, WithoutRobustShare(built_, options));
  ASSERT_TRUE(solution.ok()) << solution.status();
  v1::RobustReport report;
  ReportRobust(built_, *solution, *solver_, options, report);
  EXPECT_EQ(report.confidence(), 0.95);
  EXPECT_EQ(report.sustain().seconds(), 7200);
  EXPECT_GT(report.asked_kwh(), 2 * 24 * 5);
  EXPECT_NEAR(report.short_kwh(), 0, 1e-6);
  EXPECT_GT(report.cost_usd(), 0.1) << "energy kept in the dear evening";
  EXPECT_LE(report.cost_usd(), report.value_usd() + 1e-6);
}

TEST_F(RobustRunTest, TheSecondSolveLeavesTheFirstMostOfTheTime) {
  dispatch::SolveOptions options;
  options.time_limit = absl::Seconds(40);
  EXPECT_EQ(WithoutRobustShare(built_, options).time_limit, absl::Seconds(40));
  built_.robust.emplace();
  EXPECT_EQ(WithoutRobustShare(built_, options).time_limit, absl::Seconds(30));
}

// A turbine beside the battery, that names no series: wind of 8 m/s that wanders from day to day.
class PredictedWindTest : public RobustRunTest {
 protected:
  PredictedWindTest() {
    FleetMember turbine = input_.fleet[0];
    turbine.der.der_id = "TURBINE";
    turbine.der.type = domain::DerType::kWind;
    turbine.der.capacity_kw = 200;
    turbine.der.parameters = {};
    input_.fleet.push_back(turbine);
    input_.series["TOWN.wind_speed_m_per_s"] = Wind(0, 1);
    PredictMissingAvailability(regions_, input_);
    built_ = *BuildProblem(input_);
  }

  static domain::SeriesPiece Wind(int first_day, int end_day) {
    domain::SeriesPiece wind{"TOWN.wind_speed_m_per_s",
                             domain::SeriesKind::kWindSpeedMPerS,
                             kStart + absl::Hours(24 * first_day),
                             absl::Hours(1),
                             {}};
    for (int day = first_day; day < end_day; ++day)
      wind.values.resize(wind.values.size() + 24, 6 + std::sin(1.7 * day));
    return wind;
  }

  // With this of the past.
  dispatch::Series ReserveUpKw(std::vector<domain::SeriesPiece> past) {
    EXPECT_CALL(queries_, LoadSeries(Contains("TOWN.wind_speed_m_per_s"), kStart - absl::Hours(24 * kDays), kStart, _))
        .WillOnce(Return(std::move(past)));
    EXPECT_EQ(AskForRobustReserve({}, input_, queries_, absl::InfiniteFuture(), built_), absl::OkStatus());
    return built_.problem.regions[0].reserve_up_kw;
  }
  std::string Note() const {
    v1::OptimizationRun run;
    ReportProblem(built_, run);
    return run.notes_size() == 1 ? run.notes(0) : "";
  }

  const domain::RegionTree regions_{{area_}};
};

TEST_F(PredictedWindTest, WhatTheWeatherErredIsCovered) {
  const dispatch::Series kw = ReserveUpKw({PastLoad(), Wind(-kDays, 0)});
  EXPECT_THAT(kw, Each(Gt(40))) << "the load alone errs by less than 30";
  EXPECT_TRUE(built_.robust->covers_predictions);
  EXPECT_THAT(Note(), HasSubstr("the robust reserve covers what its weather does"));
}

TEST_F(PredictedWindTest, WithoutAPastOfTheWeatherTheLoadIsCoveredAndTheNoteSaysSo) {
  const dispatch::Series kw = ReserveUpKw({PastLoad(), Wind(-45, 0)});
  EXPECT_THAT(kw, Each(AllOf(Gt(5), Le(30))));
  EXPECT_FALSE(built_.robust->covers_predictions);
  EXPECT_THAT(Note(), HasSubstr("does not cover its errors"));
}

TEST_F(RobustRunTest, MoreOfThePastThanCanBeReadIsRefused) {
  built_.problem.profiles.assign(200, dispatch::Series(24, 1.0));
  for (int i = 0; i < 200; ++i) built_.profile_series.push_back("sun-" + std::to_string(i));
  v1::RobustReserve request;
  request.set_history_days(366);
  const absl::Status status = AskForRobustReserve(request, input_, queries_, absl::InfiniteFuture(), built_);
  EXPECT_EQ(base::ReasonOf(status), "TOO_LARGE");
}

}  // namespace
}  // namespace derms::optimizer
