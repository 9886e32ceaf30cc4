// Sums over hours: who is in them, and that they are right against the same sums made by hand.
#include "libs/store/history.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/lease.h"
#include "libs/store/pg_history.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using domain::DerStatus;
using testing::AdminAccess;
using testing::CommitAndWait;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::SampleTime;
using ::testing::SizeIs;
using testing::Soon;

constexpr absl::Duration kHour = absl::Hours(1);

class HistoryTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(*leases_.Acquire("history", "leader", absl::Minutes(5), Soon()), 1); }

  void Commit(Mutation mutation) {
    const auto done = CommitAndWait(process_.committer(), std::move(mutation));
    ASSERT_TRUE(done.ok()) << done.status();
  }
  // SOLAR of 100 kW, registered a day before the period and ONLINE since then unless told otherwise.
  domain::Der Add(const std::string& id, const std::string& owner = "owner-1", const std::string& series = "") {
    domain::Der der = testing::SampleDer(id, owner);
    der.capacity_kw = 100;
    der.registered_at = SampleTime() - absl::Hours(24);
    if (!series.empty()) der.parameters.availability_series_id = series;
    Commit(testing::Registering(process_.ids(), der));
    SetStatus(id, DerStatus::kOnline, -absl::Hours(24));
    return der;
  }
  void SetStatus(const std::string& id, DerStatus status, absl::Duration after) {
    database_.Execute("INSERT INTO status_change VALUES (" + std::to_string(base::DerKeyOf(id)) + ", '" +
                      absl::FormatTime(SampleTime() + after) + "', " + std::to_string(static_cast<int>(status)) + ")");
  }
  // A reading every five minutes of [after, after + length).
  void Report(const std::string& id, absl::Duration after, absl::Duration length, double kw) {
    Mutation mutation;
    for (absl::Duration at = after; at < after + length; at += absl::Minutes(5)) {
      domain::Reading reading = testing::SampleReading(id, SampleTime() + at, kw);
      reading.frequency_hz = 60;
      mutation.writes.emplace_back(ReadingPut(AdminAccess(id), reading));
    }
    Commit(std::move(mutation));
    ASSERT_TRUE(history_.FoldJournal({"history", 1}, 1'000'000, nullptr, Soon()).ok());
  }
  void PutSeries(const std::string& id, domain::SeriesKind kind, std::vector<double> values) {
    Mutation mutation;
    mutation.writes.emplace_back(
        SeriesPut(domain::RoleAccess::System(), {id, kind, SampleTime(), kHour, std::move(values)}));
    Commit(std::move(mutation));
  }
  // A record whose settings configure a rating, 0: none.
  void PutRating(const std::string& id, std::int64_t revision, double p_max_kw, absl::Duration after) {
    domain::GridRecord record{.der_id = id, .revision = revision, .nameplate_revision = 1, .profile_id = "p"};
    record.settings_revision = revision;
    record.nameplate_json = R"({"p_max_kw": 110})";
    record.settings_json = absl::StrCat(R"({"ratings": {"p_max_kw": )", p_max_kw, "}}");
    record.put_at = SampleTime() + after;
    Mutation mutation;
    mutation.writes.emplace_back(GridRecordInsert(AdminAccess(id), record, 110));
    Commit(std::move(mutation));
  }
  static ReportQuery Period(int hours, ReportScope scope = {}) {
    return {std::move(scope), SampleTime(), SampleTime() + hours * kHour, {}};
  }
  std::vector<DerPerformance> Performance(const ReportQuery& query, std::string after = "", std::size_t limit = 1000) {
    auto found = history_.Performance(query, after, limit, Soon());
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *std::move(found) : std::vector<DerPerformance>();
  }
  std::vector<std::string> Ids(const ReportQuery& query, std::string after = "", std::size_t limit = 1000) {
    std::vector<std::string> ids;
    for (const auto& row : Performance(query, std::move(after), limit)) ids.push_back(row.der.der_id);
    return ids;
  }

  testing::TestDatabase database_;
  testing::StoreProcess process_{database_.url(), false};
  PgLeases leases_{process_.pool()};
  PgHistory history_{process_.pool(), process_.queries()};
};

