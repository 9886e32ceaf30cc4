// Nameplates and settings through the committer and back.
#include <gmock/gmock.h>

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
  GridRecordsTest() { EXPECT_TRUE(Commit(DerInsert(testing::AdminAccess("SOLAR-1"), SampleDer("SOLAR-1"))).ok()); }
  template <typename Row>
  absl::Status Commit(Row row) {
    Mutation mutation;
    mutation.writes.emplace_back(std::move(row));
    return CommitAndWait(process_.committer(), std::move(mutation)).status();
  }
  absl::Status Put(const domain::GridRecord& record) {
    return Commit(GridRecordInsert(testing::AdminAccess(record.der_id), record));
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
  EXPECT_EQ(base::ReasonOf(Commit(GridRecordInsert(testing::OwnerAccess(taken), Record(1)))), "REVISION_MISMATCH")
      << "the DER is owner-1's";
  EXPECT_TRUE(Commit(GridRecordInsert(testing::OwnerAccess(SampleDer("SOLAR-1")), Record(1))).ok());
  domain::GridRecord of_nobody = Record(1);
  of_nobody.der_id = "NOBODY-1";
  EXPECT_EQ(base::ReasonOf(Put(of_nobody)), "REVISION_MISMATCH");
}

}  // namespace
}  // namespace derms::store
