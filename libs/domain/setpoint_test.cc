#include "libs/domain/setpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace derms::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using enum ControlSource;
using enum ControlField;

const absl::Time kNow = absl::FromUnixSeconds(1700000000);
constexpr PowerRange kBattery = {.min_kw = -100, .max_kw = 100};

// Issued an hour ago, in force always.
Control By(ControlSource source, std::string id = "A") {
  Control control;
  control.source = source;
  control.control_id = std::move(id);
  control.issued_at = kNow - absl::Hours(1);
  return control;
}
Control SetTo(double power_kw, ControlSource source, std::string id = "A") {
  Control control = By(source, std::move(id));
  control.power_kw = power_kw;
  return control;
}
Control AtMost(double max_kw, int primacy = 65, std::string id = "F-1") {
  Control control = By(kLimit, std::move(id));
  control.max_power_kw = max_kw;
  control.primacy = primacy;
  return control;
}
Control AtLeast(double min_kw, int primacy = 65, std::string id = "F-1") {
  Control control = By(kLimit, std::move(id));
  control.min_power_kw = min_kw;
  control.primacy = primacy;
  return control;
}
Control Connect(bool connect, ControlSource source) {
  Control control = By(source);
  control.connect = connect;
  return control;
}
Control IssuedAgo(Control control, absl::Duration age) {
  control.issued_at = kNow - age;
  return control;
}

EffectiveSetpoint Resolve(const std::vector<Control>& controls, absl::Time at = kNow) {
  return ResolveSetpoint(kBattery, controls, at);
}

TEST(Setpoint, NobodySaysAnything) {
  const EffectiveSetpoint none = Resolve({});
  EXPECT_EQ(none.power_kw, 0);
  EXPECT_TRUE(none.connected);
  EXPECT_FALSE(none.max_power_kw || none.min_power_kw);
  EXPECT_EQ(none.valid_until, absl::InfiniteFuture());
  for (const ControlField field : kControlFields) EXPECT_EQ(none.WinnerOf(field), kNoControl);
  EXPECT_THAT(none.clips, IsEmpty());
  EXPECT_THAT(none.losers, IsEmpty());
}

TEST(Setpoint, TheStrongestSourceSetsThePower) {
  constexpr ControlSource kStrongestFirst[] = {kLockOut,  kEmergency, kOperator, kLimit,
                                               kSchedule, kOwner,     kDefault,  kFailSafe};
  std::vector<Control> all;
  for (const ControlSource source : kStrongestFirst) all.push_back(SetTo(static_cast<double>(source), source));
  while (!all.empty()) {
    const EffectiveSetpoint setpoint = Resolve(all);
    EXPECT_EQ(setpoint.power_kw, static_cast<double>(all.front().source));
    EXPECT_EQ(setpoint.WinnerOf(kPower), 0);
    ASSERT_EQ(setpoint.losers.size(), all.size() - 1);
    for (const Loser& loser : setpoint.losers) EXPECT_EQ(loser.reason, LossReason::kOutranked);
    all.erase(all.begin());
  }
}

TEST(Setpoint, OfOneSourceTheNewestWinsAndThenTheLargerId) {
  const EffectiveSetpoint setpoint = Resolve({IssuedAgo(SetTo(10, kSchedule, "Z"), absl::Minutes(2)),
                                              IssuedAgo(SetTo(20, kSchedule, "B"), absl::Minutes(1)),
                                              IssuedAgo(SetTo(30, kSchedule, "A"), absl::Minutes(1))});
  EXPECT_EQ(setpoint.power_kw, 20);
  EXPECT_THAT(setpoint.losers, UnorderedElementsAre(Loser{0, 1, kPower, LossReason::kNewerOfSameSource},
                                                    Loser{2, 1, kPower, LossReason::kTieById}));
}

TEST(Setpoint, EqualPrimacyIsDeterministic) {
  const Control one = AtMost(40, 65, "F-1"), two = AtMost(40, 65, "F-2");
  EXPECT_EQ(Resolve({one, two}).WinnerOf(kMaxPower), 1);
  EXPECT_EQ(Resolve({two, one}).WinnerOf(kMaxPower), 0);
  EXPECT_THAT(Resolve({one, two}).losers, ElementsAre(Loser{0, 1, kMaxPower, LossReason::kTieById}));
}

