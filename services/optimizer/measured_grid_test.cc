#include "services/optimizer/measured_grid.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

namespace derms::optimizer {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1594800000);

class MeasuredGridTest : public ::testing::Test {
 protected:
  void Add(const std::string& der_id, const std::string& region_id) {
    FleetMember& member = fleet_.emplace_back();
    member.der.der_id = der_id;
    member.der.region_id = region_id;
    keys_.push_back(base::DerKeyOf(der_id));
  }
  void AddHours(const std::string& der_id, std::optional<double> low_hz, std::optional<double> high_hz,
                std::optional<double> low_v, std::optional<double> high_v) {
    hours_.push_back({base::DerKeyOf(der_id), low_hz, high_hz, low_v, high_v});
  }
  void AddPlate(const std::string& der_id, double nominal_v) {
    settings_.push_back({.der_key = base::DerKeyOf(der_id), .v_nominal_v = nominal_v});
  }
  std::vector<GridExtremes> Extremes() const { return ExtremesInHours(fleet_, keys_, hours_, settings_); }

  std::vector<FleetMember> fleet_;
  std::vector<base::DerKey> keys_;
  std::vector<store::DerGridHours> hours_;
  std::vector<store::DerGridSettings> settings_;
};

TEST_F(MeasuredGridTest, IsTheLowestAndHighestOfARegionsOwnDers) {
  Add("A", "NORTH");
  Add("B", "NORTH");
  Add("C", "SOUTH");
  AddPlate("A", 240);
  AddPlate("B", 0);
  AddHours("A", 59.5, 60, 228, 240);
  AddHours("B", 59.75, 60.25, 100, 900);  // its nominal voltage is not known: its volts say nothing
  AddHours("C", std::nullopt, std::nullopt, std::nullopt, std::nullopt);
  AddHours("ELSEWHERE", 40, 80, 1, 1);
  const auto found = Extremes();
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
}

TEST_F(MeasuredGridTest, LeavesOutTheHundredthPartOfTheMetersEitherWay) {
  for (int i = 0; i < 200; ++i) {
    const std::string der_id = absl::StrCat("D-", i);
    Add(der_id, "NORTH");
    AddPlate(der_id, 100);
    const double wrong = i == 0 ? 50 : i == 1 ? 0.5 : 0;
    AddHours(der_id, 60 - wrong, 60 + wrong, 100 - wrong, 100 + wrong);
  }
  const auto found = Extremes();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].frequency_hz.lowest, 59.5);
  EXPECT_EQ(found[0].frequency_hz.highest, 60.5);
  EXPECT_EQ(found[0].voltage_pu.lowest, 0.995);
  EXPECT_EQ(found[0].voltage_pu.highest, 1.005);
}

TEST_F(MeasuredGridTest, OfNewestReadingsOneInAHundredMayBeWrongEitherWay) {
  for (int i = 0; i < 101; ++i) {
    Add(absl::StrCat("D-", i), "NORTH");
    fleet_.back().reading.emplace();
    fleet_.back().reading->frequency_hz = i == 0 ? 10 : i == 1 ? 400 : i == 2 ? 59.9 : 60;
    fleet_.back().reading->measured_at = kNow - absl::Minutes(1);
  }
  const auto measured = NewestFrequencies(fleet_, kNow);
  ASSERT_THAT(measured, SizeIs(1));
  EXPECT_EQ(measured[0].frequency_hz.lowest, 59.9);
  EXPECT_EQ(measured[0].frequency_hz.highest, 60);
  EXPECT_EQ(measured[0].frequency_hz.der_count, 101);
  EXPECT_THAT(NewestFrequencies({}, kNow), IsEmpty());
}

}  // namespace
}  // namespace derms::optimizer
