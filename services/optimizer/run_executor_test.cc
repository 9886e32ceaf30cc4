// A run from its begin to what is stored of its end, with a solver that does what a test says.
#include "services/optimizer/run_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/dispatch/portfolio.h"
#include "libs/server/testing/test_calls.h"
#include "libs/wire/convert_time.h"

namespace derms::optimizer {
namespace {

using server::testing::kNow;
using Outcome = absl::StatusOr<v1::OptimizationRun>;

class PlayedSolver final : public dispatch::Solver {
 public:
  std::string_view name() const override { return "played"; }
  absl::StatusOr<dispatch::Solution> Solve(const dispatch::Problem& problem,
                                           const dispatch::SolveOptions& options) const override {
    return solve(problem, options);
  }
  std::function<absl::StatusOr<dispatch::Solution>(const dispatch::Problem&, const dispatch::SolveOptions&)> solve =
      [](const auto& problem, const auto& options) { return dispatch::MakePortfolio()->Solve(problem, options); };
};

// Keeps what is committed and answers what the test has lined up, else OK.
class KeepingCommitter final : public store::Committer {
 public:
  void Commit(store::Mutation mutation, absl::Time, store::CommitDone done) override {
    kept.push_back(std::move(mutation));
    const absl::Status answer = kept.size() <= answers.size() ? answers[kept.size() - 1] : absl::OkStatus();
    done(answer.ok() ? absl::StatusOr<store::Committed>(store::Committed()) : answer);
  }
  const store::RunFinish& Finish(std::size_t i) const { return std::get<store::RunFinish>(kept.at(i).writes.at(0)); }
  std::vector<absl::Status> answers;
  std::vector<store::Mutation> kept;
};

class RunExecutorTest : public ::testing::Test {
 protected:
  static std::shared_ptr<RunTicket> Ticket() {
    auto access = domain::RegionAccess::Prove(server::testing::Admin(), "", domain::RegionTree());
    auto ticket = std::make_shared<RunTicket>(RunTicket{.access = *access});
    ticket->run.set_run_id("run");
    ticket->run.set_region_id("CA");
    ticket->run.set_requested_by("operator-1");
    *ticket->run.mutable_created_at() = wire::ToProto(kNow);
    ticket->run.set_state(v1::RUN_STATE_RUNNING);
    ticket->apply = true;
    ticket->request_id = "request";
    ticket->horizon = {kNow, absl::Hours(1), 2, kNow};
    dispatch::Problem& problem = ticket->built.problem;
    problem.interval_count = 2;
    problem.regions = {{.id = "CA", .demand_kw = {5, 5}, .import_price_usd_per_kwh = {0.1, 0.3}}};
    problem.devices = {{.id = "UNIT", .kind = dispatch::Unit{.max_kw = 4, .cost_pieces = {{4, 0.2}}}}};
    ticket->built.der_ids = {"UNIT"};
    return ticket;
  }
  RunExecutor Executor(RunExecutor::Options options = {.runner = "me"}) {
    return {options, {solver_, board_, committer_, clock_, ids_, logger_, resume_points_, metrics_.Policies()}};
  }
  // Begins the run and waits for its end; the executor is stopped before this returns.
  Outcome Run(const std::shared_ptr<RunTicket>& ticket = Ticket()) {
    RunExecutor executor = Executor();
    Outcome outcome = absl::UnknownError("no end");
    absl::Notification ended;
    executor.Begin(ticket, [&](Outcome end) {
      outcome = std::move(end);
      ended.Notify();
    });
    ended.WaitForNotification();
    return outcome;
  }

