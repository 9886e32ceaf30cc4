// The journal becomes hours and history, each reading once, whatever comes late, twice or between.
#include "libs/store/reading_folder.h"

#include <gmock/gmock.h>

#include "libs/base/error.h"
#include "libs/store/lease.h"
#include "libs/store/pg_history.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using testing::AdminAccess;
using testing::CommitAndWait;
using ::testing::ElementsAre;
using testing::SampleTime;
using testing::Soon;

class FolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(*leases_.Acquire("history", "leader", absl::Minutes(5), Soon()), 1);
    for (const char* id : {"SOLAR-1", "SOLAR-2"}) {
      ASSERT_TRUE(
          CommitAndWait(process_.committer(), testing::Registering(process_.ids(), testing::SampleDer(id))).ok());
    }
  }
  // Readings `minutes` after the sample's hour, in one mutation.
  void Report(const std::string& der_id, const std::vector<std::pair<double, double>>& minute_and_kw) {
    Mutation mutation;
    for (const auto& [minute, kw] : minute_and_kw) {
      mutation.writes.emplace_back(ReadingPut(
          AdminAccess(der_id), testing::SampleReading(der_id, SampleTime() + minute * absl::Minutes(1), kw)));
    }
    ASSERT_TRUE(CommitAndWait(process_.committer(), std::move(mutation)).ok());
  }
  absl::StatusOr<Folded> Fold(std::size_t most = 1'000'000, std::int64_t token = 1) {
    return history_.FoldJournal({"history", token}, most, nullptr, Soon());
  }
  std::size_t FoldAll(std::size_t most = 1'000'000) {
    std::size_t readings = 0;
    while (true) {
      const auto folded = Fold(most);
      EXPECT_TRUE(folded.ok()) << folded.status();
      if (!folded.ok() || folded->rows == 0) return readings;
      readings += folded->readings;
    }
  }
  std::string Hours(const std::string& columns) {
    return database_.Query("SELECT string_agg(concat_ws(' ', " + columns +
                           "), '; ' ORDER BY der_key, hour_at) FROM reading_hour");
  }
  std::vector<double> Powers(const std::string& der_id, absl::Time from, absl::Time until, std::size_t limit = 1000) {
    const auto found = history_.ListReadings(der_id, from, until, limit, Soon());
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<double> powers;
    for (const auto& point : *found) powers.push_back(*point.power_kw);
    return powers;
  }

  testing::TestDatabase database_;
  testing::StoreProcess process_{database_.url(), true};
  PgLeases leases_{process_.pool()};
  PgHistory history_{process_.pool(), process_.queries()};
};

TEST_F(FolderTest, AMutationMayHoldSeveralReadingsOfADerAndTheNewestIsItsNewest) {
  Report("SOLAR-1", {{5, 10}, {10, 20}, {0, 5}});
  EXPECT_EQ(database_.Query("SELECT power_kw FROM latest_reading"), "20");
  EXPECT_EQ(database_.Query("SELECT sum(reading_count) FROM reading_journal"), "3");
  Report("SOLAR-1", {{7, 15}});
  EXPECT_EQ(database_.Query("SELECT power_kw FROM latest_reading"), "20") << "a late one is history alone";
  EXPECT_EQ(FoldAll(), 4u);
  EXPECT_THAT(Powers("SOLAR-1", absl::InfinitePast(), absl::InfiniteFuture()), ElementsAre(5, 10, 15, 20));
}

TEST_F(FolderTest, HoursAreMadeOfTheJournalWhichIsThenEmpty) {
  Report("SOLAR-1", {{0, 60}, {10, -30}, {20, 12}});
  EXPECT_EQ(FoldAll(), 3u);
  EXPECT_EQ(Hours("sample_count, covered_seconds, generated_kwh, consumed_kwh, max_power_kw, min_power_kw"),
            "3 2100 13 5 60 -30");
  EXPECT_EQ(database_.Query("SELECT count(*) FROM reading_journal"), "0");
}

TEST_F(FolderTest, AReadingReachesIntoTheNextHour) {
  Report("SOLAR-1", {{55, 60}});
  FoldAll();
  EXPECT_EQ(Hours("sample_count, covered_seconds, generated_kwh"), "1 300 5; 0 600 10");
  Report("SOLAR-1", {{64, 0}});
  FoldAll();
  EXPECT_EQ(Hours("sample_count, covered_seconds, generated_kwh"), "1 300 5; 1 1140 4");
}

TEST_F(FolderTest, LateReadingsChangeTheirHourAndTheNext) {
  Report("SOLAR-1", {{50, 60}, {64, 0}});
  FoldAll();
  EXPECT_EQ(Hours("generated_kwh"), "10; 4");
  Report("SOLAR-1", {{58, 30}});
  FoldAll();
  EXPECT_EQ(Hours("generated_kwh"), "9; 2");
}

TEST_F(FolderTest, WhatIsReportedTwiceCountsOnceAndACorrectionCountsInItsPlace) {
  Report("SOLAR-1", {{0, 60}, {10, 60}});
  Report("SOLAR-1", {{0, 60}, {10, 60}});
  FoldAll();
  Report("SOLAR-1", {{10, 30}});
  FoldAll();
  EXPECT_EQ(Hours("sample_count, generated_kwh"), "2 17.5");
}

