#include "libs/wire/stored_grid.h"

#include <gtest/gtest.h>

#include "libs/gridcode/testing/samples.h"

namespace derms::wire {
namespace {

using gridcode::testing::FullSettings;

TEST(StoredGrid, WhatIsWrittenIsReadWithAllDigits) {
  EXPECT_EQ(SettingsFromStoredJson(ToStoredJson(FullSettings()), {}), FullSettings());
  gridcode::Nameplate plate{.p_max_kw = 1.0 / 3, .s_max_kva = 2.0 / 3};
  plate.normal = gridcode::NormalCategory::kB;
  plate.supported_modes = {"QV", "PF"};
  plate.manufacturer = "a \"quoted\" maker";
  EXPECT_EQ(NameplateFromStoredJson(ToStoredJson(plate)), plate);
}

// A run reads two groups of the record alone.
TEST(StoredGrid, SomeGroupsOfSettingsAreReadAlone) {
  const auto settings =
      SettingsFromStoredJson(R"({"droop": {"k_of": 0.04, "enabled": false}, "volt_var": {"enabled": true}})", {});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->droop.k_of, 0.04);
  EXPECT_FALSE(settings->droop.enabled);
  EXPECT_TRUE(settings->volt_var.enabled);
  EXPECT_EQ(settings->trip, gridcode::TripSettings());
}

TEST(StoredGrid, WhatIsNoneIsNothing) {
  EXPECT_EQ(SettingsFromStoredJson("{", {}), std::nullopt);
  EXPECT_EQ(SettingsFromStoredJson(R"({"droop": {"k_of": "steep"}})", {}), std::nullopt);
  EXPECT_EQ(NameplateFromStoredJson(""), std::nullopt);
}

TEST(StoredGrid, CategoriesAreTheWordsOfTheSchema) {
  EXPECT_EQ(NormalCategoryOf("NORMAL_CATEGORY_B"), gridcode::NormalCategory::kB);
  EXPECT_EQ(AbnormalCategoryOf("ABNORMAL_CATEGORY_II"), gridcode::AbnormalCategory::kII);
  for (const char* word : {"", "B", "NORMAL_CATEGORY_UNSPECIFIED", "NORMAL_CATEGORY_Z"}) {
    EXPECT_EQ(NormalCategoryOf(word), std::nullopt) << word;
  }
}

}  // namespace
}  // namespace derms::wire
