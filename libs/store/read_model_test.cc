// Two processes on one database: what one commits the other knows.
#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using domain::DerStatus;
using testing::ChangingStatus;
using testing::CommitAndWait;
using testing::Eventually;
using testing::Registering;
using testing::SampleDer;
using testing::SampleTime;
using testing::StoreProcess;

class ReadModelTest : public ::testing::Test {
 protected:
  void Commit(StoreProcess& process, Mutation mutation) {
    const auto outcome = CommitAndWait(process.committer(), std::move(mutation));
    ASSERT_TRUE(outcome.ok()) << outcome.status();
  }
  static std::vector<std::string> Ids(const DerPage& page) {
    std::vector<std::string> ids;
    for (const auto& der : page.ders) ids.push_back(der->der_id);
    return ids;
  }
  Mutation Applied(const std::string& run_id, absl::Time from, absl::Duration length,
                   const std::vector<std::string>& der_ids) {
    domain::Run run;
    run.run_id = run_id;
    run.region_id = "CA";
    run.starts_at = from;
    run.interval = length;
    run.interval_count = 1;
    run.applied = true;
    run.created_at = from;
    run.detail_json = "{}";
    domain::Schedules schedules;
    schedules.interval_count = 1;
    schedules.der_ids = der_ids;
    schedules.power_kw.assign(der_ids.size(), 1.5F);
    schedules.is_storage.assign(der_ids.size(), false);
    schedules.priority.assign(der_ids.size(), 5);
    schedules.grid_stability_score.assign(der_ids.size(), 6);
    Mutation mutation;
    mutation.writes.emplace_back(RunInsert(testing::FleetAccess(), run, schedules));
    domain::Event event = testing::EventAbout(ids_, domain::EventType::kResourcesOptimized, SampleDer("X-1"));
    event.der_id.reset();
    event.revision.reset();
    event.resource_id = run_id;
    mutation.events.push_back(event);
    return mutation;
  }

  testing::TestDatabase database_;
  base::RandomIdSource ids_;
};

TEST_F(ReadModelTest, AProcessReadsItsOwnWritesAtOnce) {
  StoreProcess process(database_.url(), false);
  const domain::Der der = SampleDer("SOLAR-1");
  Commit(process, Registering(ids_, der));
  ASSERT_NE(process.model().FindDer("SOLAR-1"), nullptr);
  Commit(process, ChangingStatus(ids_, der, DerStatus::kOnline));
  EXPECT_EQ(process.model().FindDer("SOLAR-1")->stored_status, DerStatus::kOnline);
  EXPECT_EQ(process.model().FindDer("SOLAR-1")->revision, 2);
}

TEST_F(ReadModelTest, AProcessStartsWithEverythingThatIsStored) {
  domain::Der der = SampleDer("BATTERY-1", "owner-7");
  der.type = domain::DerType::kBattery;
  der.parameters.energy_capacity_kwh = 4000.125;
  der.parameters.availability_series_id = "series-1";
  der.parameters.island_category = domain::IslandCategory::kBlackStartCapable;
  der.latitude_deg = -33.25;
  {
    StoreProcess before(database_.url());
    Commit(before, testing::Putting(testing::SampleRegion("CA")));
    Commit(before, Registering(ids_, der));
    Mutation reading;
    domain::Reading sample = testing::SampleReading("BATTERY-1", SampleTime(), -12.5);
    sample.state_of_charge_kwh = 99;
    reading.writes.emplace_back(ReadingPut(testing::AdminAccess("BATTERY-1"), sample));
    Commit(before, std::move(reading));
  }
  StoreProcess after(database_.url());
  const auto found = after.model().FindDer("BATTERY-1");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->owner_id, "owner-7");
  EXPECT_EQ(found->type, domain::DerType::kBattery);
  EXPECT_EQ(found->parameters, der.parameters);
  EXPECT_EQ(found->latitude_deg, -33.25);
  EXPECT_EQ(found->registered_at, der.registered_at);
  EXPECT_EQ(found->revision, 1);
  const auto reading = after.model().LatestReading("BATTERY-1");
  ASSERT_TRUE(reading.has_value());
  EXPECT_EQ(reading->power_kw, -12.5);
  EXPECT_EQ(reading->state_of_charge_kwh, 99);
  EXPECT_EQ(reading->voltage_v, std::nullopt);
  EXPECT_EQ(reading->measured_at, SampleTime());
  EXPECT_NE(after.model().Regions()->Find("CA"), nullptr);
  EXPECT_EQ(after.model().CapacityRules().size(), 6u);
  EXPECT_LT(after.model().Age(), absl::Minutes(1));
}