TEST(Setpoint, SupersedeDoesNotCrossProgram) {
  Control program = SetTo(30, kLimit, "PROGRAM-1");
  program.primacy = 65;
  Control newer = IssuedAgo(SetTo(10, kLimit, "PROGRAM-2"), absl::Minutes(1));
  newer.primacy = 66;
  EXPECT_EQ(Resolve({program, newer}).power_kw, 30) << "a newer event of a less important program";
  newer.primacy = 65;
  EXPECT_EQ(Resolve({program, newer}).power_kw, 10);
}

TEST(Setpoint, SupersedeIsPerField) {
  Control order = SetTo(30, kOperator, "I-1");
  order.max_power_kw = 80;
  Control newer = IssuedAgo(By(kOperator, "I-2"), absl::Minutes(1));
  newer.max_power_kw = 50;
  const EffectiveSetpoint setpoint = Resolve({order, newer});
  EXPECT_EQ(setpoint.power_kw, 30) << "a newer limit takes no set-point away";
  EXPECT_EQ(setpoint.max_power_kw, 50);
  EXPECT_THAT(setpoint.losers, ElementsAre(Loser{0, 1, kMaxPower, LossReason::kLessRestrictive}));
}

TEST(Setpoint, LimitsOfEveryLevelAreIntersectedAndClip) {
  Control by_default = By(kDefault, "D");
  by_default.max_power_kw = 40;
  by_default.min_power_kw = -5;
  const EffectiveSetpoint setpoint = Resolve({SetTo(70, kOperator), AtMost(60, 1), by_default, AtLeast(-20)});
  EXPECT_EQ(setpoint.power_kw, 40) << "even an operator's set-point";
  EXPECT_EQ(setpoint.max_power_kw, 40);
  EXPECT_EQ(setpoint.min_power_kw, -5);
  EXPECT_THAT(setpoint.clips, ElementsAre(Clip{70, 40, 2, ClipReason::kMaxPower}));
  EXPECT_THAT(setpoint.losers, UnorderedElementsAre(Loser{1, 2, kMaxPower, LossReason::kLessRestrictive},
                                                    Loser{3, 2, kMinPower, LossReason::kLessRestrictive}));
}

TEST(Setpoint, ZeroPlaceholderIsNotALimit) {
  Control silent = By(kLimit, "F-1");  // says nothing about power, max and min
  silent.connect = true;
  const EffectiveSetpoint setpoint = Resolve({SetTo(70, kSchedule), silent});
  EXPECT_EQ(setpoint.power_kw, 70);
  EXPECT_FALSE(setpoint.max_power_kw || setpoint.min_power_kw);
  EXPECT_EQ(Resolve({SetTo(70, kSchedule), AtMost(0)}).power_kw, 0) << "but 0 kW, once said, is one";
}

TEST(Setpoint, CapabilityHasTheLastWord) {
  EXPECT_THAT(Resolve({SetTo(500, kSchedule)}).clips, ElementsAre(Clip{500, 100, kNoControl, ClipReason::kCapability}));
  const EffectiveSetpoint raised = Resolve({SetTo(0, kSchedule), AtLeast(150)});
  EXPECT_EQ(raised.power_kw, 100);
  EXPECT_EQ(raised.min_power_kw, 150);
  EXPECT_THAT(raised.clips,
              ElementsAre(Clip{0, 150, 1, ClipReason::kMinPower}, Clip{150, 100, kNoControl, ClipReason::kCapability}));
}

TEST(Setpoint, FailSafeIsClippedLikeAnyOther) {
  EXPECT_EQ(Resolve({AtLeast(10)}).power_kw, 10);
  EXPECT_EQ(Resolve({AtMost(-10)}).power_kw, -10);
}

