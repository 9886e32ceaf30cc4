// Runs and their schedules, written through the committer and read back.
#include <gmock/gmock.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using testing::CommitAndWait;
using ::testing::IsEmpty;
using testing::SampleDer;
using testing::SampleTime;
using ::testing::SizeIs;
using testing::Soon;

class RunsTest : public ::testing::Test {
 protected:
  template <typename Row>
  absl::Status Commit(Row row) {
    Mutation mutation;
    mutation.writes.emplace_back(std::move(row));
    return CommitAndWait(process_.committer(), std::move(mutation)).status();
  }
  PgQueries& queries() { return process_.queries(); }

  domain::Run MakeRun(const std::string& id, absl::Time starts_at, bool applied, absl::Time created_at) {
    domain::Run run;
    run.run_id = id;
    run.region_id = "CA";
    run.starts_at = starts_at;
    run.interval = absl::Hours(1);
    run.interval_count = 3;
    run.applied = applied;
    run.requested_by = "operator";
    run.created_at = created_at;
    run.detail_json = R"({"a": [1, "b"]})";
    return run;
  }
  absl::Status PutRun(const domain::Run& run, const std::vector<std::string>& der_ids, double power_kw) {
    domain::Schedules schedules;
    schedules.interval_count = 3;
    for (const std::string& id : der_ids) Append(id, static_cast<float>(power_kw), true, schedules);
    return Commit(RunInsert(testing::FleetAccess(), run, schedules));
  }
  // Powers P, P + 1, P + 2; charges P + 10, P + 20, P + 30; priorities 1, 5, 10; scores 10, 9, 8.
  static void Append(const std::string& id, float power_kw, bool is_storage, domain::Schedules& schedules) {
    schedules.der_ids.push_back(id);
    for (const float more : {0.0F, 1.0F, 2.0F}) schedules.power_kw.push_back(power_kw + more);
    schedules.is_storage.push_back(is_storage);
    if (is_storage) {
      for (const float more : {10.0F, 20.0F, 30.0F}) schedules.state_of_charge_kwh.push_back(power_kw + more);
    }
    schedules.priority.insert(schedules.priority.end(), {1, 5, 10});
    schedules.grid_stability_score.insert(schedules.grid_stability_score.end(), {10, 9, 8});
  }

  testing::TestDatabase database_;
  testing::StoreProcess process_{database_.url(), false};
};

TEST_F(RunsTest, RunsAreFoundAndListedNewestFirst) {
  ASSERT_TRUE(PutRun(MakeRun("run-1", SampleTime(), false, SampleTime()), {}, 0).ok());
  ASSERT_TRUE(PutRun(MakeRun("run-2", SampleTime(), true, SampleTime() + absl::Hours(1)), {}, 0).ok());
  const auto run = queries().GetRun("run-1", Soon());
  ASSERT_TRUE(run.ok() && run->has_value());
  EXPECT_EQ((*run)->interval, absl::Hours(1));
  EXPECT_EQ((*run)->interval_count, 3);
  EXPECT_EQ((*run)->detail_json, R"({"a": [1, "b"]})");
  EXPECT_FALSE(queries().GetRun("nothing", Soon())->has_value());
  const auto listed = queries().ListRuns({}, std::nullopt, 10, Soon());
  ASSERT_THAT(*listed, SizeIs(2));
  EXPECT_EQ((*listed)[0].run_id, "run-2");
  EXPECT_THAT(*queries().ListRuns({.region_id = "CA", .applied_only = true}, std::nullopt, 10, Soon()), SizeIs(1));
  EXPECT_THAT(*queries().ListRuns({.region_id = "NORTH"}, std::nullopt, 10, Soon()), IsEmpty());
  const auto next = queries().ListRuns({}, std::pair((*listed)[0].created_at, (*listed)[0].run_id), 10, Soon());
  ASSERT_THAT(*next, SizeIs(1));
  EXPECT_EQ((*next)[0].run_id, "run-1");
  EXPECT_EQ(base::ReasonOf(PutRun(MakeRun("run-1", SampleTime(), false, SampleTime()), {}, 0)), "RUN_EXISTS");
}