TEST_F(ReadModelTest, WhatOneProcessCommitsTheOtherLearns) {
  StoreProcess one(database_.url()), two(database_.url());
  const domain::Der der = SampleDer("SOLAR-1");
  Commit(one, Registering(ids_, der));
  EXPECT_TRUE(Eventually([&] { return two.model().FindDer("SOLAR-1") != nullptr; }));
  Commit(two, ChangingStatus(ids_, der, DerStatus::kOnline));
  EXPECT_TRUE(Eventually([&] { return one.model().FindDer("SOLAR-1")->revision == 2; }));
  Mutation reading;
  reading.writes.emplace_back(
      ReadingPut(testing::AdminAccess("SOLAR-1"), testing::SampleReading("SOLAR-1", SampleTime(), 7)));
  Commit(one, std::move(reading));
  EXPECT_TRUE(Eventually([&] { return two.model().LatestReading("SOLAR-1").has_value(); }));
  EXPECT_EQ(two.model().LatestReading("SOLAR-1")->power_kw, 7);
}

TEST_F(ReadModelTest, ManyWritersOnTwoProcessesEndInTheSameState) {
  constexpr int kDers = 20;
  StoreProcess one(database_.url()), two(database_.url());
  for (int i = 0; i < kDers; ++i) Commit(one, Registering(ids_, SampleDer(absl::StrCat("SOLAR-", i))));
  ASSERT_TRUE(Eventually([&] { return two.model().FindDer(absl::StrCat("SOLAR-", kDers - 1)) != nullptr; }));
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      StoreProcess& process = t % 2 == 0 ? one : two;
      for (int turn = 0; turn < 100; ++turn) {
        const auto before = process.model().FindDer(absl::StrCat("SOLAR-", (turn * 7 + t) % kDers));
        const auto outcome =
            CommitAndWait(process.committer(),
                          ChangingStatus(ids_, *before, turn % 2 == 0 ? DerStatus::kOnline : DerStatus::kMaintenance));
        EXPECT_EQ(base::ReasonOf(outcome.status()), outcome.ok() ? "" : "REVISION_MISMATCH");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto events = std::stoll(database_.Query("SELECT count(*) FROM event"));
  ASSERT_TRUE(Eventually([&] { return one.follower().sequence() == events && two.follower().sequence() == events; }));
  std::int64_t changes = 0;
  for (int i = 0; i < kDers; ++i) {
    const std::string id = absl::StrCat("SOLAR-", i);
    const auto here = one.model().FindDer(id), there = two.model().FindDer(id);
    const std::string where = absl::StrCat(" FROM der WHERE der_id = '", id, "'");
    EXPECT_EQ(here->revision, there->revision);
    EXPECT_EQ(here->stored_status, there->stored_status);
    EXPECT_EQ(here->updated_at, there->updated_at);
    EXPECT_EQ(database_.Query("SELECT revision" + where), absl::StrCat(here->revision));
    EXPECT_EQ(database_.Query("SELECT stored_status" + where), absl::StrCat(static_cast<int>(here->stored_status)));
    changes += here->revision;
  }
  EXPECT_EQ(changes, events);
}

TEST_F(ReadModelTest, AnOrderOfAnotherProcessMakesEmergencyAndItsReleaseEndsIt) {
  StoreProcess registry(database_.url()), emergency(database_.url());
  domain::Der der = SampleDer("SOLAR-1");
  Commit(registry, Registering(ids_, der));
  ASSERT_TRUE(Eventually([&] { return emergency.model().FindDer("SOLAR-1") != nullptr; }));
  domain::EmergencyOrder order = testing::SampleOrder("order-1", absl::Now() - absl::Seconds(1), absl::Minutes(10));
  der.registered_at = order.starts_at - absl::Hours(1);
  Commit(emergency, testing::Ordering(ids_, order));
  const absl::Time now = absl::Now();
  ASSERT_TRUE(Eventually([&] { return registry.model().LiveOrders(now).size() == 1; }));
  EXPECT_EQ(registry.model().StatusOf(der, now), DerStatus::kEmergency);
  EXPECT_EQ(registry.model().StatusOf(der, order.ends_at), DerStatus::kOffline);  // ends by itself
  order.state = domain::EmergencyState::kReleased;
  order.ended_at = now;
  order.revision = 2;
  Mutation release = testing::Ordering(ids_, order);
  release.writes.clear();
  release.writes.emplace_back(EmergencyEnd(testing::FleetAccess(), order));
  release.events[0].type = domain::EventType::kEmergencyEnded;
  Commit(emergency, std::move(release));
  EXPECT_TRUE(Eventually([&] { return registry.model().StatusOf(der, now) == DerStatus::kOffline; }));
  EXPECT_TRUE(registry.model().LiveOrders(now).empty());
}

TEST_F(ReadModelTest, WhoStartsLaterKnowsTheDersThatAreOnTheirWayBack) {
  domain::Der der = SampleDer("HYDRO-1");
  der.capacity_kw = 1000;
  domain::EmergencyOrder over = testing::SampleOrder("order-1", absl::Now() - absl::Hours(1), absl::Minutes(59));
  over.restoration.emplace();  // nobody has written down its end
  der.registered_at = over.starts_at - absl::Hours(1);
  {
    StoreProcess registry(database_.url());
    Commit(registry, Registering(ids_, der));
    Commit(registry, testing::Ordering(ids_, over));
  }
  StoreProcess later(database_.url());
  const absl::Time now = absl::Now();
  EXPECT_TRUE(later.model().LiveOrders(now).empty());
  EXPECT_EQ(later.model().StatusOf(der, now), DerStatus::kEmergency);
  EXPECT_EQ(later.model().StatusOf(der, over.holds_until()), DerStatus::kOffline);
}

TEST_F(ReadModelTest, AnAppliedScheduleMakesOnlineDersOptimizedWhileItLasts) {
  StoreProcess registry(database_.url()), optimizer(database_.url());
  domain::Der der = SampleDer("SOLAR-1");
  der.stored_status = DerStatus::kOnline;
  domain::Der other = SampleDer("SOLAR-2");
  other.stored_status = DerStatus::kOnline;
  const absl::Time from = absl::Now() - absl::Minutes(1);
  Commit(optimizer, Applied("run-1", from, absl::Hours(1), {"SOLAR-1"}));
  EXPECT_EQ(optimizer.model().StatusOf(der, from), DerStatus::kOptimized);
  ASSERT_TRUE(Eventually([&] { return registry.model().StatusOf(der, from) == DerStatus::kOptimized; }));
  EXPECT_EQ(registry.model().StatusOf(other, from), DerStatus::kOnline);
  EXPECT_EQ(registry.model().StatusOf(der, from + absl::Hours(1)), DerStatus::kOnline);
  StoreProcess later(database_.url());
  EXPECT_EQ(later.model().StatusOf(der, from), DerStatus::kOptimized);
}

TEST_F(ReadModelTest, RegionsAndRulesOfAnotherProcessArrive) {
  StoreProcess one(database_.url()), two(database_.url());
  Mutation mutation = testing::Putting(testing::SampleRegion("CA"));
  domain::CapacityRule rule{domain::DerType::kWind, 1, 2, 1, 2};
  mutation.writes.emplace_back(CapacityRulePut(domain::RoleAccess::System(), rule));
  for (const auto type : {domain::EventType::kRegionPut, domain::EventType::kCapacityRulePut}) {
    domain::Event event = testing::EventAbout(ids_, type, SampleDer("X-1"));
    event.der_id.reset();
    event.revision.reset();
    mutation.events.push_back(event);
  }
  Commit(one, std::move(mutation));
  EXPECT_EQ(one.model().CapacityRules()[1].max_kw, 2);
  EXPECT_TRUE(Eventually([&] { return two.model().Regions()->Find("CA") != nullptr; }));
  EXPECT_TRUE(Eventually([&] { return two.model().CapacityRules()[1].max_kw == 2; }));
}

TEST_F(ReadModelTest, ListsByOwnerTypeStatusRegionAndBoxInPages) {
  StoreProcess process(database_.url(), false);
  Commit(process, testing::Putting(testing::SampleRegion("CA")));
  Commit(process, testing::Putting(testing::SampleRegion("NORTH", "CA")));
  for (int i = 0; i < 10; ++i) {
    domain::Der der = SampleDer(absl::StrCat("DER-", i), i < 4 ? "owner-1" : "owner-2");
    der.type = i % 2 == 0 ? domain::DerType::kSolar : domain::DerType::kWind;
    der.region_id = i < 6 ? "NORTH" : "ELSEWHERE";
    der.longitude_deg = -180 + 36 * i;
    der.stored_status = i == 9 ? DerStatus::kMaintenance : DerStatus::kOffline;
    if (i == 8) der.lifecycle = domain::Lifecycle::kRetired;
    Commit(process, Registering(ids_, der));
  }
  const auto list = [&](const DerFilter& filter, std::string_view after = "", std::size_t limit = 100) {
    return process.model().ListDers(filter, after, limit, SampleTime());
  };
  using ::testing::ElementsAre;
  DerFilter by_owner;
  by_owner.owner_id = "owner-1";
  EXPECT_THAT(Ids(list(by_owner)), ElementsAre("DER-0", "DER-1", "DER-2", "DER-3"));
  const DerPage first = list(by_owner, "", 3);
  EXPECT_EQ(first.next_after_der_id, "DER-2");
  const DerPage second = list(by_owner, first.next_after_der_id, 3);
  EXPECT_THAT(Ids(second), ElementsAre("DER-3"));
  EXPECT_EQ(second.next_after_der_id, "");
  EXPECT_EQ(list(by_owner, "", 4).next_after_der_id, "");  // nothing follows a page that is just full
  DerFilter by_area;
  by_area.region_id = "CA";
  by_area.types = {domain::DerType::kWind};
  EXPECT_THAT(Ids(list(by_area)), ElementsAre("DER-1", "DER-3", "DER-5"));
  DerFilter by_status;
  by_status.statuses = {DerStatus::kMaintenance};
  EXPECT_THAT(Ids(list(by_status)), ElementsAre("DER-9"));
  DerFilter over_the_date_line;
  over_the_date_line.box = DerFilter::Box{-90, 100, 90, -140};
  over_the_date_line.include_retired = true;
  EXPECT_THAT(Ids(list(over_the_date_line)), ElementsAre("DER-0", "DER-1", "DER-8", "DER-9"));
  DerFilter visible;
  visible.visible = [](const domain::Der& der) { return der.der_id == "DER-7"; };
  EXPECT_THAT(Ids(list(visible)), ElementsAre("DER-7"));
}

TEST_F(ReadModelTest, StatsCountByTypeAndStatusAndSumOnlyWhatMayBeMeasured) {
  StoreProcess process(database_.url(), false);
  for (int i = 0; i < 3; ++i) {
    const std::string id = absl::StrCat("DER-", i);
    Commit(process, Registering(ids_, SampleDer(id)));
    Mutation reading;
    reading.writes.emplace_back(
        ReadingPut(testing::AdminAccess(id), testing::SampleReading(id, SampleTime(), 10 * (i + 1))));
    Commit(process, std::move(reading));
  }
  const FleetStats stats = process.model().Stats(
      std::nullopt, [](const domain::Der& der) { return der.der_id != "DER-2"; }, SampleTime());
  EXPECT_EQ(stats.types[0].count, 3);
  EXPECT_EQ(stats.types[0].capacity_kw, 3000);
  EXPECT_EQ(stats.types[0].measured_power_kw, 30);
  EXPECT_EQ(stats.types[1].measured_power_kw, std::nullopt);
  EXPECT_EQ(stats.statuses[0].second, 3);
}

TEST_F(ReadModelTest, AnOlderReadingChangesNothingHereAndInTheDatabase) {
  StoreProcess process(database_.url(), false);
  Commit(process, Registering(ids_, SampleDer("SOLAR-1")));
  for (const int second : {10, 5, 20, 15}) {
    Mutation reading;
    reading.writes.emplace_back(
        ReadingPut(testing::AdminAccess("SOLAR-1"),
                   testing::SampleReading("SOLAR-1", SampleTime() + absl::Seconds(second), second)));
    Commit(process, std::move(reading));
  }
  EXPECT_EQ(process.model().LatestReading("SOLAR-1")->power_kw, 20);
  EXPECT_EQ(database_.Query("SELECT power_kw FROM latest_reading"), "20");
}

}  // namespace
}  // namespace derms::store
