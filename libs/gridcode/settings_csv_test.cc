#include "libs/gridcode/settings_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "libs/base/error.h"
#include "libs/gridcode/testing/samples.h"

namespace derms::gridcode {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(SettingsCsv, ReadsTheDeFactoNames) {
  const auto file = ReadSettingsCsv(
      "PARAMETER,VALUE\r\n"
      "MT_FILE_INFO_TYPE,AS\r\n"
      "COMMENT,\"written by hand, once\"\r\n"
      "NP_P_MAX,100000\r\n"
      "NP_VA_MAX,110000\r\n"
      "NP_NORMAL_OP_CAT,CAT_B\r\n"
      "NP_ABNORMAL_OP_CAT,CAT_III\r\n"
      "NP_SUPPORTED_MODES,QV-PV-PF-CONST_PF\r\n"
      "NP_MODEL,\"Roof, large\"\r\n"
      "NP_P_MAX-AS,90000\r\n"
      "QV_MODE_ENABLE-AS,ENABLED\r\n"
      "QV_CURVE_V1-AS,0.91\r\n"
      "CONST_PF_EXCITATION-AS,ABS\r\n"
      "PF_DBOF,0.05\r\n"
      "ES_DELAY-AS,\r\n"
      "MYPARAM-AS,100\r\n");
  ASSERT_EQ(file.status(), absl::OkStatus());
  ASSERT_TRUE(file->nameplate);
  EXPECT_EQ(file->nameplate->p_max_kw, 100);
  EXPECT_EQ(file->nameplate->s_max_kva, 110);
  EXPECT_EQ(file->nameplate->normal, NormalCategory::kB);
  EXPECT_EQ(file->nameplate->abnormal, AbnormalCategory::kIII);
  EXPECT_EQ(file->nameplate->model, "Roof, large");
  EXPECT_THAT(file->nameplate->supported_modes, ElementsAre("QV", "PV", "PF", "CONST_PF"));
  EXPECT_EQ(file->settings.numbers.size(), 3u);
  const Settings settings = WithGiven({}, file->settings);
  EXPECT_EQ(settings.ratings.p_max_kw, 90);
  EXPECT_EQ(settings.volt_var.v1_pu, 0.91);
  EXPECT_EQ(settings.droop.db_of_hz, 0.05) << "without its ending too";
  EXPECT_TRUE(settings.volt_var.enabled);
  EXPECT_TRUE(settings.constant_pf.absorbing);
  EXPECT_THAT(file->unknown, ElementsAre("MYPARAM-AS"));
}

TEST(SettingsCsv, WhatIsWrittenReadsBackTheSame) {
  for (const NormalCategory normal : testing::kNormals) {
    for (const AbnormalCategory abnormal : testing::kAbnormals) {
      Nameplate plate = testing::StorageOf(normal, abnormal);
      plate.p_max_kw = 1.0 / 3;
      plate.supported_modes = {"QV", "PF"};
      plate.manufacturer = "A \"quoted\", name";
      Settings settings = testing::Ieee1547().Defaults(plate);
      settings.volt_var.enabled = settings.watt_priority = true;
      settings.droop.enabled = false;
      settings.ratings.s_max_kva = 90;
      settings.volt_watt.olrt_s = 0.1 + 0.2;
      auto file = ReadSettingsCsv(WriteSettingsCsv(&plate, &settings));
      ASSERT_EQ(file.status(), absl::OkStatus());
      EXPECT_NEAR(file->nameplate->p_max_kw, plate.p_max_kw, 1e-9) << "to a millionth of a W";
      file->nameplate->p_max_kw = plate.p_max_kw;
      EXPECT_TRUE(*file->nameplate == plate);
      EXPECT_TRUE(WithGiven({}, file->settings) == settings);
      EXPECT_TRUE(file->unknown.empty());
    }
  }
}

TEST(SettingsCsv, NumbersAreWrittenAsPeopleWriteThem) {
  Nameplate plate = testing::PlateOf(NormalCategory::kB, AbnormalCategory::kI);
  plate.s_max_kva = 90.1;
  const std::string text = WriteSettingsCsv(&plate, nullptr);
  EXPECT_THAT(text, HasSubstr("NP_P_MAX,100000\n"));
  EXPECT_THAT(text, HasSubstr("NP_VA_MAX,90100\n"));
}

std::string Exported() {
  const Nameplate plate = testing::PlateOf(NormalCategory::kB, AbnormalCategory::kIII);
  const Settings settings = testing::Ieee1547().Defaults(plate);
  return WriteSettingsCsv(&plate, &settings);
}

// The number is that of sha256sum.
TEST(SettingsCsv, EndsWithTheSha256OfAllAboveIt) {
  const std::string text = WriteSettingsCsv(nullptr, nullptr);
  EXPECT_EQ(text,
            "PARAMETER,VALUE\nMT_FILE_INFO_TYPE,AS\n"
            "TA_RR_FILE_CHECKSUM,67734263c126c44e50f6ce66315f038e2eeeb67a4796536070a45c759e3f28ce\n");
  EXPECT_EQ(ReadSettingsCsv(text).status(), absl::OkStatus());
}

TEST(SettingsCsv, AnyChangeOfContentBreaksTheChecksum) {
  const std::string text = Exported();
  ASSERT_EQ(ReadSettingsCsv(text).status(), absl::OkStatus());
  const std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    std::vector<std::string> without = lines, with = lines;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
    with[i] += "0";
    for (const auto& changed : {without, with}) {
      const absl::Status status = ReadSettingsCsv(absl::StrJoin(changed, "\n")).status();
      EXPECT_EQ(base::ReasonOf(status), "INVALID_CSV") << lines[i];
      EXPECT_THAT(std::string(status.message()), HasSubstr("TA_RR_FILE_CHECKSUM")) << lines[i];
      EXPECT_THAT(std::string(status.message()), HasSubstr("remove this row to read it unverified"));
    }
  }
}

