// What DERs measured of the grid and how they are set, from rows of hours, nameplates and settings.
#include <gmock/gmock.h>

#include <algorithm>

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

class GridOfDersTest : public ::testing::Test {
 protected:
  void AddDer(const std::string& der_id) {
    Commit(DerInsert(testing::AdminAccess(der_id), testing::SampleDer(der_id)));
  }
  void PutPlate(const std::string& der_id, std::int64_t revision, const std::string& json,
                const std::string& settings = "") {
    domain::GridRecord record;
    record.der_id = der_id;
    record.revision = record.nameplate_revision = revision;
    record.profile_id = "IEEE1547-2018";
    record.nameplate_json = json;
    record.settings_json = settings;
    record.settings_revision = settings.empty() ? 0 : revision;
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
  std::vector<DerGridHours> Load(const std::vector<std::string>& der_ids) {
    auto found = process_.queries().LoadGridHours(KeysOf(der_ids), Until() - absl::Hours(2), Until(), Soon());
    EXPECT_TRUE(found.ok()) << found.status();
    if (!found.ok()) return {};
    std::sort(found->begin(), found->end(), [](auto& a, auto& b) { return a.der_key < b.der_key; });
    return *std::move(found);
  }
  static std::vector<base::DerKey> KeysOf(const std::vector<std::string>& der_ids) {
    std::vector<base::DerKey> keys;
    for (const std::string& der_id : der_ids) keys.push_back(base::DerKeyOf(der_id));
    return keys;
  }

  testing::TestDatabase database_;
  testing::StoreProcess process_{database_.url(), false};
};

TEST_F(GridOfDersTest, HoursTellTheLowestAndHighestOfEachDerInTheWindow) {
  AddHour("A", 2, "59.5, 60", "228, 236");
  AddHour("A", 1, "59.75, 60.25", "232, 240");
  AddHour("A", 3, "50, 70", "1, 999");  // before the window
  AddHour("A", 0, "50, 70", "1, 999");  // after it
  AddHour("B", 1, "NULL, NULL", "NULL, NULL");
  AddHour("C", 1, "50, 70", "1, 999");  // nobody asked for it
  const auto found = Load({"A"});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].der_key, base::DerKeyOf("A"));
  EXPECT_EQ(found[0].lowest_hz, 59.5);
  EXPECT_EQ(found[0].highest_hz, 60.25);
  EXPECT_EQ(found[0].lowest_v, 228);
  EXPECT_EQ(found[0].highest_v, 240);
  const auto nothing = Load({"B", "D"});
  ASSERT_THAT(nothing, SizeIs(1));
  EXPECT_EQ(nothing[0].lowest_hz, std::nullopt);
  EXPECT_EQ(nothing[0].highest_v, std::nullopt);
  EXPECT_THAT(Load({}), IsEmpty());
}

TEST_F(GridOfDersTest, SettingsAreOfTheNewestRecords) {
  for (const char* id : {"A", "B", "C", "D"}) AddDer(id);  // D has no nameplate
  PutPlate("A", 1, R"({"s_max_kva": 100})");
  PutPlate("A", 2, R"({"s_max_kva": 125, "q_inject_kvar": 55, "q_absorb_kvar": 50, "v_nominal_v": 240,
                       "normal_category": "NORMAL_CATEGORY_B", "abnormal_category": "ABNORMAL_CATEGORY_III"})",
           R"({"droop": {"k_of": 0.04}, "volt_var": {"enabled": true}, "trip": {"of1_s": 300},
               "ratings": {"s_max_kva": 110, "q_inject_kvar": 0}})");
  PutPlate("B", 1, R"({"p_max_kw": 100})");
  PutPlate("C", 1, R"({"s_max_kva": 50})");
  auto found = process_.queries().LoadGridSettings(KeysOf({"A", "B", "D"}), Soon());
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_THAT(*found, SizeIs(2));
  if ((*found)[0].der_key != base::DerKeyOf("A")) std::swap((*found)[0], (*found)[1]);
  const DerGridSettings &told = (*found)[0], &not_told = (*found)[1];
  EXPECT_EQ(told.der_key, base::DerKeyOf("A"));
  EXPECT_EQ(told.profile_id, "IEEE1547-2018");
  EXPECT_EQ(told.apparent_kva, 110) << "as configured";
  EXPECT_EQ(told.inject_kvar, 55) << "as the nameplate";
  EXPECT_EQ(told.absorb_kvar, 50);
  EXPECT_EQ(told.v_nominal_v, 240);
  EXPECT_EQ(told.normal_category, "NORMAL_CATEGORY_B");
  EXPECT_EQ(told.abnormal_category, "ABNORMAL_CATEGORY_III");
  EXPECT_EQ(told.settings_json, R"({"droop":{"k_of": 0.04},"volt_var":{"enabled": true}})");
  EXPECT_EQ(not_told.der_key, base::DerKeyOf("B"));
  EXPECT_EQ(not_told.apparent_kva, 0);
  EXPECT_EQ(not_told.v_nominal_v, 0);
  EXPECT_EQ(not_told.normal_category, "");
  EXPECT_EQ(not_told.settings_json, "");
}

}  // namespace
}  // namespace derms::store
