// Standing policies are run by one process at a time, on a real PostgreSQL.
#include "services/optimizer/policy_runner.h"

#include <gmock/gmock.h>

#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/server/leadership.h"
#include "libs/server/pg_storage.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/samples.h"
#include "services/optimizer/policy_schedule.h"

namespace derms::optimizer {
namespace {

using store::testing::CommitAndWait;
using store::testing::Soon;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A process of the optimizer without port and solver: runs that begin are only written down.
struct Process {
  Process(const std::string& database_url, const std::string& name) {
    server::Config config;
    config.database_url = database_url;
    auto opened = server::OpenPgStorage({"derms-test", 0, 0, {}}, config, metrics, logger);
    EXPECT_TRUE(opened.ok()) << opened.status();
    storage = *std::move(opened);
    EXPECT_TRUE(storage->Start().ok());
    leadership = std::make_unique<server::Leadership>(
        server::Leadership::Options{"standing-policies", name, absl::Minutes(1)}, storage->leases(), logger);
    runner = std::make_unique<PolicyRunner>(
        PolicyRunner::Parts{storage->queries(), storage->committer(), storage->archive(), storage->roles(),
                            storage->clock(), ids, metrics.Policies(), logger, resume_points},
        [this] { return leadership->fence(); },
        [this](server::Call& call, const auto& request, const RunOrigin& from) {
          origin = from;
          return Plan(call, request);
        });
  }
  ~Process() {
    leadership->Stop();
    storage->Drain();
  }

  absl::StatusOr<PlannedRun> Plan(server::Call& call, const v1::OptimizeResourcesRequest& request) {
    if (before_plan_ends) before_plan_ends();
    ASSIGN_OR_RETURN(const auto access, call.RequireRegion(request.region_id(), *storage->fleet().Regions()));
    EXPECT_TRUE(request.apply());
    PlannedRun planned;
    planned.run_id = ids.NewId();
    domain::Run run{.run_id = planned.run_id,
                    .region_id = request.region_id(),
                    .starts_at = call.now(),
                    .interval = absl::Minutes(15),
                    .interval_count = 4,
                    .requested_by = call.caller().subject,
                    .created_at = call.now(),
                    .detail_json = "{}"};
    run.state = domain::RunState::kRunning;
    run.runner = "test";
    planned.mutation.writes.push_back(store::RunInsert(access, std::move(run), {}));
    planned.begin = [this, id = planned.run_id] { begun.push_back(id); };
    return planned;
  }
  void Look() {
    leadership->Try();
    const absl::Status looked = runner->Look();
    EXPECT_TRUE(looked.ok()) << looked;
  }

  observe::Metrics metrics;
  std::ostringstream log;
  observe::Logger logger{{.service = "test"}, log};
  base::RandomIdSource ids;
  std::function<void()> before_plan_ends;
  std::vector<std::string> begun;
  RunOrigin origin;  // of the last one
  ResumeShelf resume_points{std::size_t{1} << 20};
  std::unique_ptr<server::Storage> storage;
  std::unique_ptr<server::Leadership> leadership;
  std::unique_ptr<PolicyRunner> runner;
};

class PolicyRunnerTest : public ::testing::Test {
 protected:
  PolicyRunnerTest() {
    Write(store::RegionPut(store::testing::FleetAccess(), store::testing::SampleRegion("CA")));
    Grant();
  }

