// Rows written through the committer and read back; roles; the clock; what is removed in time. Runs: runs_test.cc.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/store/db_clock.h"
#include "libs/store/housekeeping.h"
#include "libs/store/role_cache.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using domain::Role;
using testing::CommitAndWait;
using ::testing::ElementsAre;
using testing::Eventually;
using ::testing::IsEmpty;
using testing::SampleDer;
using testing::SampleTime;
using ::testing::SizeIs;
using testing::Soon;

const domain::RoleAccess kSystem = domain::RoleAccess::System();

class QueriesTest : public ::testing::Test {
 protected:
  template <typename Row>
  absl::Status Commit(Row row) {
    Mutation mutation;
    mutation.writes.emplace_back(std::move(row));
    return CommitAndWait(process_.committer(), std::move(mutation)).status();
  }
  PgQueries& queries() { return process_.queries(); }

  testing::TestDatabase database_;
  testing::StoreProcess process_{database_.url(), false};
};

TEST_F(QueriesTest, DersAreFoundByIdAndUnknownOnesAreAbsent) {
  domain::Der der = SampleDer("SOLAR-1");
  der.capacity_kw = 0.1 + 0.2;
  ASSERT_TRUE(Commit(DerInsert(testing::AdminAccess("SOLAR-1"), der)).ok());
  const auto found = queries().LoadDers({"NOBODY-1", "SOLAR-1"}, Soon());
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_EQ((*found)[0].capacity_kw, 0.1 + 0.2);
}

TEST_F(QueriesTest, AReplacedDerIsWholeNew) {
  domain::Der der = SampleDer("SOLAR-1");
  ASSERT_TRUE(Commit(DerInsert(testing::AdminAccess("SOLAR-1"), der)).ok());
  der.owner_id = "owner-2";
  der.parameters.wear_usd_per_kwh = 0.002;
  der.lifecycle = domain::Lifecycle::kRetired;
  der.revision = 2;
  ASSERT_TRUE(Commit(DerReplace(testing::AdminAccess("SOLAR-1"), der)).ok());
  const auto found = queries().LoadDers({"SOLAR-1"}, Soon());
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_EQ((*found)[0].owner_id, "owner-2");
  EXPECT_EQ((*found)[0].parameters, der.parameters);
  EXPECT_EQ((*found)[0].lifecycle, domain::Lifecycle::kRetired);
}

TEST_F(QueriesTest, MaintenanceIsListedNewestFirstInPages) {
  for (int i = 0; i < 5; ++i) {
    domain::MaintenanceRecord record;
    record.record_id = absl::StrCat("record-", i);
    record.der_id = "SOLAR-1";
    record.kind = domain::MaintenanceKind::kInspection;
    record.starts_at = SampleTime();
    record.ends_at = SampleTime() + absl::Hours(2);
    record.crew = "crew";
    record.notes = "notes '; --";
    record.recorded_by = "owner-1";
    record.recorded_at = SampleTime() + absl::Minutes(i / 2);  // some at the same instant
    ASSERT_TRUE(Commit(MaintenanceInsert(testing::AdminAccess("SOLAR-1"), record)).ok());
  }
  const auto first = queries().ListMaintenance("SOLAR-1", std::nullopt, 3, Soon());
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_THAT(*first, SizeIs(3));
  EXPECT_EQ((*first)[0].record_id, "record-4");
  EXPECT_EQ((*first)[2].record_id, "record-2");
  EXPECT_EQ((*first)[2].notes, "notes '; --");
  EXPECT_EQ((*first)[2].ends_at, SampleTime() + absl::Hours(2));
  const auto second =
      queries().ListMaintenance("SOLAR-1", std::pair((*first)[2].recorded_at, (*first)[2].record_id), 3, Soon());
  ASSERT_THAT(*second, SizeIs(2));
  EXPECT_EQ((*second)[0].record_id, "record-1");
  EXPECT_THAT(*queries().ListMaintenance("OTHER-1", std::nullopt, 3, Soon()), IsEmpty());
}

