#include "services/optimizer/der_curves.h"

#include <gmock/gmock.h>

#include <functional>

#include "libs/base/error.h"
#include "libs/wire/stored_grid.h"

namespace derms::optimizer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr gridcode::RespondingRatings kOne{1, 1, 1};

// Three inverters of 100 kW, and a synchronous machine.
class DerCurvesTest : public ::testing::Test {
 protected:
  DerCurvesTest() {
    built_.der_ids = {"A", "B", "C", "HYDRO"};
    built_.grid.apparent_kva = {100, 100, 100, 0};
    const absl::Status added = profiles_.Add(
        "row,category,name,value,min,max,slope,source\nprofile,all,id,50HZ,,,,\n"
        "profile,all,based_on,IEEE1547-2018,,,,\nfigure,all,nominal_hz,50,,,,test\n"
        "frequency_band,all,continuous,,49,51,,test\n");
    EXPECT_TRUE(added.ok()) << added;
  }
  store::DerGridSettings& Add(const std::string& der_id, const std::string& profile_id = "IEEE1547-2018") {
    settings_.push_back({.der_key = base::DerKeyOf(der_id), .profile_id = profile_id});
    return settings_.back();
  }
  // What the defaults of categories B and III and a change make of it.
  std::string Adopted(const std::function<void(gridcode::Settings&)>& change) const {
    gridcode::Nameplate plate{.p_max_kw = 100, .s_max_kva = 100, .q_inject_kvar = 44, .q_absorb_kvar = 44};
    plate.normal = gridcode::NormalCategory::kB;
    plate.abnormal = gridcode::AbnormalCategory::kIII;
    gridcode::Settings settings = profiles_.Default().Defaults(plate);
    settings.volt_var.enabled = true;
    change(settings);
    return wire::ToStoredJson(settings);
  }
  absl::Status Use() { return UseGridSettings(settings_, profiles_, built_); }
  gridcode::SupportNeed NeedOf(std::size_t device, const gridcode::GridConditions& at) const {
    return built_.grid.curves[built_.grid.CurveOf(device)].NeedOf(at, kOne);
  }

  gridcode::ProfileShelf profiles_;
  std::vector<store::DerGridSettings> settings_;
  BuiltProblem built_;
};