  void Write(store::RowWrite row) {
    store::Mutation mutation;
    mutation.writes.push_back(std::move(row));
    const auto written = CommitAndWait(first_.storage->committer(), std::move(mutation));
    EXPECT_TRUE(written.ok()) << written.status();
  }
  void Grant() {
    domain::Grant grant;
    grant.role = domain::Role::kOperator;
    Write(store::GrantPut(domain::RoleAccess::System(), "operator-1", grant));
  }
  // Due since the multiple before now.
  void PutDue(absl::Duration every = absl::Minutes(15)) {
    domain::OptimizationPolicy policy;
    policy.policy_id = "p";
    policy.region_id = "CA";
    policy.every = every;
    policy.request_json = R"({"region_id": "CA"})";
    policy.put_by = "operator-1";
    policy.updated_at = Now();
    policy.revision = 1;
    policy.next_due_at = NextDue(every, Now()) - every;
    Write(store::PolicyPut(store::testing::FleetAccess(), policy));
  }
  domain::OptimizationPolicy Policy() {
    const auto found = first_.storage->queries().GetPolicy("p", Soon());
    EXPECT_TRUE(found.ok() && found->has_value());
    return found.value_or(std::nullopt).value_or(domain::OptimizationPolicy());
  }
  void MakeDue() { database_.Execute("UPDATE optimization_policy SET next_due_at = now() - interval '1 second'"); }
  void EndRun(domain::RunState state, const std::string& detail = "{}") {
    database_.Execute(absl::StrCat("UPDATE optimization_run SET ended_at = now(), state = ", static_cast<int>(state),
                                   ", detail = '", detail, "' WHERE state = 3"));
  }
  std::string Runs() { return database_.Query("SELECT count(*) FROM optimization_run"); }
  absl::Time Now() { return first_.storage->clock().Now(); }

