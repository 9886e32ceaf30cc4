#include "libs/gridcode/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/gridcode/testing/samples.h"

namespace derms::gridcode {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kHeader[] = "row,category,name,value,min,max,slope,source\n";
// A 50 Hz code as an operator would write it: what differs from the built-in one.
constexpr char kFiftyHertz[] =
    "profile,all,id,TEST-50HZ,,,,\n"
    "profile,all,based_on,IEEE1547-2018,,,,\n"
    "figure,all,nominal_hz,50,,,,test\n"
    "setting,all,enter_service.f_low_hz,49.5,47,50,,test\n"
    "setting,all,enter_service.f_high_hz,50.1,50,52,,test\n"
    "setting,all,trip.of2_hz,52,51.5,53,,test\n"
    "setting,all,trip.of1_hz,51.5,51,52,,test\n"
    "setting,all,trip.uf1_hz,47.5,47,49,,test\n"
    "setting,all,trip.uf2_hz,47,46,48,,test\n"
    "frequency_band,all,continuous,,49,51,,test\n"
    "frequency_band,all,mandatory,120,47.5,49,,test\n"
    "frequency_band,all,mandatory,120,51,51.5,,test\n";

absl::Status Added(std::string_view rows) {
  ProfileShelf shelf;
  return shelf.Add(absl::StrCat(kHeader, std::string(rows)));
}

TEST(Profile, TheBuiltInOnesAreComplete) {
  EXPECT_THAT(testing::Shelf().ids(), ElementsAre("IEEE1547-2018", "IEEE1547a-2020-inferred"));
  const Profile& profile = testing::Ieee1547();
  EXPECT_EQ(profile.nominal_hz(), 60);
  EXPECT_EQ(profile.Setting("trip.uv1_s", {NormalCategory::kA, AbnormalCategory::kIII}).value, 21);
  EXPECT_EQ(profile.Setting("trip.uv1_s", {NormalCategory::kB, AbnormalCategory::kII}).value, 10);
  EXPECT_EQ(profile.Setting("volt_var.v1_pu", {NormalCategory::kB, AbnormalCategory::kI}).value, 0.92);
  EXPECT_TRUE(profile.Setting("trip.ov2_pu", {}).fixed());
}

TEST(Profile, TheAmendmentWidensTripTimesOfCategoryThreeOnly) {
  const Profile& amendment = **testing::Shelf().Find("IEEE1547a-2020-inferred");
  EXPECT_EQ(amendment.Setting("trip.uv1_s", {NormalCategory::kA, AbnormalCategory::kIII}).min, 2);
  EXPECT_EQ(amendment.Setting("trip.uv2_s", {NormalCategory::kA, AbnormalCategory::kII}).max, 2);
  EXPECT_EQ(amendment.VoltageBands(AbnormalCategory::kIII).size(),
            testing::Ieee1547().VoltageBands(AbnormalCategory::kIII).size());
}

TEST(Profile, AnOperatorsFileReplacesWhatItNames) {
  ProfileShelf shelf;
  ASSERT_EQ(shelf.Add(absl::StrCat(kHeader, kFiftyHertz)), absl::OkStatus());
  const Profile& profile = **shelf.Find("TEST-50HZ");
  EXPECT_EQ(profile.nominal_hz(), 50);
  EXPECT_EQ(profile.FrequencyBands(AbnormalCategory::kI).size(), 3u);
  EXPECT_EQ(profile.VoltageBands(AbnormalCategory::kI).size(), 8u) << "from the base";
  const Nameplate plate = testing::PlateOf(NormalCategory::kB, AbnormalCategory::kII);
  EXPECT_EQ(profile.Defaults(plate).trip.uf1_hz, 47.5);
  EXPECT_EQ(profile.Defaults(plate).volt_var.v1_pu, 0.92);
}

TEST(Profile, FilesOfAFolderAreAddedAndNamedWhenTheyAreWrong) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "derms_profile_test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "50hz.csv") << kHeader << kFiftyHertz;
  std::ofstream(folder / "notes.txt") << "not a profile";
  ProfileShelf shelf;
  EXPECT_EQ(shelf.AddFolder(folder.string()), absl::OkStatus());
  EXPECT_TRUE(shelf.Find("TEST-50HZ").ok());
  const absl::Status twice = shelf.AddFolder(folder.string());
  EXPECT_EQ(base::ReasonOf(twice), "INVALID_PROFILE");
  EXPECT_THAT(std::string(twice.message()), HasSubstr("50hz.csv"));
  std::filesystem::remove_all(folder);
  EXPECT_EQ(base::ReasonOf(shelf.AddFolder(folder.string())), "INVALID_PROFILE");
}

TEST(Profile, UnknownIdsAreRefusedWithThoseThatThereAre) {
  const absl::Status status = testing::Shelf().Find("nothing").status();
  EXPECT_EQ(base::ReasonOf(status), "UNKNOWN_PROFILE");
  EXPECT_THAT(std::string(status.message()), HasSubstr("IEEE1547-2018"));
  EXPECT_EQ((*testing::Shelf().Find(""))->id(), "IEEE1547-2018");
}

TEST(Profile, MistakesAreNamedWithTheirRow) {
  struct Row {
    const char *rows, *words;
  };
  const std::string based = "profile,all,id,X,,,,\nprofile,all,based_on,IEEE1547-2018,,,,\n";
  for (const Row row : {Row{"setting,all,volt_var.v9_pu,1,,,,\n", "row 4: there is no setting 'volt_var.v9_pu'"},
                        {"setting,all,ratings.p_max_kw,1,,,,\n", "there is no setting"},
                        {"setting,C,droop.k_of,1,,,,\n", "category must be"},
                        {"setting,all,droop.k_of,high,,,,\n", "'high' is no number"},
                        {"setting,all,droop.k_of,1,2,3,,\n", "from min to max"},
                        {"setting,all,droop.k_of,,,,,\n", "from min to max"},
                        {"figure,all,speed,1,,,,\n", "there is no figure 'speed'"},
                        {"figure,all,nominal_hz,-1,,,,\n", "not below 0"},
                        {"wish,all,x,1,,,,\n", "row must be"},
                        {"profile,all,based_on,Y,,,,\n", "there is no profile 'Y'"},
                        {"voltage_band,all,floating,1,0,1,,\n", "ride-through mode"},
                        {"voltage_band,all,mandatory,1,1,0,,\n", "min must be below max"},
                        {"voltage_band,all,mandatory,1,,1,4,\n", "a slope needs min"},
                        {"voltage_band,all,mandatory,1,0,1,,\n", "one continuous band"},
                        {"frequency_band,all,continuous,,59,61,,\nfrequency_band,all,mandatory,9,58,60,,\n", "overlap"},
                        {"setting,all\n", "8 cells"}}) {
    const absl::Status status = Added(based + row.rows);
    EXPECT_EQ(base::ReasonOf(status), "INVALID_PROFILE") << row.rows;
    EXPECT_THAT(std::string(status.message()), HasSubstr(row.words)) << row.rows;
  }
  EXPECT_THAT(std::string(Added("profile,all,id,X,,,,\n").message()), HasSubstr("it has no setting"));
  EXPECT_THAT(std::string(ProfileShelf().Add("id,X\n").message()), HasSubstr("first row"));
  EXPECT_EQ(base::ReasonOf(ProfileShelf().Add("a,\"b")), "INVALID_CSV");
}

}  // namespace
}  // namespace derms::gridcode
