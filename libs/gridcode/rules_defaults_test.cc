#include <gmock/gmock.h>

#include "libs/gridcode/rules.h"
#include "libs/gridcode/testing/samples.h"

namespace derms::gridcode {
namespace {

using testing::Ieee1547;
using ::testing::IsEmpty;
using testing::PlateOf;
using ::testing::SizeIs;

const Nameplate& Plate() {
  static const Nameplate plate = PlateOf(NormalCategory::kB, AbnormalCategory::kIII);
  return plate;
}

TEST(RuleR1, DefaultsOfEveryCategoryDifferInNothing) {
  for (const NormalCategory normal : testing::kNormals) {
    for (const AbnormalCategory abnormal : testing::kAbnormals) {
      const Nameplate plate = PlateOf(normal, abnormal);
      EXPECT_THAT(CompareWithDefaults(Ieee1547().Defaults(plate), plate, Ieee1547()), IsEmpty());
    }
  }
}

TEST(RuleR1, TellsOfEachGroupOnceWithAllThatDiffersInIt) {
  Settings settings = Ieee1547().Defaults(Plate());
  settings.volt_var.enabled = true;
  settings.volt_var.v1_pu = 0.9;
  settings.droop.k_of = 0.04;
  settings.watt_priority = true;
  const auto findings = CompareWithDefaults(settings, Plate(), Ieee1547());
  ASSERT_THAT(findings, SizeIs(3));
  EXPECT_EQ(findings[0].rule, Rule::kR1);
  EXPECT_EQ(findings[0].field, "settings.volt_var");
  EXPECT_EQ(findings[0].observed, "enabled on, v1_pu 0.9");
  EXPECT_EQ(findings[0].limit, "enabled off, v1_pu 0.92");
  EXPECT_EQ(findings[1].field, "settings.watt_priority");
  EXPECT_EQ(findings[2].field, "settings.droop");
  EXPECT_EQ(findings[2].observed, "k_of 0.04");
}

TEST(RuleR1, ARatingThatSaysTheSameAsTheNameplateIsNoDifference) {
  Settings settings = Ieee1547().Defaults(Plate());
  settings.ratings.p_max_kw = 100;
  EXPECT_THAT(CompareWithDefaults(settings, Plate(), Ieee1547()), IsEmpty());
  settings.ratings.p_max_kw = 90;
  const auto findings = CompareWithDefaults(settings, Plate(), Ieee1547());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].observed, "p_max_kw 90");
  EXPECT_EQ(findings[0].limit, "p_max_kw 100");
}

TEST(RuleR1, ReportsAndRefusesNothing) {
  EXPECT_FALSE(Refuses(Rule::kR1));
  EXPECT_EQ(SeverityOf(Rule::kR2), Severity::kReport);
  EXPECT_EQ(SeverityOf(Rule::kW4), Severity::kWarn);
  EXPECT_EQ(RuleName(Rule::kR2), "R2");
}

}  // namespace
}  // namespace derms::gridcode
