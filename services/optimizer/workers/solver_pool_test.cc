// Solves in real processes, which crash, loop and eat memory as the problem asks (testing/faulty_solver.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/dispatch/checker.h"
#include "libs/dispatch/portfolio.h"
#include "libs/dispatch/testing/random_problem.h"
#include "services/optimizer/workers/messages.h"
#include "services/optimizer/workers/testing/solver_pool_fixture.h"

namespace derms::optimizer {
namespace {

using dispatch::Problem;
using dispatch::SolveOptions;
using ::testing::AllOf;
using testing::Eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(SolverPoolTest, AnswersAreThoseOfTheSolverToTheBit) {
  const SolverPool& pool = Start();
  const dispatch::testing::RandomShape shape{
      .committable_units = true, .storage_plans = true, .budgets = true, .flexible_loads = true, .carbon_cap = true};
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Problem problem = dispatch::testing::RandomProblem(seed, shape);
    auto here = dispatch::MakePortfolio()->Solve(problem, {});
    auto there = pool.Solve(problem, {});
    ASSERT_TRUE(here.ok() && there.ok()) << there.status();
    here->seconds = there->seconds = 0;
    EXPECT_TRUE(EncodeAnswer(there) == EncodeAnswer(here)) << seed;
  }
}

// Enough batteries for the fleet engine.
Problem ManyBatteries() {
  dispatch::Series demand, price;
  for (int t = 0; t < 48; ++t) {
    demand.push_back(20'000 + 400 * (t % 24));
    price.push_back(0.1 + 0.01 * (t % 24));
  }
  Problem problem = dispatch::testing::SingleRegion(demand, price);
  problem.start = absl::UnixEpoch();
  for (int i = 0; i < 400; ++i) {
    problem.devices.push_back(dispatch::testing::Battery("BATT-" + std::to_string(i)));
    std::get<dispatch::Storage>(problem.devices.back().kind).wear_usd_per_kwh = 1e-5 * i;
  }
  return problem;
}

TEST_F(SolverPoolTest, ASolveGoesOnInAnyProcessFromWhatAnotherLeft) {
  const SolverPool& pool = Start();
  const Problem problem = ManyBatteries();
  SolveOptions options{.relative_gap = 1.0, .keep_resume_point = true};
  const auto first = pool.Solve(problem, options);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_NE(first->resume_point, nullptr);
  options.resume_from = first->resume_point;
  for (int i = 0; i < 2; ++i) {
    auto there = pool.Solve(problem, options), here = dispatch::MakePortfolio()->Solve(problem, options);
    ASSERT_TRUE(there.ok() && here.ok());
    EXPECT_TRUE(there->resumed);
    here->seconds = there->seconds = 0;
    EXPECT_TRUE(EncodeAnswer(there) == EncodeAnswer(here));
  }
}

TEST_F(SolverPoolTest, AProcessThatIsLostLeavesNothingToGoOnFrom) {
  const SolverPool& pool = Start();
  Problem problem = ManyBatteries();
  SolveOptions options{.relative_gap = 1.0, .keep_resume_point = true};
  options.resume_from = pool.Solve(problem, options)->resume_point;
  problem.devices[0].id = "ABORT";
  const auto quick = pool.Solve(problem, options);
  ASSERT_TRUE(quick.ok()) << quick.status();
  EXPECT_EQ(quick->solver, "greedy");
  EXPECT_FALSE(quick->resumed);
  EXPECT_EQ(quick->resume_point, nullptr);
  EXPECT_TRUE(Whole(2));
}

TEST_F(SolverPoolTest, ErrorsAreThoseOfTheSolver) {
  const SolverPool& pool = Start();
  Problem problem = Asking("BATT");
  std::get<dispatch::Storage>(problem.devices[0].kind).final_energy_min_kwh = 1e6;
  problem.regions[0].demand_kw.pop_back();
  const absl::Status here = dispatch::MakePortfolio()->Solve(problem, {}).status();
  EXPECT_EQ(base::ReasonOf(here), "INVALID_PROBLEM");
  EXPECT_EQ(pool.Solve(problem, {}).status(), here);
}

TEST_F(SolverPoolTest, ProgressComesBack) {
  std::vector<std::string> phases;
  SolveOptions options;
  options.progress = [&](const dispatch::SolveProgress& progress) { phases.emplace_back(progress.phase); };
  const Problem problem = dispatch::testing::RandomProblem(1, {.committable_units = true});
  ASSERT_TRUE(Start().Solve(problem, options).ok());
  const std::vector<std::string> there = std::move(phases);
  phases.clear();
  ASSERT_TRUE(dispatch::MakePortfolio()->Solve(problem, options).ok());
  EXPECT_EQ(there, phases);
  EXPECT_FALSE(there.empty());
}

// A feasible schedule that says what it is: the caller has an answer, and knows that it is not the best.
TEST_F(SolverPoolTest, ACrashLeavesTheQuickScheduleWithANote) {
  const SolverPool& pool = Start();
  for (const auto& [how, words] : {std::pair("ABORT", "signal 6 (Aborted)"), std::pair("EXIT", "code 3"),
                                   std::pair("GARBLE", "signal 9 (Killed)")}) {
    const Problem problem = Asking(how);
    const auto solution = pool.Solve(problem, {});
    ASSERT_TRUE(solution.ok()) << how << ": " << solution.status();
    EXPECT_EQ(solution->solver, "greedy");
    EXPECT_EQ(solution->bound_kind, dispatch::BoundKind::kNone);
    EXPECT_THAT(solution->notes.back(), AllOf(HasSubstr("not optimised"), HasSubstr(words)));
    EXPECT_THAT(Check(problem, *solution).defects, IsEmpty());
    EXPECT_TRUE(Whole(2));
  }
  EXPECT_EQ(pool.figures().crashed, 2);
  EXPECT_EQ(pool.figures().killed, 1);
  EXPECT_EQ(pool.figures().started, 5);
}

TEST_F(SolverPoolTest, WithoutAnyScheduleTheReasonIsTheAnswer) {
  Start();
  const absl::Status status = EndOf("ALWAYS-ABORT");
  EXPECT_EQ(base::ReasonOf(status), "SOLVER_CRASHED");
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(status.message(), HasSubstr("signal 6 (Aborted)"));
}

TEST_F(SolverPoolTest, AnEndlessLoopIsEndedAfterTheGrace) {
  const SolverPool& pool = Start({.grace = absl::Milliseconds(200)});
  EXPECT_EQ(base::ReasonOf(EndOf("LOOP", {.time_limit = absl::Milliseconds(100)})), "SOLVER_OVERRAN");
  EXPECT_EQ(base::ReasonOf(EndOf("TALK", {.time_limit = absl::Milliseconds(100)})), "SOLVER_OVERRAN");
  EXPECT_EQ(pool.figures().killed, 2);
}

TEST_F(SolverPoolTest, ALoopThatDoesNotHearOfItsCancellationIsEndedToo) {
  const SolverPool& pool = Start({.grace = absl::Milliseconds(200)});
  std::atomic<bool> cancelled{false};
  auto ended = std::async(std::launch::async, [&] {
    SolveOptions options;
    options.cancelled = &cancelled;
    return pool.Solve(Asking("LOOP"), options).status();
  });
  ASSERT_TRUE(Eventually([&] { return pool.figures().busy == 1; }));
  cancelled = true;
  EXPECT_EQ(base::ReasonOf(ended.get()), "CANCELLED");
  EXPECT_EQ(pool.figures().killed, 1);
}

// What the caller's own function throws is the caller's; the pool stays whole.
TEST_F(SolverPoolTest, AnExceptionOfTheCallerCostsOneProcess) {
  const SolverPool& pool = Start();
  SolveOptions options;
  options.progress = [](const dispatch::SolveProgress&) { throw std::runtime_error("no"); };
  EXPECT_THROW((void)pool.Solve(Asking("TALK"), options), std::runtime_error);
  EXPECT_TRUE(Whole(2));
  EXPECT_EQ(pool.Solve(Asking("BATT"), {}).status(), absl::OkStatus());
}

TEST_F(SolverPoolTest, CancellingEndsASolveAndLeavesItsProcessWarm) {
  const SolverPool& pool = Start();
  std::atomic<bool> cancelled{false};
  auto ended = std::async(std::launch::async, [&] {
    SolveOptions options;
    options.cancelled = &cancelled;
    return pool.Solve(Asking("SLEEP"), options).status();
  });
  ASSERT_TRUE(Eventually([&] { return pool.figures().busy == 1; }));
  cancelled = true;
  EXPECT_EQ(base::ReasonOf(ended.get()), "CANCELLED");
  EXPECT_EQ(pool.figures().killed, 0);
  EXPECT_EQ(pool.Solve(Asking("BATT"), {}).status(), absl::OkStatus());
  EXPECT_EQ(pool.figures().started, 2);
}

TEST_F(SolverPoolTest, EatingMemoryEndsAtTheLimit) {
  const SolverPool& pool = Start({.processes = {.memory_bytes = 512 << 20}});
  const absl::Status status = EndOf("ALWAYS-EAT");
  EXPECT_EQ(base::ReasonOf(status), "SOLVER_OUT_OF_MEMORY");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(pool.figures().out_of_memory, 2);  // quick solver included
}

// One process of two goes wrong in every way, again and again; whoever solves in the other one notices nothing.
TEST_F(SolverPoolTest, OtherSolvesGoOn) {
  const SolverPool& pool =
      Start({.processes = {.processes = 3, .memory_bytes = 512 << 20}, .grace = absl::Milliseconds(50)});
  std::atomic<bool> stop{false};
  std::atomic<int> solved{0};
  std::thread other([&] {
    const Problem problem = dispatch::testing::RandomProblem(3, {});
    const std::string expected = [&] {
      auto answer = dispatch::MakePortfolio()->Solve(problem, {});
      answer->seconds = 0;
      return EncodeAnswer(answer);
    }();
    while (!stop) {
      auto answer = pool.Solve(problem, {});
      ASSERT_TRUE(answer.ok()) << answer.status();
      answer->seconds = 0;
      ASSERT_TRUE(EncodeAnswer(answer) == expected) << answer->solver;
      ++solved;
    }
  });
  for (int round = 0; round < 3; ++round) {
    for (const char* how : {"ALWAYS-ABORT", "ALWAYS-EAT", "ALWAYS-LOOP", "ALWAYS-GARBLE", "ALWAYS-EXIT"}) {
      EXPECT_FALSE(pool.Solve(Asking(how), {.time_limit = absl::Milliseconds(500)}).ok()) << how;
    }
  }
  stop = true;
  other.join();
  EXPECT_GT(solved, 15);
  EXPECT_TRUE(Whole(3));
}

TEST_F(SolverPoolTest, MoreSolvesThanMayWaitAreRefused) {
  const SolverPool& pool = Start({.processes = {.processes = 1, .queue = 1}});
  std::atomic<bool> cancelled{false};
  const auto sleep = [&] {
    SolveOptions options;
    options.cancelled = &cancelled;
    return pool.Solve(Asking("SLEEP"), options).status();
  };
  auto first = std::async(std::launch::async, sleep);
  ASSERT_TRUE(Eventually([&] { return pool.figures().busy == 1; }));
  auto second = std::async(std::launch::async, sleep);
  ASSERT_TRUE(Eventually([&] { return pool.figures().waiting == 1; }));
  const absl::Status third = pool.Solve(Asking("BATT"), {}).status();
  EXPECT_EQ(base::ReasonOf(third), "SOLVERS_BUSY");
  EXPECT_EQ(third.code(), absl::StatusCode::kResourceExhausted);
  cancelled = true;  // one ends in its process, the other in the queue
  EXPECT_EQ(base::ReasonOf(first.get()), "CANCELLED");
  EXPECT_EQ(base::ReasonOf(second.get()), "CANCELLED");
  EXPECT_EQ(pool.Solve(Asking("BATT"), {}).status(), absl::OkStatus());
}

TEST_F(SolverPoolTest, WaitingCountsAgainstTheTimeLimit) {
  const SolverPool& pool = Start({.processes = {.processes = 1}});
  auto first = std::async(std::launch::async,
                          [&] { return pool.Solve(Asking("SLEEP"), {.time_limit = absl::Seconds(2)}).status(); });
  ASSERT_TRUE(Eventually([&] { return pool.figures().busy == 1; }));
  EXPECT_EQ(base::ReasonOf(pool.Solve(Asking("BATT"), {.time_limit = absl::Milliseconds(50)}).status()),
            "SOLVERS_BUSY");
  EXPECT_EQ(first.get(), absl::OkStatus());
}

// Not even a thread can be had: the processes end before they are ready.
TEST_F(SolverPoolTest, WhenNoneCanBeStartedTheReasonIsTheAnswer) {
  pool_ = std::make_unique<SolverPool>(SolverPoolOptions{.processes = {.memory_bytes = 1}}, logger_);
  const absl::Status status = pool_->Solve(Asking("BATT"), {}).status();
  EXPECT_EQ(base::ReasonOf(status), "SOLVERS_DOWN");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("no solver process can be started: it "));
  EXPECT_EQ(pool_->figures().ready, 0);
}

}  // namespace
}  // namespace derms::optimizer