  const store::testing::TestDatabase database_;
  Process first_{database_.url(), "first"}, second_{database_.url(), "second"};
};

TEST_F(PolicyRunnerTest, ADueTimeIsRunOnceByTheOneWhoLeads) {
  PutDue();
  for (int i = 0; i < 3; ++i) {
    first_.Look();
    second_.Look();
  }
  EXPECT_THAT(first_.begun, SizeIs(1));
  EXPECT_THAT(second_.begun, IsEmpty());
  EXPECT_EQ(Policy().last_run_id, first_.begun[0]);
  EXPECT_EQ(Policy().next_due_at, NextDue(absl::Minutes(15), Now()));
  EXPECT_EQ(database_.Query("SELECT requested_by FROM optimization_run"), "operator-1");
}

TEST_F(PolicyRunnerTest, TheNextLeaderGoesOnWhereTheLastOneStopped) {
  PutDue();
  first_.Look();
  first_.leadership->Stop();
  EndRun(domain::RunState::kOptimal);
  MakeDue();
  second_.Look();
  EXPECT_THAT(second_.begun, SizeIs(1));
  first_.Look();
  EXPECT_THAT(first_.begun, SizeIs(1)) << "it leads no more";
  EXPECT_EQ(Runs(), "2");
}

// The lease changes hands while the first one plans, as if it had been paused there.
TEST_F(PolicyRunnerTest, ALeaderWhoWasPausedStartsNothing) {
  PutDue();
  first_.before_plan_ends = [&] {
    database_.Execute("UPDATE lease SET expires_at = now() - interval '1 second'");
    second_.Look();
  };
  first_.Look();
  EXPECT_THAT(first_.begun, IsEmpty());
  EXPECT_THAT(second_.begun, SizeIs(1));
  EXPECT_EQ(Runs(), "1");
}

TEST_F(PolicyRunnerTest, ADueTimeAtWhichTheRunBeforeGoesOnIsLeftOut) {
  PutDue();
  first_.Look();
  MakeDue();
  first_.Look();
  EXPECT_THAT(first_.begun, SizeIs(1));
  EXPECT_EQ(Policy().last_error_reason, "RUN_ACTIVE");
  EXPECT_EQ(Policy().consecutive_failures, 0);
  EXPECT_GT(Policy().next_due_at, Now());
  EndRun(domain::RunState::kFeasible);
  first_.Look();
  EXPECT_EQ(Policy().last_error_reason, "");
}

TEST_F(PolicyRunnerTest, AFailedRunIsToldAtOnceAndPutsTheNextOff) {
  PutDue(absl::Minutes(1));
  first_.Look();
  EndRun(domain::RunState::kFailed,
         R"({"failure": {"code": 9, "reason": "INFEASIBLE", "detail": "no schedule keeps the export limit"}})");
  first_.Look();
  EXPECT_EQ(Policy().last_error_reason, "INFEASIBLE");
  EXPECT_EQ(Policy().last_error_detail, "no schedule keeps the export limit");
  EXPECT_EQ(Policy().consecutive_failures, 1);
  MakeDue();
  first_.Look();
  EndRun(domain::RunState::kFailed, R"({"failure": {"code": 13, "reason": "SOLVER_FAILED"}})");
  MakeDue();
  first_.Look();
  EXPECT_THAT(first_.begun, SizeIs(2)) << "due, but put off by the second failure";
  EXPECT_GT(Policy().next_due_at, Now() + absl::Minutes(1));
}

TEST_F(PolicyRunnerTest, NobodyRunsWithRightsThatAreGone) {
  PutDue();
  Write(store::GrantDelete(domain::RoleAccess::System(), "operator-1", domain::Role::kOperator));
  first_.Look();
  EXPECT_EQ(Policy().last_error_reason, "UNAUTHORIZED");
  EXPECT_EQ(Policy().consecutive_failures, 1);
  EXPECT_EQ(Runs(), "0");
  Grant();
  MakeDue();
  first_.Look();
  EXPECT_THAT(first_.begun, SizeIs(1));
}

TEST_F(PolicyRunnerTest, APausedPolicyIsNotRunAndItsLastRunIsStillNoted) {
  PutDue();
  first_.Look();
  domain::OptimizationPolicy paused = Policy();
  paused.paused = true;
  ++paused.revision;
  Write(store::PolicyPut(store::testing::FleetAccess(), paused));
  MakeDue();
  EndRun(domain::RunState::kOptimal);
  first_.Look();
  EXPECT_TRUE(Policy().last_run_noted);
  EXPECT_THAT(first_.begun, SizeIs(1));
}

// What is kept for a policy's next run, here an empty point, as long as the next run may go on from it.
class ResumePointsTest : public PolicyRunnerTest {
 protected:
  ResumePointsTest() {
    PutDue();
    first_.Look();
    key_ = {"p", first_.origin.policy_revision, first_.origin.fence.value_or(store::Fence()).token};
    first_.resume_points.Put(key_, std::make_shared<dispatch::ResumePoint>());
  }
  bool Kept() { return first_.resume_points.bytes() > 0; }
  ResumeKey key_;
};

TEST_F(ResumePointsTest, StayForTheNextRun) {
  first_.Look();
  EXPECT_TRUE(Kept());
  EndRun(domain::RunState::kOptimal);
  MakeDue();
  first_.Look();
  EXPECT_THAT(first_.begun, SizeIs(2));
  EXPECT_EQ(first_.origin.policy_revision, key_.revision);
  EXPECT_EQ(first_.origin.fence->token, key_.token);
  EXPECT_NE(first_.resume_points.Take(key_), nullptr);
}

TEST_F(ResumePointsTest, GoWithTheirPolicy) {
  Write(store::PolicyDelete(store::testing::FleetAccess(), "p", Policy().revision));
  first_.Look();
  EXPECT_FALSE(Kept());
}

TEST_F(ResumePointsTest, GoWhenThePolicyIsPutAnew) {
  domain::OptimizationPolicy changed = Policy();
  changed.every = absl::Hours(1);
  ++changed.revision;
  Write(store::PolicyPut(store::testing::FleetAccess(), changed));
  first_.Look();
  EXPECT_FALSE(Kept());
}

TEST_F(ResumePointsTest, GoWithTheLease) {
  database_.Execute("UPDATE lease SET expires_at = now() - interval '1 second'");
  second_.Look();
  first_.Look();
  EXPECT_FALSE(Kept());
}

}  // namespace
}  // namespace derms::optimizer