TEST_F(HistoryTest, SumsTheHoursOfThePeriod) {
  Add("SOLAR-1");
  Report("SOLAR-1", -kHour, 6 * kHour, 50);
  const auto rows = Performance(Period(4));
  ASSERT_THAT(rows, SizeIs(1));
  const domain::PerformanceSums& sums = rows[0].sums;
  EXPECT_NEAR(sums.generated_kwh, 200, 1e-9);
  EXPECT_NEAR(sums.covered_hours, 4, 1e-9);
  EXPECT_NEAR(sums.period_hours, 4, 1e-9);
  EXPECT_NEAR(sums.available_hours, 4, 1e-9);
  EXPECT_EQ(sums.max_power_kw, 50);
  EXPECT_NEAR(sums.frequency_seconds, 4 * 3600, 1e-6);
  EXPECT_NEAR(*domain::FiguresOf(sums).capacity_factor, 0.5, 1e-9);
}

TEST_F(HistoryTest, OwnersRegionsAndPagesAreInThePredicate) {
  Add("SOLAR-1", "owner-1");
  Add("SOLAR-2", "owner-2");
  Add("SOLAR-3", "owner-1");
  EXPECT_THAT(Ids(Period(1)), ElementsAre("SOLAR-1", "SOLAR-2", "SOLAR-3"));
  EXPECT_THAT(Ids(Period(1, {.owner_id = "owner-1"})), ElementsAre("SOLAR-1", "SOLAR-3"));
  EXPECT_THAT(Ids(Period(1, {.der_id = "SOLAR-2"})), ElementsAre("SOLAR-2"));
  EXPECT_THAT(Ids(Period(1, {.der_id = "SOLAR-2", .owner_id = "owner-1"})), IsEmpty());
  EXPECT_THAT(Ids(Period(1, {.region_ids = std::vector<std::string>{}})), IsEmpty()) << "no region is not all regions";
  EXPECT_THAT(Ids(Period(1), "SOLAR-1", 1), ElementsAre("SOLAR-2"));
}

TEST_F(HistoryTest, OnlyOnlineAndCoveredHoursAreAvailable) {
  Add("SOLAR-1");
  Report("SOLAR-1", absl::ZeroDuration(), 6 * kHour, 50);
  SetStatus("SOLAR-1", DerStatus::kMaintenance, 2 * kHour);
  SetStatus("SOLAR-1", DerStatus::kOffline, 4 * kHour);
  SetStatus("SOLAR-1", DerStatus::kOnline, 5 * kHour + absl::Minutes(30));
  const auto rows = Performance(Period(8));
  ASSERT_THAT(rows, SizeIs(1));
  const domain::PerformanceSums& sums = rows[0].sums;
  EXPECT_NEAR(sums.maintenance_hours, 2, 1e-9);
  EXPECT_NEAR(sums.offline_hours, 1.5, 1e-9);
  EXPECT_NEAR(sums.online_hours, 4.5, 1e-9);
  EXPECT_NEAR(sums.available_hours, 2 + 0.5 + 1.0 / 6, 1e-6) << "silent from ten minutes after its last reading";
  EXPECT_NEAR(sums.period_hours, 8, 1e-9);
}

TEST_F(HistoryTest, AConfiguredRatingDeratesTheAvailableHoursWhileItHolds) {
  Add("SOLAR-1");
  Add("SOLAR-2");
  Report("SOLAR-1", -kHour, 9 * kHour, 50);
  Report("SOLAR-2", -kHour, 9 * kHour, 50);
  PutRating("SOLAR-1", 1, 60, -2 * kHour);                     // before the period
  PutRating("SOLAR-1", 2, 80, 90 * absl::Minutes(1));          // 0.4 for 1.5 h until here
  PutRating("SOLAR-1", 3, 0, 4 * kHour);                       // 0.2 for 2.5 h: as the nameplate again
  PutRating("SOLAR-1", 4, 25, 6 * kHour + absl::Minutes(30));  // 0.75 for 1.5 h, of which half an hour is OFFLINE
  PutRating("SOLAR-2", 1, 100, -kHour);                        // the rated power itself is no derating
  SetStatus("SOLAR-1", DerStatus::kOffline, 7 * kHour);
  SetStatus("SOLAR-1", DerStatus::kOnline, 7 * kHour + absl::Minutes(30));
  const auto rows = Performance(Period(8));
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_NEAR(rows[0].sums.available_hours, 7.5, 1e-6);
  EXPECT_NEAR(rows[0].sums.derated_hours, 0.4 * 1.5 + 0.2 * 2.5 + 0.75 * 1, 1e-6);
  EXPECT_NEAR(rows[0].sums.capacity_derated_kwh, 185, 1e-4);
  EXPECT_NEAR(*domain::FiguresOf(rows[0].sums).weighted_equivalent_availability_factor, (7.5 - 1.85) / 8, 1e-6);
  EXPECT_EQ(rows[1].sums.derated_hours, 0);
}

