#include "services/emergency/approval_rule.h"

#include <gtest/gtest.h>

#include "libs/base/error.h"

namespace derms::emergency {
namespace {

using domain::EmergencyKind;

TEST(ApprovalRuleTest, WithoutASettingOnlyWhatAsksForItWaits) {
  const auto rule = ApprovalRule::Parse("");
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_FALSE(rule->Needs(EmergencyKind::kDisconnect, false, false));
  EXPECT_TRUE(rule->Needs(EmergencyKind::kInject, false, true));
}

TEST(ApprovalRuleTest, NamedKindsAlwaysWaitAndTheirExercisesOnlyWhenAsked) {
  const auto rule = ApprovalRule::Parse(" DISCONNECT, CURTAIL_ALL ");
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_TRUE(rule->Needs(EmergencyKind::kDisconnect, false, false));
  EXPECT_TRUE(rule->Needs(EmergencyKind::kCurtailAll, false, false));
  EXPECT_FALSE(rule->Needs(EmergencyKind::kInject, false, false));
  EXPECT_FALSE(rule->Needs(EmergencyKind::kDisconnect, true, false));
  EXPECT_TRUE(rule->Needs(EmergencyKind::kDisconnect, true, true));
}

TEST(ApprovalRuleTest, AWordThatIsNoKindIsNamed) {
  const auto rule = ApprovalRule::Parse("DISCONNECT,REBOOT");
  EXPECT_EQ(base::ReasonOf(rule.status()), "BAD_SETTING");
  EXPECT_NE(rule.status().message().find("REBOOT"), std::string::npos);
  EXPECT_FALSE(ApprovalRule::Parse("UNSPECIFIED").ok());
}

}  // namespace
}  // namespace derms::emergency