TEST_F(QueriesTest, ASeriesIsStoredInPiecesOverChunksAndReadWithItsGaps) {
  const absl::Duration hour = absl::Hours(1);
  const absl::Time year = absl::FromUnixSeconds(1577836800);  // 2020
  domain::SeriesPiece piece{"load-1", domain::SeriesKind::kLoadKw, year, hour, {}};
  for (int i = 0; i < 8784; ++i) piece.values.push_back(i);
  ASSERT_TRUE(Commit(SeriesPut(kSystem, piece)).ok());
  domain::SeriesPiece more{"load-1", domain::SeriesKind::kLoadKw, year + 9000 * hour, hour, {-1, -2}};
  ASSERT_TRUE(Commit(SeriesPut(kSystem, more)).ok());
  domain::SeriesPiece again{"load-1", domain::SeriesKind::kLoadKw, year + 100 * hour, hour, {0.5}};
  ASSERT_TRUE(Commit(SeriesPut(kSystem, again)).ok());
  const auto all = queries().LoadSeries({"load-1", "nothing"}, year - hour, year + 9002 * hour, Soon());
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_THAT(*all, SizeIs(1));
  const auto& values = (*all)[0].values;
  EXPECT_EQ((*all)[0].starts_at, year - hour);
  ASSERT_THAT(values, SizeIs(9003));
  EXPECT_TRUE(std::isnan(values[0]));
  for (int i = 0; i < 8784; ++i) EXPECT_EQ(values[static_cast<std::size_t>(i) + 1], i == 100 ? 0.5 : i);
  EXPECT_TRUE(std::isnan(values[8785]));
  EXPECT_EQ(values[9001], -1);
  EXPECT_EQ(values[9002], -2);
  const auto listed = queries().ListSeries(std::nullopt, "", 10, Soon());
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_THAT(*listed, SizeIs(1));
  EXPECT_EQ((*listed)[0].stored_count, 8786);
  EXPECT_EQ((*listed)[0].starts_at, year);
  EXPECT_EQ((*listed)[0].ends_at, year + 9002 * hour);
  EXPECT_EQ((*listed)[0].interval, hour);
  EXPECT_THAT(*queries().ListSeries("load-1", "", 10, Soon()), SizeIs(1));
  EXPECT_THAT(*queries().ListSeries(std::nullopt, "load-1", 10, Soon()), IsEmpty());
}

TEST_F(QueriesTest, ASeriesWorksBefore1970AndAtChunkBorders) {
  const absl::Duration step = absl::Minutes(5);
  const absl::Time start = absl::UnixEpoch() - 1001 * step;
  domain::SeriesPiece piece{"old", domain::SeriesKind::kPriceUsdPerKwh, start, step, {}};
  for (int i = 0; i < 2002; ++i) piece.values.push_back(i);
  ASSERT_TRUE(Commit(SeriesPut(kSystem, piece)).ok());
  const auto found = queries().LoadSeries({"old"}, start, start + 2002 * step, Soon());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ((*found)[0].values, piece.values);
}

TEST_F(QueriesTest, TheWeatherIsKeptLikeEverythingElse) {
  const domain::SeriesPiece flow{"river", domain::SeriesKind::kFlowM3PerS, SampleTime(), absl::Hours(1), {4, 5}};
  const domain::SeriesPiece frost{"frost", domain::SeriesKind::kTemperatureC, SampleTime(), absl::Hours(1), {-4}};
  ASSERT_TRUE(Commit(SeriesPut(kSystem, flow)).ok());
  ASSERT_TRUE(Commit(SeriesPut(kSystem, frost)).ok());
  const auto found = queries().LoadSeries({"river", "frost"}, SampleTime(), SampleTime() + absl::Hours(1), Soon());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ((*found)[0].kind, domain::SeriesKind::kFlowM3PerS);
  EXPECT_EQ((*found)[1].values, std::vector<double>{-4});
}

TEST_F(QueriesTest, APieceOfAnotherShapeIsRefused) {
  domain::SeriesPiece piece{"s", domain::SeriesKind::kLoadKw, SampleTime(), absl::Hours(1), {1}};
  ASSERT_TRUE(Commit(SeriesPut(kSystem, piece)).ok());
  piece.interval = absl::Minutes(30);
  EXPECT_EQ(base::ReasonOf(Commit(SeriesPut(kSystem, piece))), "SERIES_INTERVAL_MISMATCH");
  piece.interval = absl::Hours(1);
  piece.kind = domain::SeriesKind::kCarbonKgPerKwh;
  EXPECT_EQ(base::ReasonOf(Commit(SeriesPut(kSystem, piece))), "SERIES_INTERVAL_MISMATCH");
}

