// Policies: put, listed, found when due, moved on by the one who leads, deleted.
#include <gmock/gmock.h>

#include "libs/base/error.h"
#include "libs/store/lease.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using domain::OptimizationPolicy;
using testing::CommitAndWait;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::Soon;

const absl::Time kFarOff = absl::FromUnixSeconds(4'000'000'000);

class PoliciesTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(*leases_.Acquire("policies", "leader", absl::Minutes(5), Soon()), 1); }

  static OptimizationPolicy Sample(const std::string& id, absl::Time next_due_at = kFarOff) {
    OptimizationPolicy policy;
    policy.policy_id = id;
    policy.region_id = "CA";
    policy.every = absl::Minutes(15);
    policy.request_json = R"({"region_id": "CA"})";
    policy.put_by = "operator-1";
    policy.updated_at = testing::SampleTime();
    policy.revision = 1;
    policy.next_due_at = next_due_at;
    return policy;
  }
  absl::Status Commit(RowWrite row, std::optional<Fence> fence = std::nullopt) {
    Mutation mutation;
    mutation.writes.push_back(std::move(row));
    mutation.fence = std::move(fence);
    return CommitAndWait(process_.committer(), std::move(mutation)).status();
  }
  absl::Status Put(OptimizationPolicy policy) { return Commit(PolicyPut(testing::FleetAccess(), std::move(policy))); }
  absl::Status Step(OptimizationPolicy policy, absl::Time seen, std::int64_t token = 1) {
    return Commit(PolicyStep(domain::RoleAccess::System(), std::move(policy), seen), Fence{"policies", token});
  }
  absl::Status Delete(const std::string& id, std::int64_t revision) {
    return Commit(PolicyDelete(testing::FleetAccess(), id, revision));
  }
  OptimizationPolicy Stored(const std::string& id) {
    const auto found = process_.queries().GetPolicy(id, Soon());
    EXPECT_TRUE(found.ok() && found->has_value()) << id;
    return found.ok() && *found ? **found : OptimizationPolicy();
  }
  std::vector<std::string> Due() {
    std::vector<std::string> ids;
    const auto found = process_.queries().DuePolicies(10, Soon());
    EXPECT_TRUE(found.ok()) << found.status();
    for (const PolicyToStep& each : *found) ids.push_back(each.policy.policy_id + (each.due ? "" : " ended"));
    return ids;
  }

  testing::TestDatabase database_;
  testing::StoreProcess process_{database_.url(), false};
  PgLeases leases_{process_.pool()};
  const absl::Time past_ = absl::FromUnixSeconds(1'700'000'100);
};

TEST_F(PoliciesTest, APolicyComesBackAsItWasPut) {
  ASSERT_TRUE(Put(Sample("day-ahead", past_)).ok());
  const OptimizationPolicy stored = Stored("day-ahead");
  EXPECT_EQ(stored.region_id, "CA");
  EXPECT_EQ(stored.every, absl::Minutes(15));
  EXPECT_EQ(stored.request_json, R"({"region_id": "CA"})");
  EXPECT_FALSE(stored.paused);
  EXPECT_EQ(stored.put_by, "operator-1");
  EXPECT_EQ(stored.updated_at, testing::SampleTime());
  EXPECT_EQ(stored.revision, 1);
  EXPECT_EQ(stored.next_due_at, past_);
  EXPECT_EQ(stored.last_run_id, "");
  EXPECT_TRUE(stored.last_run_noted);
  EXPECT_FALSE(process_.queries().GetPolicy("nothing", Soon())->has_value());
}

TEST_F(PoliciesTest, OfTwoWhoChangeOneRevisionOneIsTold) {
  ASSERT_TRUE(Put(Sample("p")).ok());
  EXPECT_EQ(base::ReasonOf(Put(Sample("p"))), "REVISION_MISMATCH") << "it is there";
  OptimizationPolicy changed = Sample("p");
  changed.revision = 2;
  changed.every = absl::Hours(1);
  ASSERT_TRUE(Put(changed).ok());
  EXPECT_EQ(base::ReasonOf(Put(changed)), "REVISION_MISMATCH");
  EXPECT_EQ(Stored("p").every, absl::Hours(1));
  EXPECT_EQ(base::ReasonOf(Delete("p", 1)), "REVISION_MISMATCH");
  EXPECT_TRUE(Delete("p", 2).ok());
  EXPECT_EQ(base::ReasonOf(Delete("p", 2)), "REVISION_MISMATCH");
}

TEST_F(PoliciesTest, AreListedByIdInPagesAndByRegion) {
  for (const char* id : {"c", "a", "b"}) ASSERT_TRUE(Put(Sample(id)).ok());
  const auto ids = [&](std::optional<std::string> region, std::string_view after, std::size_t limit) {
    std::vector<std::string> found;
    const auto page = process_.queries().ListPolicies(region, after, limit, Soon());
    EXPECT_TRUE(page.ok()) << page.status();
    for (const OptimizationPolicy& policy : *page) found.push_back(policy.policy_id);
    return found;
  };
  EXPECT_THAT(ids(std::nullopt, "", 2), ElementsAre("a", "b"));
  EXPECT_THAT(ids("CA", "b", 2), ElementsAre("c"));
  EXPECT_THAT(ids("NORTH", "", 2), IsEmpty());
}

