#include "libs/gridcode/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "libs/gridcode/testing/samples.h"

namespace derms::gridcode {
namespace {

using ::testing::ElementsAre;
using testing::Ieee1547;
using ::testing::IsEmpty;
using testing::PlateOf;
using ::testing::UnorderedElementsAre;

// "E4 settings.volt_var.v1_pu"
std::vector<std::string> Names(const std::vector<Finding>& findings) {
  std::vector<std::string> names;
  for (const Finding& finding : findings) names.push_back(std::string(RuleName(finding.rule)) + " " + finding.field);
  return names;
}

class SettingsRules : public ::testing::Test {
 protected:
  std::vector<std::string> After(const std::function<void(Settings&)>& change,
                                 AbnormalCategory category = AbnormalCategory::kIII) {
    plate_.abnormal = category;
    Settings settings = Ieee1547().Defaults(plate_);
    change(settings);
    return Names(CheckSettings(settings, plate_, Ieee1547()));
  }
  Nameplate plate_ = PlateOf(NormalCategory::kB, AbnormalCategory::kIII);
};

TEST_F(SettingsRules, E1SettingsStayWithinRatings) {
  EXPECT_THAT(After([](Settings& s) { s.ratings.p_max_kw = 100.1; }), ElementsAre("E1 settings.ratings.p_max_kw"));
  EXPECT_THAT(After([](Settings& s) { s.ratings.p_max_kw = 90; }), IsEmpty());
  EXPECT_THAT(After([](Settings& s) { s.ratings.p_charge_kw = 1; }), ElementsAre("E1 settings.ratings.p_charge_kw"));
}

TEST_F(SettingsRules, E3OneReactiveMode) {
  EXPECT_THAT(After([](Settings& s) { s.volt_var.enabled = true; }), IsEmpty());
  EXPECT_THAT(After([](Settings& s) { s.volt_var.enabled = s.constant_pf.enabled = true; }),
              ElementsAre("E3 settings.volt_var.enabled"));
  const auto mode = [](Settings& s, int which) -> bool& {
    bool* const all[] = {&s.constant_pf.enabled, &s.constant_q.enabled, &s.volt_var.enabled, &s.watt_var.enabled};
    return *all[which];
  };
  for (int one = 0; one < 4; ++one) {
    EXPECT_THAT(After([&](Settings& s) { mode(s, one) = true; }), IsEmpty()) << one;
    for (int other = one + 1; other < 4; ++other) {
      EXPECT_THAT(After([&](Settings& s) { mode(s, one) = mode(s, other) = true; }),
                  ElementsAre(::testing::StartsWith("E3 ")))
          << one << " with " << other;
    }
  }
}

TEST_F(SettingsRules, E4CurvesAreJudgedAsASet) {
  const auto both = [](Settings& s) {
    s.volt_var.v2_pu = 1;
    s.volt_var.v1_pu = 0.975;
  };
  EXPECT_THAT(After(both), IsEmpty()) << "V1 alone would lie too near to the old V2";
  EXPECT_THAT(After([](Settings& s) { s.volt_var.v1_pu = 0.975; }), ElementsAre("E4 settings.volt_var.v1_pu"));
  EXPECT_THAT(After([](Settings& s) { s.volt_var.v4_pu = 1.19; }), ElementsAre("E4 settings.volt_var.v4_pu"));
  EXPECT_THAT(After([](Settings& s) { s.volt_var.q1_pu = 0.46; }), ElementsAre("E4 settings.volt_var.q1_pu"));
  EXPECT_THAT(After([](Settings& s) { s.volt_var.q2_pu = -0.1; }),
              UnorderedElementsAre("E4 settings.volt_var.q2_pu", "E4 settings.volt_var.q3_pu"));
  EXPECT_THAT(After([](Settings& s) { s.volt_var.olrt_s = 0.5; }), ElementsAre("E4 settings.volt_var.olrt_s"));
  EXPECT_THAT(After([](Settings& s) { s.watt_var.p2_gen_pu = 0.81; }), ElementsAre("E4 settings.watt_var.p2_gen_pu"));
  EXPECT_THAT(After([](Settings& s) { s.watt_var.p2_load_pu = -0.25; }), ::testing::SizeIs(2));
  EXPECT_THAT(After([](Settings& s) { s.volt_watt.v1_pu = 1.095; }), ::testing::SizeIs(2))
      << "range, and too near to V2";
  EXPECT_THAT(After([](Settings& s) { s.constant_q.q_pu = 0.5; }), ElementsAre("E4 settings.constant_q.q_pu"));
}

TEST_F(SettingsRules, E5TripRangesHangOnTheCategory) {
  const auto early = [](Settings& s) { s.trip.uv1_s = 10; };
  EXPECT_THAT(After(early, AbnormalCategory::kII), IsEmpty());
  EXPECT_THAT(After(early, AbnormalCategory::kIII),
              UnorderedElementsAre("E5 settings.trip.uv1_s", "W1 settings.trip.uv1_s"));
}

TEST_F(SettingsRules, E6EnterServiceInsideTheTripWindow) {
  EXPECT_THAT(After([](Settings& s) {
                s.enter_service.f_low_hz = 59.0;
                s.trip.uf2_hz = 57.0;
                s.trip.uf1_hz = 59.0;
              }),
              ElementsAre("W1 settings.trip.uf1_hz"))
      << "allowed, but it trips in the range of continuous operation";
  plate_.s_max_kva = plate_.p_max_kw = 500;
  plate_.q_inject_kvar = plate_.q_absorb_kvar = 220;
  const auto random = [](Settings& s) {
    s.enter_service.random_delay_s = 100;
    s.enter_service.ramp_s = 0;
  };
  EXPECT_THAT(After(random), IsEmpty());
  EXPECT_THAT(After([](Settings& s) { s.enter_service.random_delay_s = 100; }),
              ElementsAre("E6 settings.enter_service.random_delay_s"))
      << "beside a ramp";
  plate_.s_max_kva = 501;
  plate_.q_inject_kvar = plate_.q_absorb_kvar = 221;
  EXPECT_THAT(After(random), ElementsAre("E6 settings.enter_service.random_delay_s"));
}

TEST_F(SettingsRules, E6SaysWhenTheWindowReachesOverATrip) {
  EXPECT_THAT(After([](Settings& s) { s.enter_service.v_low_pu = 0.88; }), IsEmpty());
  Settings settings = Ieee1547().Defaults(plate_);
  settings.trip.of1_hz = 61.0;
  settings.enter_service.f_high_hz = 61.0;
  settings.trip.uv1_pu = 0.88;
  settings.enter_service.v_low_pu = 0.87;
  EXPECT_THAT(Names(CheckSettings(settings, plate_, Ieee1547())),
              UnorderedElementsAre("E6 settings.enter_service.v_low_pu", "E6 settings.enter_service.v_low_pu",
                                   "W1 settings.trip.of1_hz"));
}

TEST_F(SettingsRules, E7DroopHangsOnTheCategory) {
  const auto steep = [](Settings& s) { s.droop.k_of = 0.02; };
  EXPECT_THAT(After(steep, AbnormalCategory::kIII), IsEmpty());
  EXPECT_THAT(After(steep, AbnormalCategory::kI), ElementsAre("E7 settings.droop.k_of"));
  EXPECT_THAT(After([](Settings& s) { s.droop.k_uf = 0.06; }), ElementsAre("E7 settings.droop.k_uf"));
}

TEST_F(SettingsRules, E8FixedTripSettings) {
  EXPECT_THAT(After([](Settings& s) { s.trip.ov2_pu = 1.25; }), ElementsAre("E8 settings.trip.ov2_pu"));
  EXPECT_THAT(After([](Settings& s) { s.trip.ov2_s = 0.2; }), ElementsAre("E8 settings.trip.ov2_s"));
}

TEST_F(SettingsRules, W1TripsBeforeTheRideThroughTime) {
  EXPECT_THAT(After([](Settings& s) { s.trip.ov1_s = 11; }), ElementsAre("W1 settings.trip.ov1_s")) << "12 s are owed";
  EXPECT_THAT(After([](Settings& s) { s.trip.of1_s = 200; }), ElementsAre("W1 settings.trip.of1_s"))
      << "in range, but 299 s are owed from 61.2 to 61.8 Hz";
  EXPECT_THAT(After([](Settings& s) {
                s.trip.of1_s = 200;
                s.trip.of1_hz = 61.8;
              }),
              IsEmpty())
      << "beyond 61.8 Hz nothing is owed";
}

TEST_F(SettingsRules, W2WattsBeforeVars) {
  const auto both = [](Settings& s) {
    s.volt_var.enabled = s.volt_watt.enabled = true;
    s.volt_watt.v1_pu = 1.05;
    s.volt_var.v_ref_pu = 1.05;
  };
  EXPECT_THAT(After(both), ElementsAre("W2 settings.volt_watt.v1_pu"));
}

TEST_F(SettingsRules, W3UnsupportedModes) {
  plate_.supported_modes = {"QV", "PF"};
  EXPECT_THAT(After([](Settings& s) { s.volt_var.enabled = true; }), IsEmpty());
  EXPECT_THAT(After([](Settings& s) { s.volt_watt.enabled = true; }), ElementsAre("W3 settings.volt_watt.enabled"));
}

TEST(NameplateRules, E2CapabilityOfTheCategory) {
  Nameplate plate = PlateOf(NormalCategory::kB, AbnormalCategory::kII);
  const auto names = [&plate](bool inverter = true) { return Names(CheckNameplate(plate, Ieee1547(), inverter)); };
  EXPECT_THAT(names(), IsEmpty());
  plate.q_absorb_kvar = 25;
  EXPECT_THAT(names(), ElementsAre("E2 nameplate.q_absorb_kvar"));
  EXPECT_THAT(names(false), IsEmpty()) << "a synchronous machine";
  plate.normal = NormalCategory::kA;
  EXPECT_THAT(names(), IsEmpty()) << "enough for category A";
  plate.q_inject_kvar = 43.97;
  EXPECT_THAT(names(), IsEmpty()) << "rounded";
  plate.q_inject_kvar = 43.9;
  EXPECT_THAT(names(), ElementsAre("E2 nameplate.q_inject_kvar"));
  plate.q_inject_kvar = 101;
  EXPECT_THAT(names(), ElementsAre("E2 nameplate.q_inject_kvar"));
}

TEST(NameplateRules, E2PowersFitIntoEachOther) {
  Nameplate plate = PlateOf(NormalCategory::kB, AbnormalCategory::kII);
  const auto names = [&plate] { return Names(CheckNameplate(plate, Ieee1547(), true)); };
  plate.p_max_kw = 101;
  EXPECT_THAT(names(), ElementsAre("E2 nameplate.p_max_kw"));
  plate.p_max_kw = 0;
  EXPECT_THAT(names(), ElementsAre("E2 nameplate.p_max_kw"));
  plate.p_max_kw = 100;
  plate.p_charge_kw = 10;
  EXPECT_THAT(names(), ElementsAre("E2 nameplate.p_charge_kw")) << "without apparent power of charging";
  plate.p_charge_kw = -1;
  EXPECT_THAT(names(), ElementsAre("E2 nameplate.p_charge_kw"));
}

TEST(NameplateRules, W4SaysWhatIsAssumed) {
  Nameplate plate = PlateOf(NormalCategory::kA, AbnormalCategory::kI);
  plate.normal.reset();
  plate.abnormal.reset();
  EXPECT_THAT(Names(CheckNameplate(plate, Ieee1547(), true)),
              ElementsAre("W4 nameplate.normal_category", "W4 nameplate.abnormal_category"));
}

TEST(Finding, SaysRuleObservedLimitAndRemedy) {
  Settings settings = Ieee1547().Defaults(PlateOf(NormalCategory::kB, AbnormalCategory::kIII));
  settings.trip.uv1_pu = 0.9;
  const auto findings = CheckSettings(settings, PlateOf(NormalCategory::kB, AbnormalCategory::kIII), Ieee1547());
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(Sentence(findings[0]),
            "settings.trip.uv1_pu is 0.9; must be 0 to 0.88: choose within the range of the abnormal category (E5)");
  EXPECT_FALSE(RuleMeaning(findings[0].rule).empty());
}

}  // namespace
}  // namespace derms::gridcode
