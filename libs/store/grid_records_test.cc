// Nameplates and settings through the committer and back.
#include <gmock/gmock.h>

#include <future>

#include "absl/synchronization/notification.h"
#include "libs/base/error.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using testing::CommitAndWait;
using testing::SampleDer;
using testing::SampleTime;
using testing::Soon;

class GridRecordsTest : public ::testing::Test {
 protected:
  GridRecordsTest() {
    domain::Der der = SampleDer("SOLAR-1");
    der.capacity_kw = 100;
    EXPECT_TRUE(Commit(DerInsert(testing::AdminAccess("SOLAR-1"), der)).ok());
  }
  template <typename Row>
  absl::Status Commit(Row row) {
    Mutation mutation;
    mutation.writes.emplace_back(std::move(row));
    return CommitAndWait(process_.committer(), std::move(mutation)).status();
  }
  absl::Status Put(const domain::GridRecord& record, std::optional<double> reached_kw = 100) {
    return Commit(GridRecordInsert(testing::AdminAccess(record.der_id), record, reached_kw));
  }
  // Its next revision with another rated power.
  DerReplace Rated(double capacity_kw, std::optional<std::int64_t> grid_revision) {
    domain::Der der = process_.queries().LoadDers({"SOLAR-1"}, Soon())->front();
    der.capacity_kw = capacity_kw;
    ++der.revision;
    return DerReplace(testing::AdminAccess("SOLAR-1"), der, grid_revision);
  }
  static domain::GridRecord Record(std::int64_t revision) {
    domain::GridRecord record;
    record.der_id = "SOLAR-1";
    record.revision = revision;
    record.nameplate_revision = 1;
    record.profile_id = "IEEE1547-2018";
    record.nameplate_json = R"({"p_max_kw": 100.1})";
    record.put_by = "owner-1";
    record.put_at = SampleTime();
    return record;
  }

  testing::TestDatabase database_;
  testing::StoreProcess process_{database_.url(), false};
};

TEST_F(GridRecordsTest, TheNewestHoldsAndEarlierOnesStay) {
  EXPECT_FALSE(process_.queries().GetGridRecord("SOLAR-1", Soon())->has_value());
  ASSERT_TRUE(Put(Record(1)).ok());
  domain::GridRecord second = Record(2);
  second.settings_revision = 1;
  second.settings_json = R"({"droop": {"k_of": 0.05}})";
  ASSERT_TRUE(Put(second).ok());
  const auto found = process_.queries().GetGridRecord("SOLAR-1", Soon());
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->revision, 2);
  EXPECT_EQ((*found)->settings_revision, 1);
  EXPECT_EQ((*found)->nameplate_json, R"({"p_max_kw": 100.1})");
  EXPECT_EQ((*found)->settings_json, R"({"droop": {"k_of": 0.05}})");
  EXPECT_EQ((*found)->put_at, SampleTime());
  EXPECT_EQ(database_.Query("SELECT string_agg(revision::text, ',' ORDER BY revision) FROM grid_record"), "1,2");
}

TEST_F(GridRecordsTest, OfTwoWritersOfOneRevisionOneIsRefused) {
  ASSERT_TRUE(Put(Record(1)).ok());
  EXPECT_EQ(base::ReasonOf(Put(Record(1))), "REVISION_MISMATCH");
  EXPECT_EQ(base::ReasonOf(Put(Record(3))), "REVISION_MISMATCH") << "there is no second";
  EXPECT_TRUE(Put(Record(2)).ok());
}

TEST_F(GridRecordsTest, BelongsToADerAndItsOwner) {
  domain::Der taken = SampleDer("SOLAR-1", "owner-2");
  EXPECT_EQ(base::ReasonOf(Commit(GridRecordInsert(testing::OwnerAccess(taken), Record(1), 100))), "REVISION_MISMATCH")
      << "the DER is owner-1's";
  EXPECT_TRUE(Commit(GridRecordInsert(testing::OwnerAccess(SampleDer("SOLAR-1")), Record(1), 100)).ok());
  domain::GridRecord of_nobody = Record(1);
  of_nobody.der_id = "NOBODY-1";
  EXPECT_EQ(base::ReasonOf(Put(of_nobody)), "REVISION_MISMATCH");
}

