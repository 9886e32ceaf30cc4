// A solve goes on from the last one by ids: whatever happened to the fleet in between, the schedule passes the checker.
#include "libs/dispatch/fleet/resuming.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "libs/dispatch/checker.h"
#include "libs/dispatch/fleet/sapc_solver.h"
#include "libs/dispatch/fleet/testing/fleet_generator.h"
#include "libs/dispatch/portfolio.h"

namespace derms::dispatch {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr absl::Duration kQuarter = absl::Minutes(15);
constexpr double kResumeGap = 2e-3;  // the default of SolveOptions

Problem Day(std::size_t devices = 3000, const char* profile = "default") {
  fleet::testing::FleetShape shape = *fleet::testing::ShapeOfProfile(profile);
  shape.devices = devices;
  Problem problem = fleet::testing::ProblemOf(fleet::testing::GenerateFleet(shape));
  problem.interval_length = kQuarter;
  problem.start = absl::UnixEpoch();
  return problem;
}

// Starts one interval later, where the plan has led; what was the first interval is the last one now.
Problem Later(Problem problem, const Solution& followed) {
  const auto rotate = [](Series& series) {
    if (!series.empty()) std::rotate(series.begin(), series.begin() + 1, series.end());
  };
  *problem.start += problem.interval_length;
  std::ranges::for_each(problem.profiles, rotate);
  for (Region& region : problem.regions) {
    for (Series* series :
         {&region.demand_kw, &region.import_limit_kw, &region.export_limit_kw, &region.reserve_up_kw,
          &region.reserve_down_kw, &region.import_price_usd_per_kwh, &region.export_price_usd_per_kwh}) {
      rotate(*series);
    }
  }
  for (std::size_t d = 0; d < problem.devices.size(); ++d) {
    if (auto* storage = std::get_if<Storage>(&problem.devices[d].kind)) {
      storage->initial_energy_kwh =
          std::clamp(followed.devices[d].state_of_charge_kwh[0], storage->energy_min_kwh, storage->energy_max_kwh);
    } else if (auto* unit = std::get_if<Unit>(&problem.devices[d].kind)) {
      unit->initial_kw = followed.devices[d].power_kw[0];
    }
  }
  return problem;
}

void Shuffle(Problem& problem) {
  std::shuffle(problem.devices.begin(), problem.devices.end(), std::mt19937_64(7));
}

Solution Solved(const Solver& solver, const Problem& problem, SolveOptions options) {
  options.relative_gap = 1e-3;
  options.time_limit = absl::Minutes(2);
  auto solution = solver.Solve(problem, options);
  EXPECT_EQ(solution.status(), absl::OkStatus());
  if (!solution.ok()) return {};
  const Certificate judged = Check(problem, *solution);
  EXPECT_TRUE(judged.valid()) << judged.defects[0].sentence;
  return *std::move(solution);
}

// By the fleet engine, which is the same with and without the portfolio around it.
Solution First(const Problem& problem) {
  return Solved(fleet::SapcSolver(), problem, {.keep_resume_point = true});
}
Solution Next(const Problem& problem, std::shared_ptr<const ResumePoint> from, double gap = kResumeGap) {
  return Solved(fleet::SapcSolver(), problem,
                {.resume_from = std::move(from), .resume_gap = gap, .keep_resume_point = true});
}

// So many that not all of them are solved again.
constexpr std::size_t kMany = 12'000;

TEST(Resuming, FindsItsDevicesInAnyOrder) {
  const Problem day = Day(kMany);
  const Solution first = First(day);
  ASSERT_NE(first.resume_point, nullptr);
  Problem later = Later(day, first);
  Shuffle(later);
  const Solution next = Next(later, first.resume_point);
  EXPECT_TRUE(next.resumed);
  EXPECT_LE(next.relative_gap(), kResumeGap);
  EXPECT_THAT(next.notes, Contains(HasSubstr("went on from the last run, an interval later")));
  EXPECT_EQ(next.resume_point->start, *later.start);
}

// Most plans are kept to the kW: that is what a wrong order of rows would break first.
TEST(Resuming, KeepsThePlanOfEachDevice) {
  const Problem day = Day(kMany);
  const Solution first = First(day);
  Problem again = day;
  Shuffle(again);
  const Solution next = Next(again, first.resume_point);
  ASSERT_TRUE(next.resumed);
  std::map<std::string, const Series*> before;
  for (std::size_t d = 0; d < day.devices.size(); ++d) before[day.devices[d].id] = &first.devices[d].power_kw;
  int kept = 0, storages = 0;
  for (std::size_t d = 0; d < again.devices.size(); ++d) {
    if (!std::holds_alternative<Storage>(again.devices[d].kind)) continue;
    const Series &then = *before[again.devices[d].id], &now = next.devices[d].power_kw;
    const bool same = std::equal(then.begin(), then.begin() + 48, now.begin(),
                                 [](double a, double b) { return std::abs(a - b) < 1e-3; });
    kept += same ? 1 : 0;
    ++storages;
  }
  EXPECT_GT(kept, storages / 2);
}

TEST(Resuming, AFewDevicesMoreAndLessAreTakenAlong) {
  const Problem day = Day(kMany);
  const Solution first = First(day);
  Problem later = Later(day, first);
  std::size_t renamed = 0;
  for (std::size_t d = 0; d < later.devices.size(); d += 50) {
    later.devices[d].id += "-new";
    renamed += std::holds_alternative<Renewable>(later.devices[d].kind) ? 0 : 1;
  }
  for (std::size_t d = 0; d < later.devices.size(); d += 97) later.devices.erase(later.devices.begin() + d);
  const Solution next = Next(later, first.resume_point);
  EXPECT_GT(renamed, 0U);
  EXPECT_TRUE(next.resumed);
  EXPECT_LE(next.relative_gap(), kResumeGap);
  EXPECT_THAT(next.notes, Contains(HasSubstr("devices are new")));
}

TEST(Resuming, AnotherFleetIsSolvedFromScratch) {
  const Problem day = Day();
  const Solution first = First(day);
  Problem later = Later(day, first);
  for (std::size_t d = 0; d < later.devices.size(); d += 4) later.devices[d].id += "-new";
  const Solution next = Next(later, first.resume_point);
  EXPECT_FALSE(next.resumed);
  EXPECT_THAT(next.notes, Contains(HasSubstr("are new since the last run")));
}

// Same ids, other parameters: a plan that the device cannot follow any more is not kept.
TEST(Resuming, PlansAreHeldAgainstParametersAsTheyAreNow) {
  const Problem day = Day();
  const Solution first = First(day);
  Problem later = Later(day, first);
  for (std::size_t d = 0; d < later.devices.size(); d += 10) {
    if (auto* storage = std::get_if<Storage>(&later.devices[d].kind)) {
      storage->discharge_max_kw /= 2;
      storage->charge_max_kw /= 2;
    }
  }
  Next(later, first.resume_point, 1.0);  // judged by the checker
}

TEST(Resuming, AHorizonThatDoesNotFollowIsSolvedFromScratch) {
  const Problem day = Day();
  const auto point = First(day).resume_point;
  const auto from_scratch = [&](const auto& change) {
    Problem problem = day;
    change(problem);
    const Solution solution = Next(problem, point);
    EXPECT_FALSE(solution.resumed);
    EXPECT_THAT(solution.notes, Contains(HasSubstr("solved from scratch: the last horizon")));
  };
  from_scratch([](Problem& p) { *p.start += absl::Minutes(7); });
  from_scratch([](Problem& p) { *p.start -= kQuarter; });
  from_scratch([](Problem& p) { *p.start += 96 * kQuarter; });
  from_scratch([](Problem& p) { p.interval_length = 2 * kQuarter; });
}

TEST(Resuming, NothingIsKeptOrGoneOnFromWhereThatIsNotKnownYet) {
  Problem timeless = Day(300);
  timeless.start.reset();
  EXPECT_EQ(First(timeless).resume_point, nullptr);
  const Problem tree = Day(300, "coupled");
  EXPECT_EQ(First(tree).resume_point, nullptr);
  EXPECT_FALSE(Next(tree, First(Day(300)).resume_point).resumed);
  EXPECT_EQ(Solved(fleet::SapcSolver(), Day(300), {}).resume_point, nullptr) << "nobody asked";
}

TEST(Resuming, DamagedPointsCostQualityOnly) {
  const Problem day = Day();
  const ResumePoint good = *First(day).resume_point;
  const auto spoil = [&](const auto& how) {
    auto point = std::make_shared<ResumePoint>(good);
    how(*point);
    Next(day, point);  // judged by the checker
  };
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  spoil([](ResumePoint& p) { p.plans.storage_kw.pop_back(); });
  spoil([](ResumePoint& p) { p.plans.interval_count = -1; });
  spoil([](ResumePoint& p) { p.plans.energy_kwh.clear(); });
  spoil([](ResumePoint& p) { p.plans.proof.prices.pop_back(); });
  spoil([&](ResumePoint& p) { p.plans.proof.water_usd_per_kwh.push_back(kNan); });
  spoil([](ResumePoint& p) { p.regions[0] = "elsewhere"; });
  spoil([](ResumePoint& p) { std::ranges::fill(p.storages, "one for all"); });
  spoil([](ResumePoint& p) { std::ranges::reverse(p.storages); });
  spoil([&](ResumePoint& p) { std::ranges::fill(p.plans.storage_kw, kNan); });
  spoil([](ResumePoint& p) { std::ranges::fill(p.plans.unit_kw, 1e30F); });
  spoil([](ResumePoint& p) { p.start = absl::InfinitePast(); });
  spoil([](ResumePoint& p) { p = {}; });
}

TEST(Resuming, ThePortfolioStopsAtAScheduleThatGoesOn) {
  const auto portfolio = MakePortfolio();
  const Problem day = Day();
  const Solution first = First(day);
  const Solution next =
      Solved(*portfolio, Later(day, first), {.resume_from = first.resume_point, .keep_resume_point = true});
  EXPECT_TRUE(next.resumed);
  EXPECT_EQ(next.solver, "sapc");
  EXPECT_LE(next.relative_gap(), kResumeGap);
  EXPECT_EQ(next.bound_kind, BoundKind::kRecomputed);
  EXPECT_NE(next.resume_point, nullptr);
}

// The exact solver takes over what the fleet engine leaves: the next solve goes on from what is then followed.
TEST(Resuming, ThePlansKeptAreThoseOfTheScheduleReturned) {
  const Problem day = Day(200);
  SolveOptions options{.time_limit = absl::Minutes(2), .relative_gap = 1e-6, .keep_resume_point = true};
  const auto solution = MakePortfolio()->Solve(day, options);
  ASSERT_TRUE(solution.ok());
  ASSERT_NE(solution->solver, "sapc");
  ASSERT_NE(solution->resume_point, nullptr);
  const ResumePoint& point = *solution->resume_point;
  for (std::size_t d = 0; d < day.devices.size(); ++d) {
    const auto row = std::ranges::find(point.storages, day.devices[d].id) - point.storages.begin();
    if (row == std::ssize(point.storages)) continue;
    EXPECT_FLOAT_EQ(point.plans.storage_kw[static_cast<std::size_t>(row) * 96],
                    static_cast<float>(solution->devices[d].power_kw[0]));
  }
}

TEST(Resuming, KnowsHowMuchMemoryAPointTakes) {
  const ResumePoint point = *First(Day(3000)).resume_point;
  const std::size_t plans = 4 * (point.plans.storage_kw.size() + point.plans.unit_kw.size());
  EXPECT_GT(ByteSize(point), plans);
  EXPECT_LT(ByteSize(point), 3 * plans);
}

}  // namespace
}  // namespace derms::dispatch