// More rows than one statement takes, storages among others: each value comes back where it belongs.
TEST_F(RunsTest, EveryRowOfALargeScheduleIsItsOwn) {
  constexpr int kDers = 2'500;
  domain::Schedules schedules;
  schedules.interval_count = 3;
  const auto id_of = [](int i) { return absl::StrCat("BATTERY-", 10'000 + i); };
  Mutation registered;
  for (int i = 0; i < kDers; ++i) {
    registered.writes.emplace_back(DerInsert(testing::AdminAccess(id_of(i)), SampleDer(id_of(i))));
    Append(id_of(i), static_cast<float>(100 * i), i % 3 == 0, schedules);
  }
  ASSERT_TRUE(CommitAndWait(process_.committer(), std::move(registered)).ok());
  const domain::Run run = MakeRun("run", SampleTime(), true, SampleTime());
  ASSERT_TRUE(Commit(RunInsert(testing::FleetAccess(), run, schedules)).ok());
  const auto found = queries().ListSchedules({}, "", absl::InfinitePast(), std::size_t{3} * kDers, Soon());
  ASSERT_THAT(*found, SizeIs(3 * kDers));
  for (int i = 0; i < kDers; ++i) {
    for (int t = 0; t < 3; ++t) {
      const SetPoint& point = (*found)[static_cast<std::size_t>(3 * i + t)];
      ASSERT_EQ(point.der_id, id_of(i));
      ASSERT_EQ(point.power_kw, 100 * i + t);
      ASSERT_EQ(point.state_of_charge_kwh, i % 3 == 0 ? std::optional<double>(100 * i + 10 * (t + 1)) : std::nullopt);
      ASSERT_EQ(point.priority, t == 0 ? 1 : 5 * t);
      ASSERT_EQ(point.grid_stability_score, 10 - t);
    }
  }
}

TEST_F(RunsTest, SchedulesAreTheNewestAppliedRunForEachInterval) {
  for (const char* id : {"SOLAR-1", "SOLAR-2"}) {
    ASSERT_TRUE(Commit(DerInsert(testing::AdminAccess(id), SampleDer(id, id))).ok());
  }
  const absl::Time t = SampleTime();
  ASSERT_TRUE(PutRun(MakeRun("old", t, true, t), {"SOLAR-1", "SOLAR-2"}, 100).ok());
  ASSERT_TRUE(PutRun(MakeRun("new", t + absl::Hours(2), true, t + absl::Hours(1)), {"SOLAR-1"}, 200).ok());
  ASSERT_TRUE(PutRun(MakeRun("study", t, false, t + absl::Hours(9)), {"SOLAR-1"}, 300).ok());
  const auto list = [&](const ScheduleFilter& filter, std::string_view after = "",
                        absl::Time after_time = absl::InfinitePast(), std::size_t limit = 100) {
    std::vector<std::pair<std::string, double>> points;
    const auto found = queries().ListSchedules(filter, after, after_time, limit, Soon());
    EXPECT_TRUE(found.ok()) << found.status();
    for (const SetPoint& point : *found) points.emplace_back(point.der_id, point.power_kw);
    return points;
  };
  using Points = std::vector<std::pair<std::string, double>>;
  const Points expected = {{"SOLAR-1", 100}, {"SOLAR-1", 101}, {"SOLAR-1", 200}, {"SOLAR-1", 201},
                           {"SOLAR-1", 202}, {"SOLAR-2", 100}, {"SOLAR-2", 101}, {"SOLAR-2", 102}};
  EXPECT_EQ(list({}), expected);
  Points paged = list({}, "", absl::InfinitePast(), 4);
  const Points rest = list({}, "SOLAR-1", t + absl::Hours(3), 100);
  paged.insert(paged.end(), rest.begin(), rest.end());
  EXPECT_EQ(paged, expected);
  ScheduleFilter of_study;
  of_study.run_id = "study";
  EXPECT_EQ(list(of_study), (Points{{"SOLAR-1", 300}, {"SOLAR-1", 301}, {"SOLAR-1", 302}}));
  ScheduleFilter window;
  window.der_id = "SOLAR-1";
  window.from = t + absl::Minutes(90);
  window.until = t + absl::Hours(3);
  EXPECT_EQ(list(window), (Points{{"SOLAR-1", 101}, {"SOLAR-1", 200}}));
  ScheduleFilter of_owner;
  of_owner.owner_id = "SOLAR-2";
  of_owner.region_ids = {"CA"};
  EXPECT_THAT(list(of_owner), SizeIs(3));
  of_owner.region_ids = {"NORTH"};
  EXPECT_THAT(list(of_owner), IsEmpty());
  const auto points = queries().ListSchedules(of_study, "", absl::InfinitePast(), 1, Soon());
  EXPECT_EQ((*points)[0].starts_at, t);
  EXPECT_EQ((*points)[0].state_of_charge_kwh, 310);
  EXPECT_EQ((*points)[0].priority, 1);
  EXPECT_EQ((*points)[0].grid_stability_score, 10);
}

// A run that process "one" solves.
class RunningRunTest : public RunsTest {
 protected:
  RunningRunTest() {
    EXPECT_TRUE(Commit(DerInsert(testing::AdminAccess("SOLAR-1"), SampleDer("SOLAR-1"))).ok());
    EXPECT_TRUE(Commit(RunInsert(testing::FleetAccess(), Row(domain::RunState::kRunning), {})).ok());
  }
  domain::Run Row(domain::RunState state) {
    domain::Run run = MakeRun("run", SampleTime(), state == domain::RunState::kOptimal, SampleTime());
    run.state = state;
    run.runner = "one";
    if (state != domain::RunState::kRunning) run.ended_at = SampleTime() + absl::Hours(1);
    return run;
  }
  absl::Status Finish(const domain::Run& run) {
    domain::Schedules schedules;
    schedules.interval_count = 3;
    Append("SOLAR-1", 100, false, schedules);
    return Commit(RunFinish(testing::FleetAccess(), run, schedules));
  }
  absl::Status EndAsGone(absl::Duration silence) {
    return Commit(RunFinish(domain::RoleAccess::System(), Row(domain::RunState::kFailed), silence));
  }
  domain::Run Stored() { return **queries().GetRun("run", Soon()); }
  std::vector<SetPoint> SetPoints() { return *queries().ListSchedules({}, "", absl::InfinitePast(), 10, Soon()); }
};

TEST_F(RunningRunTest, IsThereFromItsBeginAndHasNoSchedule) {
  EXPECT_EQ(Stored().state, domain::RunState::kRunning);
  EXPECT_EQ(Stored().ended_at, std::nullopt);
  EXPECT_THAT(SetPoints(), IsEmpty());
  EXPECT_THAT(*queries().ListRuns({.state = domain::RunState::kRunning}, std::nullopt, 10, Soon()), SizeIs(1));
  EXPECT_THAT(*queries().ListRuns({.state = domain::RunState::kFailed}, std::nullopt, 10, Soon()), IsEmpty());
  const auto running = queries().ListRunningRuns(absl::Hours(1), 10, Soon());
  ASSERT_THAT(*running, SizeIs(1));
  EXPECT_EQ((*running)[0].runner, "one");
  EXPECT_FALSE((*running)[0].silent);
}

TEST_F(RunningRunTest, EndsOnceWithItsSchedule) {
  ASSERT_TRUE(Finish(Row(domain::RunState::kOptimal)).ok());
  EXPECT_EQ(Stored().state, domain::RunState::kOptimal);
  EXPECT_EQ(Stored().ended_at, SampleTime() + absl::Hours(1));
  EXPECT_THAT(SetPoints(), SizeIs(3));
  EXPECT_EQ(base::ReasonOf(Finish(Row(domain::RunState::kOptimal))), "RUN_ENDED");
  EXPECT_THAT(*queries().ListRunningRuns(absl::Hours(1), 10, Soon()), IsEmpty());
}

TEST_F(RunningRunTest, AnotherProcessNeitherEndsItNorGivesSignsOfLifeForIt) {
  domain::Run run = Row(domain::RunState::kOptimal);
  run.runner = "two";
  EXPECT_EQ(base::ReasonOf(Finish(run)), "RUN_OF_ANOTHER");
  EXPECT_EQ(base::ReasonOf(Commit(RunBeat(domain::RoleAccess::System(), "run", "two", "{}"))), "RUN_OF_ANOTHER");
  EXPECT_THAT(SetPoints(), IsEmpty());
}

TEST_F(RunningRunTest, WhoIsSilentForTooLongLosesIt) {
  EXPECT_EQ(base::ReasonOf(EndAsGone(absl::Hours(1))), "RUN_OF_ANOTHER");
  absl::SleepFor(absl::Milliseconds(20));
  EXPECT_TRUE((*queries().ListRunningRuns(absl::Milliseconds(10), 10, Soon()))[0].silent);
  ASSERT_TRUE(Commit(RunBeat(domain::RoleAccess::System(), "run", "one", R"({"phase": "lp"})")).ok());
  EXPECT_EQ(Stored().progress_json, R"({"phase": "lp"})");
  EXPECT_EQ(base::ReasonOf(EndAsGone(absl::Seconds(10))), "RUN_OF_ANOTHER");  // heard of since
  absl::SleepFor(absl::Milliseconds(20));
  ASSERT_TRUE(EndAsGone(absl::Milliseconds(10)).ok());
  EXPECT_EQ(Stored().state, domain::RunState::kFailed);
  EXPECT_EQ(Stored().progress_json, "");
  EXPECT_EQ(base::ReasonOf(Finish(Row(domain::RunState::kOptimal))), "RUN_ENDED");
  EXPECT_EQ(base::ReasonOf(Commit(RunBeat(domain::RoleAccess::System(), "run", "one", "{}"))), "RUN_ENDED");
  EXPECT_THAT(SetPoints(), IsEmpty());
}

TEST_F(RunningRunTest, WhoAskedFirstForItsEndIsRemembered) {
  ASSERT_TRUE(Commit(RunCancel(testing::FleetAccess(), "run", "operator")).ok());
  ASSERT_TRUE(Commit(RunCancel(testing::FleetAccess(), "run", "admin")).ok());
  EXPECT_EQ(Stored().cancelled_by, "operator");
  EXPECT_EQ((*queries().ListRunningRuns(absl::Hours(1), 10, Soon()))[0].cancelled_by, "operator");
  ASSERT_TRUE(Finish(Row(domain::RunState::kCancelled)).ok());
  EXPECT_EQ(base::ReasonOf(Commit(RunCancel(testing::FleetAccess(), "run", "admin"))), "RUN_ENDED");
  EXPECT_EQ(base::ReasonOf(Commit(RunCancel(testing::FleetAccess(), "nothing", "admin"))), "RUN_NOT_FOUND");
}

TEST_F(RunsTest, SchedulesOfARunComeWithTheirDersWhole) {
  for (const char* id : {"BATTERY-1", "SOLAR-1", "SOLAR-2"}) {
    domain::Der der = SampleDer(id, std::string(id) == "SOLAR-2" ? "owner-2" : "owner-1");
    der.parameters.plant = domain::Plant(domain::SolarPlant{.tilt_deg = 30});
    ASSERT_TRUE(CommitAndWait(process_.committer(), testing::Registering(process_.ids(), der)).ok());
  }
  domain::Schedules schedules;
  schedules.interval_count = 3;
  Append("SOLAR-2", 7, false, schedules);
  Append("BATTERY-1", -2, true, schedules);
  Append("SOLAR-1", 4, false, schedules);
  ASSERT_TRUE(
      Commit(RunInsert(testing::FleetAccess(), MakeRun("run-1", SampleTime(), false, SampleTime()), schedules)).ok());
  ASSERT_TRUE(PutRun(MakeRun("run-2", SampleTime(), true, SampleTime()), {"SOLAR-1"}, 9).ok());
  const auto ids = [&](const ScheduleFilter& filter, std::string_view after = "", std::size_t limit = 10) {
    std::vector<std::string> found;
    const auto rows = queries().ListRunSchedules(filter, after, limit, Soon());
    EXPECT_TRUE(rows.ok()) << rows.status();
    for (const DerSchedule& row : *rows) found.push_back(row.der.der_id);
    return found;
  };
  ScheduleFilter filter;
  filter.run_id = "run-1";
  EXPECT_THAT(ids(filter), ::testing::ElementsAre("BATTERY-1", "SOLAR-1", "SOLAR-2"));
  EXPECT_THAT(ids(filter, "BATTERY-1", 1), ::testing::ElementsAre("SOLAR-1"));
  filter.owner_id = "owner-2";
  EXPECT_THAT(ids(filter), ::testing::ElementsAre("SOLAR-2"));
  filter.region_ids = {"NOWHERE"};
  EXPECT_THAT(ids(filter), IsEmpty());
  ScheduleFilter one;
  one.run_id = "run-1";
  one.der_id = "BATTERY-1";
  const auto rows = queries().ListRunSchedules(one, "", 10, Soon());
  ASSERT_THAT(*rows, SizeIs(1));
  EXPECT_THAT(rows->front().power_kw, ::testing::ElementsAre(-2, -1, 0));
  EXPECT_THAT(rows->front().state_of_charge_kwh, ::testing::ElementsAre(8, 18, 28));
  EXPECT_EQ(rows->front().der.parameters.plant, domain::SharedPlant(domain::SolarPlant{.tilt_deg = 30}));
  one.der_id = "SOLAR-1";
  EXPECT_THAT(queries().ListRunSchedules(one, "", 10, Soon())->front().state_of_charge_kwh, IsEmpty());
}

}  // namespace
}  // namespace derms::store