TEST_F(DerCurvesTest, OfWhichNothingIsKnownHasTheStandardCurves) {
  ASSERT_EQ(Use(), absl::OkStatus());
  EXPECT_EQ(built_.grid.curves.size(), 1u);
  EXPECT_THAT(built_.grid.curve_by_device, ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(built_.grid.reactive_kvar, ElementsAre(44, 44, 44, 0));
  EXPECT_EQ(built_.grid.settings->default_count, 4);
  EXPECT_EQ(built_.grid.settings->own_count, 0);
}

TEST_F(DerCurvesTest, AreOfTheSettingsThatADerAdopted) {
  Add("A").settings_json = Adopted([](gridcode::Settings& s) { s.droop.k_uf = 0.025; });
  Add("C").settings_json = Adopted([](gridcode::Settings& s) { s.volt_var.enabled = false; });
  ASSERT_EQ(Use(), absl::OkStatus());
  const gridcode::GridConditions low{59.5, 60, 0.95, 1};
  EXPECT_NEAR(NeedOf(0, low).headroom_up_kw, 2 * NeedOf(1, low).headroom_up_kw, 1e-12);
  EXPECT_NEAR(NeedOf(0, low).inject_kvar, 0.22, 1e-12);
  EXPECT_EQ(NeedOf(2, low).inject_kvar, 0);
  EXPECT_EQ(built_.grid.settings->own_count, 2);
  EXPECT_EQ(built_.grid.settings->default_count, 2);
  EXPECT_THAT(SettingsNote(*built_.grid.settings, 60),
              "what the grid needs was judged of 2 DERs by their own settings and of 2 by the defaults of their "
              "category, at 60 Hz (IEEE1547-2018)");
}

TEST_F(DerCurvesTest, ThatAreTheSameAreReadOnce) {
  for (const char* id : {"A", "B", "HYDRO"}) Add(id).settings_json = Adopted([](auto&) {});
  Add("C").settings_json = Adopted([](gridcode::Settings& s) { s.droop.db_uf_hz = 0.1; });
  ASSERT_EQ(Use(), absl::OkStatus());
  EXPECT_EQ(built_.grid.curves.size(), 3u) << "that of the grid, and two";
  EXPECT_THAT(built_.grid.curve_by_device, ElementsAre(1, 1, 2, 1));
}

TEST_F(DerCurvesTest, OfANameplateWithoutSettingsAreTheDefaultsOfItsCategory) {
  Add("A").normal_category = "NORMAL_CATEGORY_A";
  Add("B").normal_category = "NORMAL_CATEGORY_B";
  ASSERT_EQ(Use(), absl::OkStatus());
  const gridcode::GridConditions low{60, 60, 0.95, 1};
  EXPECT_NEAR(NeedOf(0, low).inject_kvar, 0.125, 1e-12);
  EXPECT_NEAR(NeedOf(1, low).inject_kvar, 0.22, 1e-12);
  EXPECT_THAT(built_.grid.reactive_kvar, ElementsAre(25, 44, 44, 0)) << "category A must absorb a quarter";
  EXPECT_EQ(built_.grid.settings->default_count, 4);
}

TEST_F(DerCurvesTest, RatingsReplaceWhatIsAssumed) {
  store::DerGridSettings& plate = Add("A");
  plate.apparent_kva = 120;
  plate.inject_kvar = 60;
  plate.absorb_kvar = 50;
  Add("HYDRO").apparent_kva = 500;
  ASSERT_EQ(Use(), absl::OkStatus());
  EXPECT_THAT(built_.grid.apparent_kva, ElementsAre(120, 100, 100, 0)) << "a synchronous machine stays as it is";
  EXPECT_THAT(built_.grid.reactive_kvar, ElementsAre(50, 44, 44, 0));
}

TEST_F(DerCurvesTest, OfFiftyHertzMakeTheGridOneOfFiftyHertz) {
  for (const char* id : {"A", "B"}) Add(id, "50HZ").settings_json = Adopted([](auto&) {});
  ASSERT_EQ(Use(), absl::OkStatus());
  EXPECT_EQ(built_.grid.standard().nominal_hz(), 50);
  const gridcode::GridConditions fine = gridcode::GridConditions::Nominal(50);
  for (std::size_t device : {0, 1, 2, 3}) EXPECT_EQ(NeedOf(device, fine).headroom_up_kw, 0) << device;
  EXPECT_NEAR(NeedOf(2, {49.5, 50, 1, 1}).headroom_up_kw, 0.464 / (50 * 0.05), 1e-9) << "also of those not known";
  EXPECT_EQ(built_.grid.settings->profile_id, "50HZ");
}

TEST_F(DerCurvesTest, OfTwoFrequenciesAreRefusedWithBothAndWhatToDo) {
  Add("A");
  Add("C", "50HZ");
  const absl::Status status = Use();
  EXPECT_EQ(base::ReasonOf(status), "MIXED_NOMINAL_FREQUENCY");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(
      std::string(status.message()),
      HasSubstr("profile_id of DER A is IEEE1547-2018 (60 Hz) and of DER C is 50HZ (50 Hz); the DERs of an area "
                "must have one nominal frequency: put the settings of one of them under a profile of the "
                "area's frequency"));
}

TEST_F(DerCurvesTest, OfOtherDersDoNotMatter) {
  Add("A");
  Add("SOMEBODY-ELSE", "50HZ");
  Add("LEFT-OUT", "not known");
  EXPECT_EQ(Use(), absl::OkStatus());
}

TEST_F(DerCurvesTest, OfAProfileThatIsNotLoadedAreRefused) {
  Add("B", "MY-CODE");
  const absl::Status status = Use();
  EXPECT_EQ(base::ReasonOf(status), "PROFILE_NOT_LOADED");
  EXPECT_THAT(std::string(status.message()), HasSubstr("profile_id of DER B is MY-CODE"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("--grid-profiles"));
}

TEST_F(DerCurvesTest, ThatCannotBeReadAreAnErrorThatNamesTheDer) {
  Add("B").settings_json = R"({"droop": {"k_of": "steep"}})";
  const absl::Status status = Use();
  EXPECT_EQ(base::ReasonOf(status), "GRID_RECORD_UNREADABLE");
  EXPECT_THAT(std::string(status.message()), HasSubstr("DER B"));
}

}  // namespace
}  // namespace derms::optimizer