TEST_F(QueriesTest, AnEmergencyOrderIsWholeAndEndsOnce) {
  domain::EmergencyOrder order = testing::SampleOrder("order-1", absl::Now(), absl::Hours(1));
  order.kind = domain::EmergencyKind::kInject;
  order.power_kw = 500;
  order.shortfall_kw = 12.5;
  order.unbound = {{"SOLAR-9", "MAINTENANCE"}};
  order.unbound_count = 1;
  order.shares = {{domain::DerType::kBattery, 3, 900.5, 0.5}};
  ASSERT_TRUE(Commit(EmergencyInsert(testing::FleetAccess(), order)).ok());
  const auto found = queries().GetEmergency("order-1", Soon());
  ASSERT_TRUE(found.ok() && found->has_value()) << found.status();
  EXPECT_EQ((*found)->unbound, order.unbound);
  EXPECT_EQ((*found)->shares[0].headroom_kw, 900.5);
  EXPECT_EQ((*found)->shortfall_kw, 12.5);
  EXPECT_THAT(*queries().ListEmergencies(true, std::nullopt, 10, Soon()), SizeIs(1));
  order.state = domain::EmergencyState::kReleased;
  order.ended_at = absl::Now();
  order.released_by = "operator";
  order.revision = 2;
  ASSERT_TRUE(Commit(EmergencyEnd(testing::FleetAccess(), order)).ok());
  EXPECT_EQ(base::ReasonOf(Commit(EmergencyEnd(testing::FleetAccess(), order))), "EMERGENCY_ENDED");
  EXPECT_THAT(*queries().ListEmergencies(true, std::nullopt, 10, Soon()), IsEmpty());
  EXPECT_THAT(*queries().ListEmergencies(false, std::nullopt, 10, Soon()), SizeIs(1));
  order.emergency_id = "order-2";
  EXPECT_EQ(base::ReasonOf(Commit(EmergencyEnd(testing::FleetAccess(), order))), "EMERGENCY_NOT_FOUND");
}

TEST_F(QueriesTest, AnOrderKeepsHowItsDersComeBackAndTellsOnceThatTheyAre) {
  domain::EmergencyOrder order = testing::SampleOrder("order-1", absl::Now() - absl::Hours(1), absl::Hours(2));
  order.kind = domain::EmergencyKind::kCeaseToEnergize;
  order.override_limits = true;
  order.restoration.emplace().terms.delay = absl::Seconds(12.5);
  order.restoration->SetLoads({{"NORTH", 1.25}});
  order.restoration->ended = {"order-0"};
  ASSERT_TRUE(Commit(EmergencyInsert(testing::FleetAccess(), order)).ok());
  const auto found = queries().GetEmergency("order-1", Soon());
  ASSERT_TRUE(found.ok() && found->has_value()) << found.status();
  EXPECT_EQ((*found)->restoration, order.restoration);
  EXPECT_TRUE((*found)->override_limits);

  const EmergencyRestored told(domain::RoleAccess::System(), "order-1");
  EXPECT_EQ(base::ReasonOf(Commit(told)), "EMERGENCY_RESTORED") << "it is in force";
  order.state = domain::EmergencyState::kReleased;
  order.ended_at = absl::Now() - absl::Minutes(5);
  order.revision = 2;
  ASSERT_TRUE(Commit(EmergencyEnd(testing::FleetAccess(), order)).ok());
  EXPECT_THAT(*queries().ListRestoredEmergencies(10, Soon()), IsEmpty()) << "its DERs are on their way";
  database_.Query("UPDATE emergency_order SET holds_until = now() RETURNING 1");
  EXPECT_THAT(*queries().ListRestoredEmergencies(10, Soon()), SizeIs(1));
  EXPECT_TRUE(Commit(told).ok());
  EXPECT_EQ(base::ReasonOf(Commit(told)), "EMERGENCY_RESTORED");
  EXPECT_THAT(*queries().ListRestoredEmergencies(10, Soon()), IsEmpty());
}

TEST_F(QueriesTest, ARegionNeedsTheRevisionBefore) {
  domain::Region region = testing::SampleRegion("CA");
  region.import_limit_kw = 100;
  ASSERT_TRUE(Commit(RegionPut(testing::FleetAccess(), region)).ok());
  EXPECT_EQ(base::ReasonOf(Commit(RegionPut(testing::FleetAccess(), region))), "REVISION_MISMATCH");
  region.revision = 2;
  region.import_limit_kw.reset();
  EXPECT_TRUE(Commit(RegionPut(testing::FleetAccess(), region)).ok());
  region.revision = 9;
  EXPECT_EQ(base::ReasonOf(Commit(RegionPut(testing::FleetAccess(), region))), "REVISION_MISMATCH");
}

