#include "services/registry/compliance_record.h"

#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/gridcode/testing/samples.h"

namespace derms::registry {
namespace {

using gridcode::testing::FullSettings;

// Another value in every field.
gridcode::Nameplate FullPlate() {
  gridcode::Nameplate plate;
  double value = 0.25;
  for (const auto& number : gridcode::NameplateNumbers()) number.in(plate) = value += 1.0 / 3;
  plate.normal = gridcode::NormalCategory::kB;
  plate.abnormal = gridcode::AbnormalCategory::kIII;
  plate.supported_modes = {"QV", "PF"};
  plate.manufacturer = "a \"quoted\" maker";
  plate.model = "m", plate.serial_number = "s", plate.version = "v";
  return plate;
}

TEST(ComplianceRecord, WhatIsWrittenIsReadWithAllDigits) {
  const domain::GridRecord record{.nameplate_json = NameplateToJson(FullPlate()),
                                  .settings_json = SettingsToJson(FullSettings())};
  EXPECT_EQ(*NameplateOf(record), FullPlate());
  EXPECT_EQ(*SettingsOf(record, {}), FullSettings());
}

TEST(ComplianceRecord, WhatIsNotThereIsTheDefault) {
  const domain::GridRecord record{.nameplate_json = "{}", .settings_json = R"({"volt_var": {"v1_pu": 0.9}})"};
  EXPECT_EQ(*NameplateOf(record), gridcode::Nameplate());
  gridcode::Settings expected = FullSettings();
  expected.volt_var.v1_pu = 0.9;
  EXPECT_EQ(*SettingsOf(record, FullSettings()), expected);
  EXPECT_EQ(*SettingsOf({}, FullSettings()), FullSettings()) << "none adopted";
}

TEST(ComplianceRecord, WhatANewerVersionWroteIsPassedOver) {
  const domain::GridRecord record{
      .nameplate_json = R"({"p_max_kw": 5, "color": "blue", "normal_category": "NORMAL_CATEGORY_Z"})",
      .settings_json = R"({"droop": {"k_of": 0.04, "shape": [1]}, "islanding": {"on": true}})"};
  EXPECT_EQ(NameplateOf(record)->p_max_kw, 5);
  EXPECT_EQ(NameplateOf(record)->normal, std::nullopt);
  EXPECT_EQ(SettingsOf(record, {})->droop.k_of, 0.04);
}

TEST(ComplianceRecord, WhatWasTamperedWithIsAnErrorThatNamesTheDer) {
  for (const char* broken : {"{", "", R"({"p_max_kw": "five", "volt_var": {"v1_pu": "five"}})"}) {
    const domain::GridRecord record{
        .der_id = "SOLAR-1", .nameplate_json = broken, .settings_json = *broken == 0 ? "{" : broken};
    EXPECT_EQ(base::ReasonOf(NameplateOf(record).status()), "GRID_RECORD_UNREADABLE") << broken;
    EXPECT_EQ(base::ReasonOf(SettingsOf(record, {}).status()), "GRID_RECORD_UNREADABLE") << broken;
  }
}

}  // namespace
}  // namespace derms::registry
