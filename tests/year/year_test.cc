// A year of the demo fleet, day by day: each day is solved from where the day before ended, and judged by the checker,
// and so is the year that the days make together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <optional>

#include "libs/dispatch/checker.h"
#include "libs/dispatch/portfolio.h"
#include "tests/year/demo_year.h"

namespace derms::tests {
namespace {

using dispatch::Solution;
using ::testing::IsEmpty;

constexpr double kGapTolerance = 1e-4;       // the service's default
constexpr double kPeakChargeUsdPerKw = 2.0;  // one billing period: the year
constexpr double kRounding = 1e-6;           // relative

struct Year {
  Solution joined;  // the days behind each other
  double sum_of_days_usd = 0;
  double peak_so_far_kw = 0;
  double largest_gap = 0;
};

void Append(const dispatch::Series& day, dispatch::Series& year) {
  year.insert(year.end(), day.begin(), day.end());
}

void Append(const Solution& day, Solution& year) {
  year.devices.resize(day.devices.size());
  year.regions.resize(day.regions.size());
  for (std::size_t d = 0; d < day.devices.size(); ++d) {
    const dispatch::DeviceSchedule& from = day.devices[d];
    dispatch::DeviceSchedule& to = year.devices[d];
    Append(from.power_kw, to.power_kw);
    Append(from.charge_kw, to.charge_kw);
    Append(from.discharge_kw, to.discharge_kw);
    Append(from.state_of_charge_kwh, to.state_of_charge_kwh);
    Append(from.curtailed_kw, to.curtailed_kw);
    to.on.insert(to.on.end(), from.on.begin(), from.on.end());
  }
  for (std::size_t r = 0; r < day.regions.size(); ++r) {
    Append(day.regions[r].net_import_kw, year.regions[r].net_import_kw);
    Append(day.regions[r].shed_kw, year.regions[r].shed_kw);
    Append(day.regions[r].over_kw, year.regions[r].over_kw);
  }
}

void AddCost(const dispatch::CostBreakdown& day, dispatch::CostBreakdown& year) {
  using Cost = dispatch::CostBreakdown;
  for (double Cost::*part : {&Cost::import_usd, &Cost::export_usd, &Cost::generation_usd, &Cost::start_usd,
                             &Cost::wear_usd, &Cost::carbon_usd, &Cost::lost_load_usd, &Cost::over_generation_usd,
                             &Cost::peak_usd, &Cost::flattening_usd, &Cost::curtailment_usd, &Cost::reserve_usd}) {
    year.*part += day.*part;
  }
}

// Where each device stands when the problem begins is where it stood when the schedule before ended.
void ExpectContinuity(const dispatch::Problem& problem, const Solution& before) {
  for (std::size_t d = 0; d < problem.devices.size(); ++d) {
    const std::string& id = problem.devices[d].id;
    if (const auto* storage = std::get_if<dispatch::Storage>(&problem.devices[d].kind)) {
      EXPECT_NEAR(storage->initial_energy_kwh, before.devices[d].state_of_charge_kwh.back(),
                  kRounding * storage->energy_max_kwh)
          << id;
    }
    if (const auto* unit = std::get_if<dispatch::Unit>(&problem.devices[d].kind)) {
      ASSERT_TRUE(unit->initial_kw.has_value()) << id;
      EXPECT_NEAR(*unit->initial_kw, before.devices[d].power_kw.back(), kRounding * unit->max_kw) << id;
      if (unit->committable) {
        EXPECT_EQ(*unit->initial_kw > 0, before.devices[d].on.back() != 0) << id;
      }
    }
  }
}

void SolveDay(const DemoYear& demo, int day, std::vector<optimizer::FleetMember>& fleet,
              std::optional<Solution>& before, Year& year) {
  const optimizer::ProblemInput input = demo.InputOf(day, fleet);
  auto built = optimizer::BuildProblem(input);
  ASSERT_TRUE(built.ok()) << built.status();
  ASSERT_THAT(built->excluded, IsEmpty());
  built->problem.regions[0].peak_charge_usd_per_kw = kPeakChargeUsdPerKw;
  built->problem.regions[0].peak_so_far_kw = year.peak_so_far_kw;
  if (before) ExpectContinuity(built->problem, *before);

  dispatch::SolveOptions options;
  options.relative_gap = kGapTolerance;
  auto solution = dispatch::MakePortfolio()->Solve(built->problem, options);
  ASSERT_TRUE(solution.ok()) << solution.status();
  EXPECT_THAT(dispatch::Check(built->problem, *solution).defects, IsEmpty());
  EXPECT_NE(solution->bound_kind, dispatch::BoundKind::kNone);
  const double gap = solution->gap_usd() / std::max(std::abs(solution->objective_usd()), 1.0);
  EXPECT_LE(gap, kGapTolerance);

  year.largest_gap = std::max(year.largest_gap, gap);
  year.sum_of_days_usd += solution->objective_usd();
  AddCost(solution->cost, year.joined.cost);
  for (double kw : solution->regions[0].net_import_kw) year.peak_so_far_kw = std::max(year.peak_so_far_kw, kw);
  Append(*solution, year.joined);
  HandOver(*built, *solution, input.horizon.ends_at(), fleet);
  before = *std::move(solution);
}

TEST(TheYear, DayByDayIsCheckedAndItsDaysAddUp) {
  const absl::StatusOr<DemoYear> read = DemoYear::Read();
  ASSERT_TRUE(read.ok()) << read.status();
  const DemoYear& demo = *read;
  ASSERT_EQ(demo.days(), 366);
  std::vector<optimizer::FleetMember> fleet = demo.fleet();
  std::optional<Solution> before;
  Year year;
  for (int day = 0; day < demo.days(); ++day) {
    SCOPED_TRACE("day " + std::to_string(day));
    ASSERT_NO_FATAL_FAILURE(SolveDay(demo, day, fleet, before, year));
  }

  // One problem of 8,784 hours that knows nothing of days: what was not handed over right breaks it.
  auto whole = optimizer::BuildProblem(demo.InputOf(0, demo.fleet(), demo.days()));
  ASSERT_TRUE(whole.ok()) << whole.status();
  whole->problem.regions[0].peak_charge_usd_per_kw = kPeakChargeUsdPerKw;
  const dispatch::Certificate certificate = dispatch::Check(whole->problem, year.joined);
  for (const dispatch::Defect& defect : certificate.defects) ADD_FAILURE() << defect.sentence;
  EXPECT_NEAR(certificate.cost.total_usd(), year.sum_of_days_usd, kRounding * std::abs(year.sum_of_days_usd));
  EXPECT_NEAR(certificate.cost.peak_usd, kPeakChargeUsdPerKw * year.peak_so_far_kw, 1e-3);
  std::printf("year: %.2f USD in %d days, of which peak %.2f USD; largest gap %.2e\n", year.sum_of_days_usd,
              demo.days(), certificate.cost.peak_usd, year.largest_gap);
}

}  // namespace
}  // namespace derms::tests