TEST_F(QueriesTest, AStoredAnswerIsFoundByItsWholeScope) {
  const domain::Der der = SampleDer("SOLAR-1");
  const std::string answer("a\0b\xFF", 4);
  ASSERT_TRUE(CommitAndWait(process_.committer(),
                            testing::WithRequest(testing::Registering(process_.ids(), der), "request-1", answer))
                  .ok());
  const char* method = "/derms.v1.RegistryService/Test";
  const auto find = [&](const char* principal, const char* of, base::DerKey der_key, const char* request_id) {
    return *queries().FindResponse(der_key, RequestKeyOf(principal, of, request_id), Soon());
  };
  EXPECT_EQ(find("admin", method, 0, "request-1")->response_bytes, answer);
  EXPECT_FALSE(find("other", method, 0, "request-1"));
  EXPECT_FALSE(find("admin", "/other", 0, "request-1"));
  EXPECT_FALSE(find("admin", method, 7, "request-1"));
  EXPECT_FALSE(find("admin", method, 0, "request-2"));
  EXPECT_NE(RequestKeyOf("a", "bc", "d"), RequestKeyOf("ab", "c", "d")) << "where one part ends counts";
}

TEST_F(QueriesTest, TextThatCannotBeStoredIsAnErrorOfTheRequest) {
  EXPECT_EQ(base::ReasonOf(queries().GetRun(std::string("a\0b", 3), Soon()).status()), "TEXT_NOT_STORABLE");
}

class RolesTest : public QueriesTest {
 protected:
  absl::Status Grant(const std::string& subject, Role role, std::vector<std::string> regions = {}) {
    domain::Grant grant;
    grant.role = role;
    grant.region_ids = std::move(regions);
    grant.granted_at = SampleTime();
    grant.granted_by = "admin";
    return Commit(GrantPut(kSystem, subject, grant));
  }
};

TEST_F(RolesTest, TheFirstInitializeWinsAndEveryOtherFails) {
  std::vector<std::thread> threads;
  std::atomic<int> won{0}, refused{0};
  testing::StoreProcess other(database_.url(), false);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      Mutation mutation;
      mutation.writes.emplace_back(FirstAdmin(kSystem, absl::StrCat("admin-", i), SampleTime()));
      const auto outcome = CommitAndWait(i % 2 == 0 ? process_.committer() : other.committer(), std::move(mutation));
      if (outcome.ok()) ++won;
      if (base::ReasonOf(outcome.status()) == "ALREADY_INITIALIZED") ++refused;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(refused, 7);
  EXPECT_EQ(database_.Query("SELECT count(*) FROM role_grant WHERE role = 1"), "1");
}

TEST_F(RolesTest, TheLastAdminStaysAlsoWhenTwoRevokeEachOther) {
  testing::StoreProcess other(database_.url(), false);
  for (int round = 0; round < 10; ++round) {
    ASSERT_TRUE(Grant("admin-1", Role::kAdmin).ok());
    ASSERT_TRUE(Grant("admin-2", Role::kAdmin).ok());
    const auto revoke = [](testing::StoreProcess& process, const std::string& subject) {
      Mutation mutation;
      mutation.writes.emplace_back(GrantDelete(kSystem, subject, Role::kAdmin));
      return CommitAndWait(process.committer(), std::move(mutation)).status();
    };
    absl::Status first;
    std::thread thread([&] { first = revoke(other, "admin-1"); });
    const absl::Status second = revoke(process_, "admin-2");
    thread.join();
    EXPECT_NE(first.ok(), second.ok());
    EXPECT_EQ(base::ReasonOf(first.ok() ? second : first), "LAST_ADMIN");
  }
}

TEST_F(RolesTest, RevokingWhatIsNotGrantedIsNotFound) {
  EXPECT_EQ(base::ReasonOf(Commit(GrantDelete(kSystem, "nobody", Role::kOwner))), "GRANT_NOT_FOUND");
}

TEST_F(RolesTest, PrincipalsAreListedInPagesWithAllTheirGrants) {
  const std::string awkward = "x\",{y}\\'";
  ASSERT_TRUE(Grant("a", Role::kOwner).ok());
  ASSERT_TRUE(Grant("b", Role::kOperator, {"CA", awkward}).ok());
  ASSERT_TRUE(Grant("b", Role::kOwner).ok());
  ASSERT_TRUE(Grant("c", Role::kAdmin).ok());
  const auto first = queries().ListPrincipals("", 2, Soon());
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_THAT(*first, SizeIs(2));
  EXPECT_EQ((*first)[1].subject, "b");
  ASSERT_THAT((*first)[1].grants, SizeIs(2));
  EXPECT_THAT((*first)[1].grants[0].region_ids, ElementsAre("CA", awkward));
  EXPECT_THAT(*queries().ListPrincipals("b", 2, Soon()), SizeIs(1));
}