  PlayedSolver solver_;
  RunBoard board_;
  KeepingCommitter committer_;
  base::ManualClock clock_{kNow};
  server::testing::CountingIds ids_;
  std::ostringstream log_;
  observe::Logger logger_{{.service = "test"}, log_};
  observe::Metrics metrics_;
  ResumeShelf resume_points_{std::size_t{1} << 20};
};

TEST_F(RunExecutorTest, StoresTheScheduleAndTellsIt) {
  const Outcome outcome = Run();
  ASSERT_EQ(outcome.status(), absl::OkStatus());
  EXPECT_EQ(outcome->state(), v1::RUN_STATE_OPTIMAL);
  EXPECT_NEAR(outcome->objective_usd(), 5 * 0.1 + 4 * 0.2 + 1 * 0.3, 1e-9);  // the unit only where it is cheaper
  EXPECT_TRUE(outcome->applied());
  const store::RunFinish& finish = committer_.Finish(0);
  EXPECT_EQ(finish.run.runner, "me");
  EXPECT_EQ(finish.run.ended_at, kNow);
  EXPECT_THAT(finish.schedules.power_kw, ::testing::ElementsAre(0, 4));
  EXPECT_EQ(committer_.kept[0].events[0].type, domain::EventType::kResourcesOptimized);
  EXPECT_EQ(committer_.kept[0].events[0].request_id, "request");
}

TEST_F(RunExecutorTest, AFailureIsStoredWithoutScheduleAndItsCallerGetsTheWholeStatus) {
  const absl::Status infeasible =
      base::FailedPrecondition("INFEASIBLE", "BATTERY must hold 9 kWh").Metadata("device", "BATTERY");
  solver_.solve = [&](const auto&, const auto&) { return infeasible; };
  EXPECT_EQ(Run().status(), infeasible);
  const store::RunFinish& finish = committer_.Finish(0);
  EXPECT_EQ(finish.run.state, domain::RunState::kFailed);
  EXPECT_FALSE(finish.run.applied);
  EXPECT_TRUE(finish.schedules.der_ids.empty());
  EXPECT_EQ(committer_.kept[0].events[0].type, domain::EventType::kOptimizationEnded);
}

TEST_F(RunExecutorTest, WhatTheCheckerRefusesIsNotStored) {
  solver_.solve = [](const auto& problem, const auto& options) {
    auto solution = dispatch::MakePortfolio()->Solve(problem, options);
    solution->cost.import_usd -= 1;
    return solution;
  };
  EXPECT_EQ(base::ReasonOf(Run().status()), "SCHEDULE_REFUSED");
  EXPECT_EQ(committer_.Finish(0).run.state, domain::RunState::kFailed);
}

TEST_F(RunExecutorTest, ASolverThatThrowsEndsItsRunOnly) {
  solver_.solve = [](const auto&, const auto&) -> absl::StatusOr<dispatch::Solution> { throw std::bad_alloc(); };
  EXPECT_FALSE(Run().ok());
  EXPECT_EQ(committer_.Finish(0).run.state, domain::RunState::kFailed);
  solver_ = PlayedSolver();
  EXPECT_TRUE(Run().ok());
}

TEST_F(RunExecutorTest, WhoCancelledItIsTold) {
  solver_.solve = [this](const auto&, const dispatch::SolveOptions& options) -> absl::StatusOr<dispatch::Solution> {
    board_.Find("run")->Cancel("admin-1");
    EXPECT_TRUE(options.cancelled->load());
    return absl::CancelledError("the solver's word for it");
  };
  EXPECT_EQ(base::ReasonOf(Run().status()), "RUN_CANCELLED");
  EXPECT_EQ(committer_.Finish(0).run.state, domain::RunState::kCancelled);
  EXPECT_EQ(committer_.kept[0].events[0].actor, "admin-1");
}

TEST_F(RunExecutorTest, ADatabaseThatIsAwayForAMomentLosesNoSchedule) {
  committer_.answers = {base::Unavailable("DATABASE_UNAVAILABLE", "gone")};
  EXPECT_TRUE(Run().ok());
  ASSERT_EQ(committer_.kept.size(), 2U);
  EXPECT_THAT(committer_.Finish(1).schedules.power_kw, ::testing::ElementsAre(0, 4));
}

TEST_F(RunExecutorTest, WhatOthersHaveGivenUpIsInterrupted) {
  committer_.answers = {base::FailedPrecondition("RUN_ENDED", "ended")};
  EXPECT_EQ(base::ReasonOf(Run().status()), "RUN_INTERRUPTED");
}

TEST_F(RunExecutorTest, ARunOfAPolicyWhoseLeaseIsLostEndsWithoutSchedule) {
  committer_.answers = {base::Aborted("LEASE_LOST", "another leads")};
  EXPECT_EQ(base::ReasonOf(Run().status()), "LEASE_LOST");
  EXPECT_EQ(committer_.Finish(1).run.state, domain::RunState::kFailed);
  EXPECT_TRUE(committer_.Finish(1).schedules.der_ids.empty());
}

TEST_F(RunExecutorTest, PlacesAreLimitedAndGivenBack) {
  RunExecutor executor = Executor({.runner = "me", .threads = 1, .limit = 2});
  auto first = executor.Reserve(), second = executor.Reserve();
  EXPECT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(base::ReasonOf(executor.Reserve().status()), "TOO_MANY_RUNS");
  first->reset();
  EXPECT_TRUE(executor.Reserve().ok());
}

TEST_F(RunExecutorTest, StoppingEndsWhatDoesNotEndByItself) {
  solver_.solve = [](const auto&, const dispatch::SolveOptions& options) -> absl::StatusOr<dispatch::Solution> {
    while (!options.cancelled->load()) absl::SleepFor(absl::Milliseconds(1));
    return absl::CancelledError("stopped");
  };
  RunExecutor executor = Executor();
  Outcome outcome = v1::OptimizationRun();
  executor.Begin(Ticket(), [&](Outcome end) { outcome = std::move(end); });
  executor.Stop(absl::Milliseconds(10));
  EXPECT_EQ(base::ReasonOf(outcome.status()), "RUN_INTERRUPTED");
  EXPECT_EQ(committer_.Finish(0).run.state, domain::RunState::kFailed);
  EXPECT_EQ(base::ReasonOf(executor.Reserve().status()), "DRAINING");
}

// A run of a standing policy, as the next three see it.
class RunOfPolicyTest : public RunExecutorTest {
 protected:
  std::shared_ptr<RunTicket> PolicyTicket() const {
    auto ticket = Ticket();
    ticket->goes_on = kKey;
    return ticket;
  }
  // Solves as the product does, and leaves a point named by its number; says what it got.
  void LeavePoints() {
    solver_.solve = [this](const auto& problem, const dispatch::SolveOptions& options) {
      got_.push_back(options.resume_from == nullptr ? "" : options.resume_from->regions.at(0));
      asked_ = options.keep_resume_point;
      auto solution = dispatch::MakePortfolio()->Solve(problem, options);
      auto point = std::make_shared<dispatch::ResumePoint>();
      point->regions = {std::to_string(got_.size())};
      solution->resumed = options.resume_from != nullptr;
      solution->resume_point = point;
      return solution;
    };
  }
  const ResumeKey kKey{"p", 1, 7};
  std::vector<std::string> got_;
  bool asked_ = false;
};

TEST_F(RunOfPolicyTest, EachGoesOnFromTheOneBefore) {
  LeavePoints();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Run(PolicyTicket()).ok());
  EXPECT_THAT(got_, ::testing::ElementsAre("", "1", "2"));
  EXPECT_TRUE(asked_);
  EXPECT_THAT(metrics_.Text(), ::testing::HasSubstr("derms_policy_solves_total{start=\"warm\"} 2"));
  EXPECT_THAT(metrics_.Text(), ::testing::HasSubstr("derms_policy_solves_total{start=\"cold\"} 1"));
}

TEST_F(RunOfPolicyTest, OthersNeitherGoOnNorLeaveAnything) {
  LeavePoints();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(Run().ok());
  EXPECT_THAT(got_, ::testing::ElementsAre("", ""));
  EXPECT_FALSE(asked_);
  EXPECT_EQ(resume_points_.bytes(), 0U);
}

TEST_F(RunOfPolicyTest, AfterARunThatFailedTheNextIsSolvedFromScratch) {
  LeavePoints();
  ASSERT_TRUE(Run(PolicyTicket()).ok());
  const auto leave_points = solver_.solve;
  solver_.solve = [](const auto&, const auto&) { return base::Aborted("SOLVER_CRASHED", "killed by signal 9"); };
  EXPECT_FALSE(Run(PolicyTicket()).ok());
  solver_.solve = leave_points;
  ASSERT_TRUE(Run(PolicyTicket()).ok());
  EXPECT_THAT(got_, ::testing::ElementsAre("", ""));
}

// Killed, and answered with the quick schedule: it is in force, and nothing is left to go on from.
TEST_F(RunOfPolicyTest, AfterAQuickScheduleTheNextIsSolvedFromScratch) {
  LeavePoints();
  ASSERT_TRUE(Run(PolicyTicket()).ok());
  solver_.solve = PlayedSolver().solve;
  ASSERT_TRUE(Run(PolicyTicket()).ok());
  EXPECT_EQ(resume_points_.Take(kKey), nullptr);
}

TEST_F(RunOfPolicyTest, AScheduleThatDidNotTakeForceLeavesNothing) {
  LeavePoints();
  committer_.answers = {base::Aborted("LEASE_LOST", "another leads")};
  EXPECT_FALSE(Run(PolicyTicket()).ok());
  EXPECT_EQ(resume_points_.Take(kKey), nullptr);
}

}  // namespace
}  // namespace derms::optimizer