TEST(Setpoint, OfContradictingLimitsTheStrongerStandsAndItIsSaid) {
  const EffectiveSetpoint setpoint = Resolve({SetTo(5, kSchedule), AtMost(15, 1), AtLeast(20, 50), AtMost(10, 100)});
  EXPECT_EQ(setpoint.power_kw, 5);
  EXPECT_EQ(setpoint.max_power_kw, 10) << "agrees with the strongest, whatever the one between them says";
  EXPECT_FALSE(setpoint.min_power_kw);
  EXPECT_THAT(setpoint.losers, UnorderedElementsAre(Loser{1, 3, kMaxPower, LossReason::kLessRestrictive},
                                                    Loser{2, 1, kMinPower, LossReason::kContradicted}));
}

TEST(Setpoint, DisconnectBeatsConnectWhoeverSaysIt) {
  constexpr ControlSource kAll[] = {kLockOut, kEmergency, kOperator, kLimit, kSchedule, kOwner, kDefault, kFailSafe};
  for (const ControlSource off : kAll) {
    for (const ControlSource on : kAll) {
      const EffectiveSetpoint setpoint = Resolve({SetTo(30, kOperator), Connect(true, on), Connect(false, off)});
      EXPECT_FALSE(setpoint.connected);
      EXPECT_EQ(setpoint.power_kw, 0);
      EXPECT_EQ(setpoint.WinnerOf(kPower), 0) << "whose 30 kW come back with the connection";
      EXPECT_THAT(setpoint.clips, ElementsAre(Clip{30, 0, 2, ClipReason::kDisconnected}));
      EXPECT_THAT(setpoint.losers, ElementsAre(Loser{1, 2, kConnect, LossReason::kLessRestrictive}));
    }
  }
}

TEST(Setpoint, TheStrongestDisconnectIsNamed) {
  const EffectiveSetpoint setpoint = Resolve({Connect(false, kOwner), Connect(false, kEmergency)});
  EXPECT_EQ(setpoint.WinnerOf(kConnect), 1);
  EXPECT_THAT(setpoint.losers, ElementsAre(Loser{0, 1, kConnect, LossReason::kOutranked}));
}

TEST(Emergency, NewestWinsAndDisconnectAndReduceBeatInject) {
  const Control inject = IssuedAgo(SetTo(60, kEmergency, "E-1"), absl::Minutes(2));
  const Control newer = IssuedAgo(SetTo(80, kEmergency, "E-2"), absl::Minutes(1));
  EXPECT_EQ(Resolve({inject, newer}).power_kw, 80);
  Control curtail = IssuedAgo(SetTo(0, kEmergency, "E-3"), absl::Minutes(3));
  curtail.max_power_kw = 0;
  EXPECT_EQ(Resolve({inject, newer, curtail}).power_kw, 0) << "an older one that reduces still holds";
  EXPECT_FALSE(Resolve({inject, newer, IssuedAgo(Connect(false, kEmergency), absl::Minutes(4))}).connected);
}

TEST(Emergency, OnlyItOverridesLimitsAndOnlyWeakerOnes) {
  Control order = SetTo(90, kEmergency, "E-1");
  EXPECT_EQ(Resolve({order, AtMost(40)}).power_kw, 40) << "not unless it says so";
  order.override_limits = true;
  const EffectiveSetpoint overridden = Resolve({order, AtMost(40)});
  EXPECT_EQ(overridden.power_kw, 90);
  EXPECT_FALSE(overridden.max_power_kw);
  EXPECT_THAT(overridden.losers, ElementsAre(Loser{1, 0, kMaxPower, LossReason::kOverridden}));

  Control other = By(kEmergency, "E-2");
  other.max_power_kw = 70;
  EXPECT_EQ(Resolve({order, other}).power_kw, 70) << "a limit of another order";
  Control crew = By(kLockOut);
  crew.max_power_kw = 10;
  EXPECT_EQ(Resolve({order, crew}).power_kw, 10);
  order.power_kw = 900;
  EXPECT_EQ(Resolve({order, AtMost(40)}).power_kw, 100) << "nobody overrides what a DER can do";

  Control instruction = SetTo(90, kOperator);
  instruction.override_limits = true;
  EXPECT_EQ(Resolve({instruction, AtMost(40)}).power_kw, 40);
  EXPECT_EQ(Resolve({order, IssuedAgo(SetTo(20, kEmergency, "E-3"), absl::Minutes(1)), AtMost(10)}).power_kw, 10)
      << "an order that does not win overrides nothing";
}