TEST_F(GridRecordsTest, ANameplateThatTheRatedPowerHasOutgrownIsRefused) {
  ASSERT_TRUE(Commit(Rated(120, 0)).ok());
  const absl::Status refused = Put(Record(1), 100);
  EXPECT_EQ(base::ReasonOf(refused), "REVISION_MISMATCH");
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("DER SOLAR-1 was changed meanwhile"));
  EXPECT_EQ(base::ReasonOf(Put(Record(1), std::nullopt)), "REVISION_MISMATCH") << "nobody has checked it";
  EXPECT_TRUE(Put(Record(1), 120).ok());
  domain::GridRecord settings = Record(2);
  EXPECT_TRUE(Put(settings, std::nullopt).ok()) << "the nameplate of before needs no check";
}

TEST_F(GridRecordsTest, ARatedPowerThatWasCheckedAgainstAnotherNameplateIsRefused) {
  ASSERT_TRUE(Put(Record(1)).ok());
  const absl::Status refused = Commit(Rated(90, 0));
  EXPECT_EQ(base::ReasonOf(refused), "REVISION_MISMATCH");
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("nameplate or settings of DER SOLAR-1"));
  EXPECT_EQ(base::ReasonOf(Commit(Rated(90, std::nullopt))), "REVISION_MISMATCH") << "nobody has checked it";
  EXPECT_TRUE(Commit(Rated(90, 1)).ok());
  EXPECT_TRUE(Commit(Rated(90, std::nullopt)).ok()) << "it stays";
}

TEST_F(GridRecordsTest, ARetiredDerGetsNoNameplate) {
  database_.Execute("UPDATE der SET lifecycle = 2");
  EXPECT_EQ(base::ReasonOf(Put(Record(1))), "REVISION_MISMATCH");
}

// Two processes, each right by what it has read: one puts a nameplate of 100 kW, the other raises the rated power to
// 140 kW, which the nameplate of before reaches. Somebody who holds the DER's row lets both begin before either ends.
TEST_F(GridRecordsTest, NameplateAndRatedPowerDoNotPassEachOther) {
  testing::StoreProcess other(database_.url(), false);
  ASSERT_TRUE(Put(Record(1), 150).ok());
  for (std::int64_t round = 1; round <= 20; ++round) {
    domain::GridRecord record = Record(process_.queries().GetGridRecord("SOLAR-1", Soon())->value().revision + 1);
    record.nameplate_revision = record.revision;
    Mutation plate, rated;
    plate.writes.emplace_back(GridRecordInsert(testing::AdminAccess("SOLAR-1"), record, 100));
    rated.writes.emplace_back(Rated(140, record.revision - 1));
    absl::Notification held, waiting;
    auto holder = std::async(std::launch::async, [&] {
      return process_.pool().Run(Transaction::Kind::kReadWrite, Soon(), [&](Transaction& transaction) {
        transaction.Execute("SELECT FROM der FOR NO KEY UPDATE");
        held.Notify();
        waiting.WaitForNotification();
      });
    });
    held.WaitForNotification();
    auto putting = std::async(std::launch::async, [&] { return CommitAndWait(process_.committer(), plate).status(); });
    auto rating = std::async(std::launch::async, [&] { return CommitAndWait(other.committer(), rated).status(); });
    EXPECT_TRUE(testing::Eventually([&] {
      return database_.Query(
                 "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
                 "current_database()") == "2";
    }));
    waiting.Notify();
    ASSERT_TRUE(holder.get().ok());
    const absl::Status put = putting.get(), raised = rating.get();
    EXPECT_NE(put.ok(), raised.ok()) << "round " << round << ": " << put << "; " << raised;
    EXPECT_EQ(base::ReasonOf(put.ok() ? raised : put), "REVISION_MISMATCH");
    if (raised.ok()) {
      ASSERT_TRUE(Commit(Rated(100, record.revision - 1)).ok());
    }
  }
}

}  // namespace
}  // namespace derms::store