TEST_F(FolderTest, OneStepAtATimeGivesTheSameAsAllAtOnce) {
  std::vector<std::pair<double, double>> day;
  for (int i = 0; i < 200; ++i) day.emplace_back((i * 37) % 1440, (i * 53) % 100 - 40);
  for (const auto& reading : day) Report("SOLAR-1", {reading});
  EXPECT_EQ(FoldAll(1), 200u);
  Report("SOLAR-2", day);
  EXPECT_EQ(FoldAll(), 200u);
  const std::string columns =
      "round(sum(covered_seconds)), round(sum(generated_kwh)::numeric, 6), round(sum(consumed_kwh)::numeric, 6), "
      "sum(sample_count), count(*)";
  const std::string per_der = "SELECT count(DISTINCT line) FROM (SELECT concat_ws(' ', " + columns +
                              ") AS line FROM reading_hour GROUP BY der_key) t";
  EXPECT_EQ(database_.Query(per_der), "1");
  EXPECT_EQ(database_.Query("SELECT sum(sample_count) FROM reading_hour"), "400");
}

TEST_F(FolderTest, WhoHasLostTheLeaseFoldsNothing) {
  Report("SOLAR-1", {{0, 60}});
  EXPECT_EQ(base::ReasonOf(Fold(1000, 7).status()), "LEASE_LOST");
  EXPECT_EQ(database_.Query("SELECT count(*) FROM reading_hour"), "0");
  EXPECT_EQ(database_.Query("SELECT count(*) FROM reading_journal"), "1");
}

TEST_F(FolderTest, BytesThatNobodyWroteStopTheFoldAndLoseNothing) {
  Report("SOLAR-1", {{0, 60}});
  database_.Execute("INSERT INTO reading_journal (reading_count, readings) VALUES (1, '\\x6465')");
  EXPECT_EQ(base::ReasonOf(Fold().status()), "DATABASE_ERROR");
  EXPECT_EQ(database_.Query("SELECT count(*) FROM reading_journal"), "2");
}

TEST_F(FolderTest, ReadingsAreListedByTimeInPages) {
  std::vector<std::pair<double, double>> days;
  for (int i = 0; i < 100; ++i) days.emplace_back(i * 45, i);
  Report("SOLAR-1", days);
  Report("SOLAR-2", {{0, 1000}});
  FoldAll();
  const auto all = Powers("SOLAR-1", absl::InfinitePast(), absl::InfiniteFuture());
  ASSERT_EQ(all.size(), 100u);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_EQ(Powers("SOLAR-1", SampleTime(), absl::InfiniteFuture(), 40).size(), 40u);
  EXPECT_THAT(Powers("SOLAR-1", SampleTime() + absl::Minutes(90), SampleTime() + absl::Minutes(180)),
              ElementsAre(2, 3));
}

TEST_F(FolderTest, StatusesFollowTheChain) {
  domain::Der der = testing::SampleDer("SOLAR-1");
  ASSERT_TRUE(
      CommitAndWait(process_.committer(), testing::ChangingStatus(process_.ids(), der, domain::DerStatus::kOnline))
          .ok());
  ASSERT_TRUE(testing::Eventually([&] { return database_.Query("SELECT count(*) FROM event_chain") == "3"; }));
  std::size_t events = 0;
  for (Folded folded{.rows = 1}; folded.rows > 0; events += folded.rows) {
    const auto next = history_.FoldStatuses({"history", 1}, 2, Soon());
    ASSERT_TRUE(next.ok()) << next.status();
    folded = *next;
  }
  EXPECT_EQ(events, 3u);
  EXPECT_EQ(database_.Query("SELECT count(*) FROM status_change"), "3");
  EXPECT_EQ(database_.Query("SELECT count(*) FROM status_change WHERE status = 2"), "1");
}

TEST_F(FolderTest, OldHistoryIsForgottenAndHoursLater) {
  Report("SOLAR-1", {{0, 1}, {24 * 60, 2}});
  FoldAll();
  const absl::Time next_day = SampleTime() + absl::Hours(24);
  EXPECT_EQ(*history_.Forget({"history", 1}, next_day, absl::InfinitePast(), 100, Soon()), 1u);
  EXPECT_THAT(Powers("SOLAR-1", absl::InfinitePast(), absl::InfiniteFuture()), ElementsAre(2));
  EXPECT_EQ(database_.Query("SELECT count(*) FROM reading_hour"), "2");
  EXPECT_EQ(*history_.Forget({"history", 1}, next_day, next_day, 100, Soon()), 1u);
  EXPECT_EQ(database_.Query("SELECT count(*) FROM reading_hour"), "1");
}

TEST_F(FolderTest, AnHourWhoseReadingsAreNoLongerKeptStaysAsItIs) {
  Report("SOLAR-1", {{0, 60}, {10, 60}, {20, 60}, {50, 60}, {65, 30}});
  FoldAll();
  const std::string figures = "sample_count, covered_seconds, generated_kwh";
  const std::string before = Hours(figures);
  ASSERT_TRUE(history_.Forget({"history", 1}, SampleTime() + absl::Hours(1), absl::InfinitePast(), 100, Soon()).ok());
  Report("SOLAR-1", {{5, 1}});    // its own readings are gone
  Report("SOLAR-1", {{70, 1}});   // those that reach into its hour are
  Report("SOLAR-1", {{-30, 1}});  // it would reach into an hour that cannot be folded anew
  const auto folded = Fold();
  ASSERT_TRUE(folded.ok()) << folded.status();
  EXPECT_EQ(folded->readings, 3u);
  EXPECT_EQ(folded->too_late, 3u);
  EXPECT_EQ(Hours(figures), before);
  EXPECT_EQ(database_.Query("SELECT count(*) FROM reading_journal"), "0");
  EXPECT_THAT(Powers("SOLAR-1", absl::InfinitePast(), absl::InfiniteFuture()), ElementsAre(30));
  Report("SOLAR-1", {{125, 10}, {-24 * 60, 5}});
  EXPECT_EQ(Fold()->too_late, 0u) << "nothing is known of their hours yet";
}

}  // namespace
}  // namespace derms::store