TEST_F(HistoryTest, WhatIsNotAvailableIsNotDeratedAsWell) {
  Add("SOLAR-1");
  PutRating("SOLAR-1", 1, 50, -kHour);
  Report("SOLAR-1", absl::ZeroDuration(), kHour - absl::Minutes(10), 50);  // silent after an hour
  EXPECT_NEAR(Performance(Period(4))[0].sums.derated_hours, 0.5, 1e-6);
}

TEST_F(HistoryTest, PeriodHoursBeginWithTheRegistrationAndEndWithTheRetirement) {
  Add("SOLAR-1");
  database_.Execute("DELETE FROM status_change");
  SetStatus("SOLAR-1", DerStatus::kOnline, 2 * kHour);
  database_.Execute("INSERT INTO status_change VALUES (" + std::to_string(base::DerKeyOf("SOLAR-1")) + ", '" +
                    absl::FormatTime(SampleTime() + 5 * kHour) + "', 0)");
  EXPECT_NEAR(Performance(Period(8))[0].sums.period_hours, 3, 1e-9);
}

TEST_F(HistoryTest, ADerWhoseEventsAreNotReadYetIsAsItsRowSays) {
  Add("SOLAR-1");
  database_.Execute("DELETE FROM status_change");
  EXPECT_NEAR(Performance(Period(3))[0].sums.offline_hours, 3, 1e-9);
}

TEST_F(HistoryTest, CurtailmentIsAvailableButNotGeneratedEnergy) {
  Add("SOLAR-1", "owner-1", "sun");
  PutSeries("sun", domain::SeriesKind::kAvailabilityShare, {0.8, 0.4, 0.2});
  Report("SOLAR-1", absl::ZeroDuration(), 3 * kHour - absl::Minutes(5), 30);
  const domain::PerformanceSums sums = Performance(Period(3))[0].sums;
  EXPECT_NEAR(sums.available_kwh, 140, 1e-6);
  EXPECT_NEAR(sums.curtailed_kwh, 50 + 10, 1e-6) << "what was generated beyond the series is no credit";
}

TEST_F(HistoryTest, EnergyIsWorthThePriceOfItsHourAndRegion) {
  Add("SOLAR-1");
  PutSeries("export", domain::SeriesKind::kPriceUsdPerKwh, {0.1, 0.3});
  PutSeries("import", domain::SeriesKind::kPriceUsdPerKwh, {0.2, 0.4});
  Report("SOLAR-1", absl::ZeroDuration(), kHour, -20);
  Report("SOLAR-1", kHour, kHour - absl::Minutes(5), 60);
  ReportQuery query = Period(2);
  query.regions = {{testing::SampleDer("SOLAR-1").region_id, "export", "import", ""}};
  const domain::PerformanceSums sums = Performance(query)[0].sums;
  EXPECT_NEAR(sums.energy_value_usd, 60 * 0.3 - 20 * 0.2, 1e-6);
  EXPECT_NEAR(*domain::FiguresOf(sums).cost_efficiency, 0.3 / 0.2, 1e-6);
}

TEST_F(HistoryTest, CarbonIsEnergyTimesTheSeriesOfTheRegion) {
  Add("SOLAR-1");
  PutSeries("carbon", domain::SeriesKind::kCarbonKgPerKwh, {0.5, std::numeric_limits<double>::quiet_NaN(), 0.25});
  Report("SOLAR-1", absl::ZeroDuration(), 2 * kHour, 10);
  Report("SOLAR-1", 2 * kHour, kHour, -8);
  ReportQuery query = Period(3);
  query.regions = {{testing::SampleDer("SOLAR-1").region_id, "", "", "carbon"}};
  const auto rows = history_.Carbon(query, "", 10, Soon());
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_THAT(*rows, SizeIs(1));
  EXPECT_NEAR(rows->front().avoided_kg, 5, 1e-6);
  EXPECT_NEAR(rows->front().drawn_kg, 2, 1e-6);
  EXPECT_NEAR(rows->front().known_hours, 2, 1e-6);
  EXPECT_NEAR(rows->front().covered_hours, 3, 1e-6);
}

