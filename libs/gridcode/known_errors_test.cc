// Errors that public code about IEEE 1547-2018 has, each with the numbers that tell it from what is right.
#include <gmock/gmock.h>

#include <regex>
#include <set>

#include "libs/gridcode/capability.h"
#include "libs/gridcode/csv_text.h"
#include "libs/gridcode/ride_through.h"
#include "libs/gridcode/rules.h"
#include "libs/gridcode/testing/samples.h"

namespace derms::gridcode {
namespace {

using testing::Ieee1547;
using testing::PlateOf;

constexpr AbnormalCategory kI = AbnormalCategory::kI, kII = AbnormalCategory::kII, kIII = AbnormalCategory::kIII;

// Whether the DER may trip when v (f) has held for so long.
bool MayTrip(AbnormalCategory category, double v_pu, double f_hz, double held_s) {
  Settings settings = Ieee1547().Defaults(PlateOf(NormalCategory::kB, category));
  RideThrough machine(Ieee1547(), {NormalCategory::kB, category}, settings);
  machine.Advance(0, v_pu, f_hz);
  return machine.Advance(held_s, v_pu, f_hz).may_trip;
}

// The continuous range taken down to 58.5 Hz, so that the timer begins anew between 58.5 and 58.8.
TEST(KnownErrors, TimeRunsBetween58Point5And58Point8Hertz) {
  for (const AbnormalCategory category : testing::kAbnormals) {
    EXPECT_EQ(BandAt(Ieee1547().FrequencyBands(category), 58.79)->mode, RideThroughMode::kMandatory);
    Settings settings = Ieee1547().Defaults(PlateOf(NormalCategory::kB, category));
    RideThrough machine(Ieee1547(), {NormalCategory::kB, category}, settings);
    machine.Advance(0, 1, 58.55);
    EXPECT_FALSE(machine.Advance(150, 1, 58.75).may_trip);
    EXPECT_FALSE(machine.Advance(298.9, 1, 58.55).may_trip);
    EXPECT_TRUE(machine.Advance(299, 1, 58.55).may_trip) << "150 s at 58.55 and 149 s at 58.75 count together";
  }
}

// "Passed" set by the timer of a high voltage while its time has not passed.
TEST(KnownErrors, AHighVoltageIsRiddenThroughUntilItsTimeHasPassed) {
  struct Row {
    double v_pu, least_s;
  };
  for (const AbnormalCategory category : {kI, kII}) {
    for (const Row row : {Row{1.12, 1}, {1.16, 0.5}, {1.19, 0.2}}) {
      EXPECT_FALSE(MayTrip(category, row.v_pu, 60, 0.9 * row.least_s)) << row.v_pu;
      EXPECT_TRUE(MayTrip(category, row.v_pu, 60, 1.01 * row.least_s)) << row.v_pu;
    }
  }
  EXPECT_FALSE(MayTrip(kIII, 1.12, 60, 11.9));
  EXPECT_TRUE(MayTrip(kIII, 1.12, 60, 12.01));
}

TEST(KnownErrors, TheThirdHighVoltageBandOfCategoryTwoBeginsAt1Point175) {
  for (const AbnormalCategory category : {kI, kII}) {
    const auto bands = Ieee1547().VoltageBands(category);
    EXPECT_EQ(BandAt(bands, 1.151)->least_s, 0.5);
    EXPECT_EQ(BandAt(bands, 1.174)->least_s, 0.5);
    EXPECT_EQ(BandAt(bands, 1.176)->least_s, 0.2);
  }
}

// A branch for Category III that is never reached, because it compares with Category I again.
TEST(KnownErrors, CategoryThreeIsNotJudgedAsCategoryOne) {
  EXPECT_TRUE(MayTrip(kI, 0.75, 60, 2)) << "0.7 s + 4 s/pu * 0.05 pu";
  EXPECT_FALSE(MayTrip(kIII, 0.75, 60, 19.9)) << "20 s";
  EXPECT_EQ(BandAt(Ieee1547().VoltageBands(kIII), 1.15)->mode, RideThroughMode::kMomentaryCessation);
  EXPECT_EQ(BandAt(Ieee1547().VoltageBands(kI), 1.15)->mode, RideThroughMode::kPermissive);
}

std::vector<std::string> Broken(void (*change)(Settings&)) {
  const Nameplate plate = PlateOf(NormalCategory::kB, kIII);
  Settings settings = Ieee1547().Defaults(plate);
  change(settings);
  std::vector<std::string> fields;
  for (const Finding& finding : CheckSettings(settings, plate, Ieee1547())) fields.push_back(finding.field);
  return fields;
}

TEST(KnownErrors, KOfAnUnderfrequencyIsBoundedByTheCategoryNotByTen) {
  EXPECT_THAT(Broken([](Settings& s) { s.droop.k_uf = 0.051; }), ::testing::ElementsAre("settings.droop.k_uf"));
  EXPECT_THAT(Broken([](Settings& s) { s.droop.k_uf = 10; }), ::testing::ElementsAre("settings.droop.k_uf"));
}

// Upper checks of V2 of volt-watt and V4 of volt-var that look at V1 and V3.
TEST(KnownErrors, UpperBoundsLookAtThePointThatTheyBound) {
  EXPECT_THAT(Broken([](Settings& s) { s.volt_watt.v2_pu = 1.11; }), ::testing::Contains("settings.volt_watt.v2_pu"));
  EXPECT_THAT(Broken([](Settings& s) { s.volt_var.v4_pu = 1.19; }), ::testing::ElementsAre("settings.volt_var.v4_pu"));
  EXPECT_THAT(Broken([](Settings& s) { s.volt_var.v4_pu = 1.18; }), ::testing::IsEmpty());
}

// Categories A and B swapped where what a DER can absorb is checked.
TEST(KnownErrors, CategoryBAbsorbsMoreThanCategoryA) {
  Nameplate plate = PlateOf(NormalCategory::kA, kI);
  ASSERT_EQ(plate.q_absorb_kvar, 25);
  EXPECT_TRUE(CheckNameplate(plate, Ieee1547(), true).empty());
  plate.normal = NormalCategory::kB;
  EXPECT_FALSE(CheckNameplate(plate, Ieee1547(), true).empty());
  EXPECT_EQ(RequiredReactive(Ieee1547(), {NormalCategory::kA, kI}, {100, 100, 44, 44}, 50).absorb_kvar, 25);
  EXPECT_EQ(RequiredReactive(Ieee1547(), {NormalCategory::kB, kI}, {100, 100, 44, 44}, 50).absorb_kvar, 44);
}

// Sample values of the interchange sheet taken for defaults.
TEST(KnownErrors, SampleValuesAreNoDefaults) {
  const Settings defaults = Ieee1547().Defaults(PlateOf(NormalCategory::kB, kIII));
  EXPECT_EQ(defaults.enter_service.v_low_pu, 0.917) << "not 0.88";
  EXPECT_EQ(defaults.enter_service.v_high_pu, 1.05) << "not 1.1";
  EXPECT_EQ(defaults.enter_service.f_low_hz, 59.5) << "not 59.3";
  EXPECT_EQ(defaults.enter_service.f_high_hz, 60.1) << "not 63";
  EXPECT_EQ(ReactiveModeOf(defaults), ReactiveMode::kNone) << "not all of them on";
}

// Table numbers from memory. Those here are named by a source that can be read; other rows name the clause.
TEST(KnownErrors, ProfilesNameOnlyTablesThatAReadableSourceNames) {
  const std::set<std::string> known = {"7", "11", "13", "14", "16", "18", "19", "21"};
  const std::regex number("Tables? ([0-9]+)(?: to ([0-9]+))?");
  for (const std::string_view profile : EmbeddedProfiles()) {
    const auto lines = ReadCsv(profile);
    ASSERT_TRUE(lines.ok());
    for (const CsvLine& line : *lines) {
      if (line.cells[0] == "row" || line.cells[0] == "profile" || line.cells[2] == "nominal_hz") continue;
      const std::string& source = line.cells[7];
      EXPECT_TRUE(std::regex_search(source, std::regex("^(cl\\. [456]|Table|inferred)"))) << line.number << source;
      std::smatch match;
      if (!std::regex_search(source, match, number)) continue;
      EXPECT_TRUE(known.count(match[1]) == 1) << line.number << source;
      EXPECT_TRUE(!match[2].matched || known.count(match[2]) == 1) << line.number << source;
    }
  }
}

}  // namespace
}  // namespace derms::gridcode