TEST_F(PoliciesTest, DueAreThoseWhoseTimeHasComeAndThatAreNotPaused) {
  OptimizationPolicy paused = Sample("paused", past_);
  paused.paused = true;
  for (const auto& policy : {Sample("late", past_ + absl::Hours(1)), Sample("later"), Sample("early", past_), paused}) {
    ASSERT_TRUE(Put(policy).ok());
  }
  EXPECT_THAT(Due(), ElementsAre("early", "late"));
}

TEST_F(PoliciesTest, AStepMovesTheDueTimeOnOnce) {
  ASSERT_TRUE(Put(Sample("p", past_)).ok());
  OptimizationPolicy next = Stored("p");
  next.next_due_at = past_ + absl::Hours(1);
  next.last_error_reason = "NO_ELIGIBLE_DERS";
  next.last_error_detail = "none of the DERs can be scheduled";
  next.consecutive_failures = 1;
  ASSERT_TRUE(Step(next, past_).ok());
  EXPECT_EQ(base::ReasonOf(Step(next, past_)), "REVISION_MISMATCH") << "that due time is taken";
  const OptimizationPolicy stored = Stored("p");
  EXPECT_EQ(stored.next_due_at, past_ + absl::Hours(1));
  EXPECT_EQ(stored.last_error_reason, "NO_ELIGIBLE_DERS");
  EXPECT_EQ(stored.consecutive_failures, 1);
  EXPECT_EQ(stored.revision, 1) << "nobody put it";
}

TEST_F(PoliciesTest, AStepOfAFormerLeaderOrOfAFormerPolicyIsRefused) {
  ASSERT_TRUE(Put(Sample("p", past_)).ok());
  const OptimizationPolicy seen = Stored("p");
  OptimizationPolicy changed = seen;
  changed.revision = 2;
  changed.paused = true;
  ASSERT_TRUE(Put(changed).ok());
  EXPECT_EQ(base::ReasonOf(Step(seen, past_)), "REVISION_MISMATCH") << "paused meanwhile";
  ASSERT_TRUE(leases_.Release("policies", 1, Soon()).ok());
  ASSERT_EQ(*leases_.Acquire("policies", "next leader", absl::Minutes(5), Soon()), 2);
  EXPECT_EQ(base::ReasonOf(Step(Stored("p"), past_, 1)), "LEASE_LOST");
  EXPECT_TRUE(Step(Stored("p"), past_, 2).ok());
}

// The run and the step that tells of it are one transaction.
TEST_F(PoliciesTest, ARunWhoseStepIsRefusedIsNotStored) {
  ASSERT_TRUE(Put(Sample("p", past_)).ok());
  const auto start = [&](const std::string& run_id, absl::Time seen) {
    Mutation mutation;
    domain::Run run;
    run.run_id = run_id;
    run.region_id = "CA";
    run.starts_at = past_;
    run.interval = absl::Minutes(15);
    run.interval_count = 4;
    run.detail_json = "{}";
    OptimizationPolicy next = Stored("p");
    next.next_due_at = past_ + absl::Hours(1);
    next.last_run_id = run_id;
    next.last_run_noted = false;
    mutation.writes.emplace_back(RunInsert(testing::FleetAccess(), run, {}));
    mutation.writes.emplace_back(PolicyStep(domain::RoleAccess::System(), next, seen));
    mutation.fence = Fence{"policies", 1};
    return CommitAndWait(process_.committer(), std::move(mutation)).status();
  };
  ASSERT_TRUE(start("run-1", past_).ok());
  EXPECT_EQ(base::ReasonOf(start("run-2", past_)), "REVISION_MISMATCH");
  EXPECT_EQ(database_.Query("SELECT string_agg(run_id, ',') FROM optimization_run"), "run-1");
  EXPECT_EQ(Stored("p").last_run_id, "run-1");
}

TEST_F(PoliciesTest, AnEndedRunIsShownUntilItIsNoted) {
  OptimizationPolicy policy = Sample("p");
  ASSERT_TRUE(Put(policy).ok());
  policy.last_run_id = "run-1";
  policy.last_run_noted = false;
  ASSERT_TRUE(Step(policy, policy.next_due_at).ok());
  EXPECT_THAT(Due(), IsEmpty()) << "there is no such run yet";
  database_.Execute(
      "INSERT INTO optimization_run (run_id, region_id, starts_at, ends_at, interval_us, interval_count, applied, "
      "requested_by, created_at, detail, state, runner) "
      "VALUES ('run-1', 'CA', now(), now(), 1, 1, false, 'operator-1', now(), '{}', 3, 'process')");
  EXPECT_THAT(Due(), IsEmpty()) << "it goes on";
  database_.Execute("UPDATE optimization_run SET state = 1");
  EXPECT_THAT(Due(), ElementsAre("p ended"));
  policy.last_run_noted = true;
  ASSERT_TRUE(Step(policy, policy.next_due_at).ok());
  EXPECT_THAT(Due(), IsEmpty());
}

}  // namespace
}  // namespace derms::store
