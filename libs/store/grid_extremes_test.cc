// What DERs measured of the grid, region by region, from rows of readings and nameplates.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using ::testing::IsEmpty;
using testing::SampleTime;
using ::testing::SizeIs;
using testing::Soon;

class GridExtremesTest : public ::testing::Test {
 protected:
  void AddDer(const std::string& der_id, const std::string& region_id) {
    domain::Der der = testing::SampleDer(der_id);
    der.region_id = region_id;
    Commit(DerInsert(testing::AdminAccess(der_id), der));
  }
  void PutPlate(const std::string& der_id, std::int64_t revision, const std::string& json) {
    domain::GridRecord record;
    record.der_id = der_id;
    record.revision = record.nameplate_revision = revision;
    record.profile_id = "IEEE1547-2018";
    record.nameplate_json = json;
    record.put_by = "owner-1";
    record.put_at = SampleTime();
    Commit(GridRecordInsert(testing::AdminAccess(der_id), record, testing::SampleDer(der_id).capacity_kw));
  }
  template <typename Row>
  void Commit(Row row) {
    Mutation mutation;
    mutation.writes.emplace_back(std::move(row));
    const auto status = testing::CommitAndWait(process_.committer(), std::move(mutation)).status();
    ASSERT_TRUE(status.ok()) << status;
  }
  // An hour that began `hours` before Until(); frequencies and voltages may be "NULL".
  void AddHour(const std::string& der_id, int hours, const std::string& frequencies, const std::string& voltages) {
    database_.Execute(absl::StrCat(
        "INSERT INTO reading_hour (der_key, hour_at, covered_seconds, generated_kwh, consumed_kwh, frequency_seconds, "
        "frequency_outside_seconds, deviation_seconds, support_kwh, reported_seconds, valid_seconds, voltage_seconds, "
        "sample_count, estimated_seconds, stale_seconds, invalid_seconds, substituted_seconds, min_frequency_hz, "
        "max_frequency_hz, min_voltage_v, max_voltage_v) VALUES (",
        base::DerKeyOf(der_id), ", to_timestamp(", absl::ToUnixSeconds(Until() - absl::Hours(hours)),
        "), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, ", frequencies, ", ", voltages, ")"));
  }
  static absl::Time Until() { return SampleTime() + absl::Hours(10); }
  std::vector<GridExtremes> Load(const std::vector<std::string>& region_ids) {
    auto found = process_.queries().LoadGridExtremes(region_ids, Until() - absl::Hours(2), Until(), Soon());
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *std::move(found) : std::vector<GridExtremes>();
  }

  testing::TestDatabase database_;
  testing::StoreProcess process_{database_.url(), false};
};

TEST_F(GridExtremesTest, AreTheLowestAndHighestOfARegionsOwnDersInTheWindow) {
  AddDer("A", "NORTH");
  AddDer("B", "NORTH");
  AddDer("C", "SOUTH");
  PutPlate("A", 1, R"({"v_nominal_v": 480})");
  PutPlate("A", 2, R"({"v_nominal_v": 240})");  // corrected: the newest holds
  AddHour("A", 1, "59.5, 60", "228, 240");
  AddHour("B", 2, "59.75, 60.25", "100, 900");  // no nameplate: its volts say nothing
  AddHour("B", 3, "50, 70", "NULL, NULL");      // before the window
  AddHour("B", 0, "50, 70", "NULL, NULL");      // after it
  AddHour("C", 1, "NULL, NULL", "NULL, NULL");
  const auto found = Load({"NORTH", "SOUTH", "WEST"});
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].region_id, "NORTH");
  EXPECT_EQ(found[0].frequency_hz.der_count, 2);
  EXPECT_EQ(found[0].frequency_hz.lowest, 59.5);
  EXPECT_EQ(found[0].frequency_hz.highest, 60.25);
  EXPECT_EQ(found[0].voltage_pu.der_count, 1);
  EXPECT_EQ(found[0].voltage_pu.lowest, 0.95);
  EXPECT_EQ(found[0].voltage_pu.highest, 1);
  EXPECT_EQ(found[1].region_id, "SOUTH");
  EXPECT_EQ(found[1].frequency_hz.der_count, 0);
  EXPECT_EQ(found[1].voltage_pu.der_count, 0);
  EXPECT_THAT(Load({"WEST"}), IsEmpty());
}

TEST_F(GridExtremesTest, LeaveOutTheHundredthPartOfTheMeters) {
  for (int i = 0; i < 200; ++i) {
    const std::string der_id = absl::StrCat("D-", i);
    AddDer(der_id, "NORTH");
    AddHour(der_id, 1, i == 0 ? "0, 400" : i == 1 ? "59.5, 60.5" : "60, 60", "NULL, NULL");
  }
  const auto found = Load({"NORTH"});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].frequency_hz.lowest, 59.5);
  EXPECT_EQ(found[0].frequency_hz.highest, 60.5);
}

TEST_F(GridExtremesTest, ApparentRatingsAreOfTheNewestNameplates) {
  AddDer("A", "NORTH");
  AddDer("B", "NORTH");
  AddDer("C", "SOUTH");
  PutPlate("A", 1, R"({"s_max_kva": 100})");
  PutPlate("A", 2, R"({"s_max_kva": 125})");
  PutPlate("B", 1, R"({"p_max_kw": 100})");
  PutPlate("C", 1, R"({"s_max_kva": 50})");
  const auto found = process_.queries().LoadApparentRatings({"NORTH"}, Soon());
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_EQ((*found)[0].der_key, base::DerKeyOf("A"));
  EXPECT_EQ((*found)[0].kva, 125);
}

}  // namespace
}  // namespace derms::store