TEST_F(HistoryTest, AStorageKeepsTheCarbonOfTheHourItChargedIn) {
  domain::Der battery = testing::SampleDer("BATTERY-1", "owner-1");
  battery.type = domain::DerType::kBattery;
  battery.registered_at = SampleTime() - absl::Hours(24);
  battery.parameters.charge_efficiency = battery.parameters.discharge_efficiency = 1;
  battery.parameters.initial_energy_kwh = 0;
  Commit(testing::Registering(process_.ids(), battery));
  Add("SOLAR-1");
  PutSeries("carbon", domain::SeriesKind::kCarbonKgPerKwh, {0.1, 0.9, 0.6});
  Report("SOLAR-1", absl::ZeroDuration(), 3 * kHour, 10);
  Report("BATTERY-1", absl::ZeroDuration(), kHour, -30);
  Report("BATTERY-1", kHour, kHour, 0);
  Report("BATTERY-1", 2 * kHour, kHour - absl::Minutes(5), 20);
  ReportQuery query = Period(3);
  query.regions = {{testing::SampleDer("SOLAR-1").region_id, "", "", "carbon"}};
  const auto rows = history_.Carbon(query, "", 10, Soon());
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_THAT(*rows, SizeIs(2));
  ASSERT_TRUE((*rows)[0].stored.has_value());
  const domain::StoredCarbonFlows& stored = *(*rows)[0].stored;
  EXPECT_EQ(stored.begin_kg, 0);
  EXPECT_NEAR(stored.charged_kg, 3, 1e-6);
  EXPECT_NEAR(stored.discharged_kg, 2, 1e-6) << "as clean as it came in, whatever the grid is then";
  EXPECT_NEAR(stored.end_kg, 1, 1e-6);
  EXPECT_NEAR(stored.end_kwh, 10, 1e-6);
  EXPECT_FALSE((*rows)[1].stored.has_value()) << "the sun stores nothing";
  const auto silent =
      history_.Carbon({{}, SampleTime() - 9 * kHour, SampleTime() - 8 * kHour, query.regions}, "", 10, Soon());
  ASSERT_TRUE(silent.ok());
  EXPECT_FALSE((*silent)[0].stored.has_value()) << "no reading, no account";
}

TEST_F(HistoryTest, StepsOfAHistoryArePagedByTime) {
  Add("SOLAR-1");
  Add("SOLAR-2");
  Report("SOLAR-1", absl::ZeroDuration(), absl::Hours(36), 10);  // from noon to the midnight after the next
  Report("SOLAR-2", absl::ZeroDuration(), absl::Hours(12), 10);
  const auto days = history_.Steps(Period(36), HistoryStep::kDay, absl::InfinitePast(), 10, Soon());
  ASSERT_TRUE(days.ok()) << days.status();
  ASSERT_THAT(*days, SizeIs(2));
  EXPECT_EQ((*days)[0].starts_at, SampleTime() - absl::Hours(12));
  EXPECT_EQ((*days)[0].der_count, 2);
  EXPECT_NEAR((*days)[0].generated_kwh, 240, 1e-6);
  EXPECT_NEAR((*days)[1].generated_kwh, 240 + 10 * 10.0 / 60, 1e-6) << "the last reading holds on after midnight";
  EXPECT_EQ((*days)[1].sample_count, 288);
  EXPECT_NEAR(*(*days)[1].mean_frequency_hz, 60, 1e-9);
  const auto hours = history_.Steps(Period(36), HistoryStep::kHour, (*days)[1].starts_at, 5, Soon());
  ASSERT_THAT(*hours, SizeIs(5));
  EXPECT_EQ(hours->front().starts_at, (*days)[1].starts_at + kHour);
  const auto none =
      history_.Steps(Period(36, {.owner_id = "owner-9"}), HistoryStep::kMonth, absl::InfinitePast(), 5, Soon());
  EXPECT_THAT(*none, IsEmpty());
}

}  // namespace
}  // namespace derms::store