TEST(Emergency, ItsReductionMakesMustRunVoid) {
  Control curtail = SetTo(0, kEmergency);
  curtail.max_power_kw = 0;
  const EffectiveSetpoint setpoint = Resolve({AtLeast(20), curtail});
  EXPECT_EQ(setpoint.power_kw, 0);
  EXPECT_THAT(setpoint.losers, ElementsAre(Loser{0, 1, kMinPower, LossReason::kContradicted}));
}

TEST(LockOut, IsNotOverridden) {
  Control order = SetTo(90, kEmergency);
  order.override_limits = true;
  order.connect = true;
  const EffectiveSetpoint setpoint = Resolve({order, Connect(false, kLockOut)});
  EXPECT_FALSE(setpoint.connected);
  EXPECT_EQ(setpoint.power_kw, 0);
}

TEST(Time, SetpointTtlRevertsToDefault) {
  Control command = SetTo(50, kOperator);
  command.starts_at = kNow;
  command.valid_until = kNow + absl::Seconds(60);
  const Control by_default = SetTo(10, kDefault);
  const EffectiveSetpoint alive = Resolve({command, by_default}, kNow + absl::Seconds(59));
  EXPECT_EQ(alive.power_kw, 50);
  EXPECT_EQ(alive.valid_until, kNow + absl::Seconds(60));
  const EffectiveSetpoint lapsed = Resolve({command, by_default}, alive.valid_until);
  EXPECT_EQ(lapsed.power_kw, 10);
  EXPECT_THAT(lapsed.losers, ElementsAre(Loser{0, kNoControl, kPower, LossReason::kOver}));
  EXPECT_EQ(Resolve({command}, alive.valid_until).power_kw, 0) << "without a default: fail-safe";
}

TEST(Time, WhatStartsLaterEndsTheResultThenAndNotBefore) {
  Control later = SetTo(50, kOperator);
  later.starts_at = kNow + absl::Minutes(5);
  const EffectiveSetpoint before = Resolve({SetTo(10, kSchedule), later});
  EXPECT_EQ(before.power_kw, 10);
  EXPECT_EQ(before.valid_until, later.starts_at);
  EXPECT_THAT(before.losers, ElementsAre(Loser{1, kNoControl, kPower, LossReason::kNotYet}));
  EXPECT_EQ(Resolve({SetTo(10, kSchedule), later}, before.valid_until).power_kw, 50);
}

TEST(Mode, IsChosenLikePowerAndWithTheGridWhenNobodySaysAnything) {
  EXPECT_EQ(Resolve({SetTo(10, kSchedule)}).mode, OperatingMode::kGridConnected);
  Control island = SetTo(0, kEmergency);
  island.power_kw.reset();
  island.issued_at = kNow;
  island.mode = OperatingMode::kIslanded;
  Control start = island;
  start.mode = OperatingMode::kBlackStart;
  start.issued_at = kNow - absl::Seconds(1);
  const EffectiveSetpoint setpoint = Resolve({start, SetTo(10, kSchedule), island});
  EXPECT_EQ(setpoint.mode, OperatingMode::kIslanded);
  EXPECT_EQ(setpoint.power_kw, 10) << "a mode says nothing of power";
  EXPECT_EQ(setpoint.WinnerOf(ControlField::kMode), 2);
}

TEST(Numbers, ThatAreNoneNeverWin) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity(), -HUGE_VAL}) {
    Control broken = SetTo(bad, kOperator);
    broken.max_power_kw = broken.min_power_kw = bad;
    const EffectiveSetpoint setpoint = Resolve({broken, SetTo(20, kSchedule), AtMost(15)});
    EXPECT_EQ(setpoint.power_kw, 15);
    EXPECT_THAT(setpoint.losers, UnorderedElementsAre(Loser{0, kNoControl, kPower, LossReason::kNotFinite},
                                                      Loser{0, kNoControl, kMaxPower, LossReason::kNotFinite},
                                                      Loser{0, kNoControl, kMinPower, LossReason::kNotFinite}));
  }
}

}  // namespace
}  // namespace derms::domain