TEST(SettingsCsv, TheChecksumIsOfTheContentNotOfHowASpreadsheetSavesIt) {
  std::string saved = Exported();
  const std::string plain = saved.substr(0, saved.rfind("TA_RR_FILE_CHECKSUM"));
  saved = absl::StrReplaceAll(saved, {{"\n", ",\r\n"}, {"NP_P_MAX,100000", "\"NP_P_MAX\", 100000 "}});
  EXPECT_EQ(ReadSettingsCsv("\xEF\xBB\xBF" + saved).status(), absl::OkStatus());
  EXPECT_EQ(ReadSettingsCsv(absl::AsciiStrToUpper(Exported())).status(), absl::OkStatus()) << "hexadecimal of any case";
  EXPECT_EQ(ReadSettingsCsv(plain).status(), absl::OkStatus()) << "without one: unverified";
  EXPECT_EQ(ReadSettingsCsv(plain + "TA_RR_FILE_CHECKSUM,\n").status(), absl::OkStatus());
  Nameplate odd = testing::PlateOf(NormalCategory::kB, AbnormalCategory::kIII);
  odd.manufacturer = " a \"quoted\",\nname\t";
  EXPECT_EQ(ReadSettingsCsv(WriteSettingsCsv(&odd, nullptr)).status(), absl::OkStatus());
  EXPECT_TRUE(ReadSettingsCsv(plain + "TA_NAME,A test lab\n")->unknown.empty());
  EXPECT_EQ(base::ReasonOf(ReadSettingsCsv(plain + "TA_RR_FILE_CHECKSUM,1234ABCDE567890\n").status()), "INVALID_CSV");
}

TEST(SettingsCsv, ASettingsFileNeedsNoNameplate) {
  const Settings settings;
  const auto file = ReadSettingsCsv(WriteSettingsCsv(nullptr, &settings));
  ASSERT_EQ(file.status(), absl::OkStatus());
  EXPECT_FALSE(file->nameplate);
}

TEST(SettingsCsv, MistakesAreNamedWithTheirRow) {
  struct Row {
    const char *text, *words;
  };
  for (const Row row : {Row{"NAME,VALUE\n", "row 1: the first row must be PARAMETER,VALUE"},
                        {"", "row 1"},
                        {"PARAMETER,VALUE\nQV_OLRT-AS,slow\n", "row 2: QV_OLRT 'slow' is no number"},
                        {"PARAMETER,VALUE\nQV_OLRT-AS,nan\n", "no number"},
                        {"PARAMETER,VALUE\nQV_MODE_ENABLE-AS,MAYBE\n", "must be ENABLED or DISABLED"},
                        {"PARAMETER,VALUE\nNP_NORMAL_OP_CAT,CAT_C\n", "is no category"},
                        {"PARAMETER,VALUE\nQV_OLRT,1\nQV_OLRT,2\n", "row 3: QV_OLRT is there twice"},
                        {"PARAMETER,VALUE\nalone\n", "row 2"}}) {
    const absl::Status status = ReadSettingsCsv(row.text).status();
    EXPECT_EQ(base::ReasonOf(status), "INVALID_CSV") << row.text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(row.words)) << row.text;
  }
}

}  // namespace
}  // namespace derms::gridcode