TEST_F(RolesTest, TheCacheFollowsGrantsAndRevocations) {
  RoleCache cache({}, process_.pool());
  ASSERT_TRUE(cache.Refresh().ok());
  EXPECT_THAT(cache.GrantsOf("b"), IsEmpty());
  ASSERT_TRUE(Grant("b", Role::kOperator, {"CA"}).ok());
  EXPECT_TRUE(Eventually([&] { return cache.GrantsOf("b").size() == 1; }));
  EXPECT_THAT(cache.GrantsOf("b")[0].region_ids, ElementsAre("CA"));
  ASSERT_TRUE(Commit(GrantDelete(kSystem, "b", Role::kOperator)).ok());
  EXPECT_TRUE(Eventually([&] { return cache.GrantsOf("b").empty(); }));
  ASSERT_TRUE(Commit(TokenRevocation(kSystem, "token-1", "", SampleTime())).ok());
  EXPECT_TRUE(Eventually([&] { return cache.IsTokenRevoked("token-1", "b", SampleTime()); }));
  EXPECT_FALSE(cache.IsTokenRevoked("token-2", "b", SampleTime()));
  ASSERT_TRUE(Commit(TokenRevocation(kSystem, "", "b", SampleTime())).ok());
  EXPECT_TRUE(Eventually([&] { return cache.IsTokenRevoked("token-2", "b", SampleTime()); }));
  EXPECT_FALSE(cache.IsTokenRevoked("token-2", "b", SampleTime() + absl::Seconds(1)));
  EXPECT_TRUE(cache.IsTokenRevoked("token-2", "b", std::nullopt));
  EXPECT_LT(cache.Age(), absl::Seconds(30));
}

TEST_F(RolesTest, TheCacheGrowsOldWhenTheDatabaseIsAway) {
  Pool::Options options;
  options.connect.database_url = "host=/nowhere dbname=x";
  Pool pool(options);
  RoleCache cache({}, pool);
  EXPECT_FALSE(cache.Refresh().ok());
  EXPECT_EQ(cache.Age(), absl::InfiniteDuration());
}

TEST_F(QueriesTest, TheClockFollowsTheDatabaseAndNeverGoesBack) {
  DbClock clock({}, process_.pool());
  ASSERT_TRUE(clock.Measure().ok());
  EXPECT_LT(absl::AbsDuration(clock.offset()), absl::Seconds(1));  // the database runs on this machine
  absl::Time last = absl::InfinitePast();
  for (int i = 0; i < 10000; ++i) {
    if (i % 1000 == 0) clock.Measure().IgnoreError();
    const absl::Time now = clock.Now();
    ASSERT_GE(now, last);
    last = now;
  }
}

// Whoever asked before must not stop the clock until the database has caught up with the machine.
TEST_F(QueriesTest, WhatTheMachineSaidBeforeTheFirstMeasurementBindsNobody) {
  DbClock clock({.measure_interval = absl::Hours(1), .machine_now = [] { return absl::Now() + absl::Minutes(5); }},
                process_.pool());
  for (int i = 0; i < 100; ++i) (void)clock.Now();
  ASSERT_TRUE(clock.Measure().ok());
  EXPECT_LT(absl::AbsDuration(clock.Now() - absl::Now()), absl::Seconds(1));
  EXPECT_NEAR(absl::ToDoubleSeconds(clock.offset()), -300, 1);
}

TEST_F(QueriesTest, OldAnswersAndMarkersAreRemovedAndNewOnesStay) {
  database_.Execute(
      "INSERT INTO idempotency SELECT n, 'key', '', '', now() - n * interval '1 hour' FROM "
      "generate_series(1, 48) n; INSERT INTO batch_marker (batch_id, writer, reading_keys, created_at) "
      "SELECT gen_random_uuid(), 'w', '{}', now() - n * interval '1 minute' FROM generate_series(1, 20) n");
  Housekeeping::Options options;
  options.pause = absl::Milliseconds(10);
  Housekeeping housekeeping(options, process_.pool());
  EXPECT_TRUE(Eventually([&] { return database_.Query("SELECT count(*) FROM batch_marker") != "20"; }));
  EXPECT_EQ(database_.Query("SELECT count(*) FROM idempotency"), "23");
  EXPECT_EQ(database_.Query("SELECT count(*) FROM batch_marker"), "9");
}

}  // namespace
}  // namespace derms::store
