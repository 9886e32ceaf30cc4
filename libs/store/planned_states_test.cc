// The part of the schedules in force that says how a DER comes to the start of a horizon.
#include <gmock/gmock.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using testing::CommitAndWait;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Soon;

const absl::Time kNoon = testing::SampleTime();
constexpr float kNothing = -999;  // stands for NaN, which equals nothing

class PlannedStatesTest : public ::testing::Test {
 protected:
  // Powers P, P + 1, ... and, for a storage, charges 10 P, 10 P + 1, ...
  void Apply(const std::string& run_id, absl::Time starts_at, absl::Duration interval, int count,
             const std::vector<std::pair<std::string, int>>& ders, bool storage = true, bool applied = true,
             const std::string& region_id = "CA") {
    domain::Run run;
    run.run_id = run_id;
    run.region_id = region_id;
    run.starts_at = starts_at;
    run.interval = interval;
    run.interval_count = count;
    run.applied = applied;
    run.requested_by = "operator";
    run.created_at = kNoon + absl::Seconds(++runs_);  // later ones are newer
    run.detail_json = "{}";
    domain::Schedules schedules;
    schedules.interval_count = count;
    for (const auto& [der_id, power] : ders) {
      schedules.der_ids.push_back(der_id);
      schedules.is_storage.push_back(storage);
      for (int i = 0; i < count; ++i) {
        schedules.power_kw.push_back(static_cast<float>(power + i));
        if (storage) schedules.state_of_charge_kwh.push_back(static_cast<float>(10 * power + i));
        schedules.priority.push_back(1);
        schedules.grid_stability_score.push_back(1);
      }
    }
    Mutation mutation;
    mutation.writes.emplace_back(RunInsert(testing::FleetAccess(), run, schedules));
    ASSERT_TRUE(CommitAndWait(process_.committer(), std::move(mutation)).ok());
  }

  domain::PlannedStates Load(const std::vector<std::string>& der_ids, absl::Time from, absl::Time until,
                             absl::Time known_at = absl::InfiniteFuture()) {
    std::vector<base::DerKey> keys;
    for (const std::string& id : der_ids) keys.push_back(base::DerKeyOf(id));
    auto states = process_.queries().LoadPlannedStates(keys, from, until, known_at, Soon());
    EXPECT_TRUE(states.ok()) << states.status();
    for (auto* values : {&states->power_kw, &states->state_of_charge_kwh}) {
      for (float& value : *values) value = std::isnan(value) ? kNothing : value;
    }
    return *std::move(states);
  }
  static std::vector<int> Minutes(const domain::PlannedStates& states) {
    std::vector<int> minutes;
    for (const absl::Time bound : states.bounds)
      minutes.push_back(static_cast<int>((bound - kNoon) / absl::Minutes(1)));
    return minutes;
  }

  testing::TestDatabase database_;
  testing::StoreProcess process_{database_.url(), false};
  int runs_ = 0;
};

TEST_F(PlannedStatesTest, WithoutAScheduleInForceThereIsNothing) {
  Apply("study", kNoon, absl::Hours(1), 2, {{"B-1", 5}}, true, /*applied=*/false);
  Apply("over", kNoon - absl::Hours(2), absl::Hours(1), 2, {{"B-1", 5}});
  EXPECT_THAT(Load({"B-1"}, kNoon, kNoon + absl::Hours(1)).bounds, IsEmpty());
}

TEST_F(PlannedStatesTest, EachSlotIsOfTheNewestRunThatCoversIt) {
  Apply("hourly", kNoon, absl::Hours(1), 3, {{"B-1", 5}});
  Apply("quarters", kNoon + absl::Minutes(30), absl::Minutes(15), 2, {{"B-1", 7}});
  const auto states = Load({"B-1"}, kNoon + absl::Minutes(10), kNoon + absl::Hours(2));
  EXPECT_THAT(Minutes(states), ElementsAre(10, 30, 45, 60, 120));
  EXPECT_THAT(states.power_kw, ElementsAre(5, 7, 8, 6));
  EXPECT_THAT(states.state_of_charge_kwh, ElementsAre(kNothing, 70, 71, 51)) << "no interval ends at half past";
}

TEST_F(PlannedStatesTest, GoOnToTheEndOfTheIntervalThatTheStretchEndsIn) {
  Apply("hourly", kNoon, absl::Hours(1), 3, {{"B-1", 5}});
  const auto states = Load({"B-1"}, kNoon + absl::Minutes(10), kNoon + absl::Minutes(15));
  EXPECT_THAT(Minutes(states), ElementsAre(10, 15, 60));
  EXPECT_THAT(states.power_kw, ElementsAre(5, 5));
  EXPECT_THAT(states.state_of_charge_kwh, ElementsAre(kNothing, 50));
}

TEST_F(PlannedStatesTest, AreInTheOrderThatWasAskedForAndTellWhoIsNotPlanned) {
  Apply("run", kNoon, absl::Hours(1), 1, {{"B-1", 5}, {"B-2", 6}});
  const auto states = Load({"B-2", "NEW", "B-1"}, kNoon, kNoon + absl::Hours(1));
  EXPECT_THAT(states.power_kw, ElementsAre(6, kNothing, 5));
  EXPECT_THAT(states.state_of_charge_kwh, ElementsAre(60, kNothing, 50));
}

TEST_F(PlannedStatesTest, AUnitHasNoCharge) {
  Apply("run", kNoon, absl::Hours(1), 1, {{"F-1", 5}}, /*storage=*/false);
  EXPECT_THAT(Load({"F-1"}, kNoon, kNoon + absl::Hours(1)).state_of_charge_kwh, ElementsAre(kNothing));
}

TEST_F(PlannedStatesTest, RunsOfPartsGoTogether) {
  Apply("north", kNoon, absl::Hours(1), 2, {{"N-1", 5}}, true, true, "NORTH");
  Apply("south", kNoon, absl::Hours(1), 2, {{"S-1", 7}}, true, true, "SOUTH");
  EXPECT_THAT(Load({"N-1", "S-1"}, kNoon, kNoon + absl::Hours(1)).power_kw, ElementsAre(5, 7));
}

TEST_F(PlannedStatesTest, WhoWasLeftOutForLongIsNotPlanned) {
  Apply("first", kNoon, absl::Hours(1), 2, {{"B-1", 5}, {"B-2", 6}});
  for (int i = 1; i < kPlansLookedAt; ++i) {
    Apply(absl::StrCat("next-", i), kNoon, absl::Hours(1), 2, {{"B-2", 10 * i}});
  }
  EXPECT_THAT(Load({"B-1", "B-2"}, kNoon, kNoon + absl::Hours(1)).power_kw, ElementsAre(5, 30));
  Apply("one more", kNoon, absl::Hours(1), 2, {{"B-2", 40}});
  EXPECT_THAT(Load({"B-1", "B-2"}, kNoon, kNoon + absl::Hours(1)).power_kw, ElementsAre(kNothing, 40));
}

// More than are looked up each by its key: the same answer.
TEST_F(PlannedStatesTest, ManyAreReadAsTheyLie) {
  constexpr int kDers = 25'000;
  std::vector<std::pair<std::string, int>> ders;
  std::vector<std::string> ids;
  for (int i = 0; i < kDers; ++i) {
    ids.push_back(absl::StrCat("B-", i));
    ders.emplace_back(ids.back(), i % 1000);
  }
  Apply("run", kNoon, absl::Minutes(15), 4, ders);
  const auto states = Load(ids, kNoon + absl::Minutes(15), kNoon + absl::Minutes(30));
  ASSERT_EQ(states.power_kw.size(), ids.size());
  for (int i = 0; i < kDers; ++i) {
    ASSERT_EQ(states.power_kw[static_cast<std::size_t>(i)], i % 1000 + 1);
    ASSERT_EQ(states.state_of_charge_kwh[static_cast<std::size_t>(i)], 10 * (i % 1000) + 1);
  }
}

}  // namespace
}  // namespace derms::store
