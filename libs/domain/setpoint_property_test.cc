// What holds of every set-point, over thousands of random sets of controls. Times, ids, primacies and powers come from
// small pools, so that ties, copies, contradictions and instants on a boundary are common.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "libs/domain/setpoint.h"

namespace derms::domain {
namespace {

constexpr unsigned kCases = 20000;
const absl::Time kNow = absl::FromUnixSeconds(1700000000);

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int Below(int end) { return static_cast<int>(engine_() % static_cast<unsigned>(end)); }
  bool OneIn(int count) { return Below(count) == 0; }
  absl::Time Instant() { return kNow + absl::Seconds(Below(13) - 6); }
  std::optional<double> Kw(int one_in) {
    if (!OneIn(one_in)) return std::nullopt;
    if (OneIn(25)) return OneIn(2) ? std::nan("") : HUGE_VAL;
    return 20.0 * (Below(15) - 7);
  }
  auto& engine() { return engine_; }

 private:
  std::mt19937 engine_;
};

Control RandomControl(Random& random) {
  Control control;
  control.source = static_cast<ControlSource>(1 + random.Below(8));
  if (random.OneIn(2)) control.source = ControlSource::kLimit;
  control.control_id = absl::StrCat("C-", random.Below(3));
  control.primacy = 64 + random.Below(3);
  control.issued_at = kNow - absl::Seconds(random.Below(3));
  if (random.OneIn(2)) control.starts_at = random.Instant();
  if (random.OneIn(2)) control.valid_until = random.Instant();
  control.power_kw = random.Kw(2);
  control.max_power_kw = random.Kw(3);
  control.min_power_kw = random.Kw(3);
  if (random.OneIn(6)) control.connect = random.OneIn(2);
  if (random.OneIn(6)) control.mode = static_cast<OperatingMode>(1 + random.Below(3));
  control.override_limits = random.OneIn(2);
  return control;
}

struct Case {
  Random random;
  PowerRange capability;
  std::vector<Control> controls;
  absl::Time at;
  EffectiveSetpoint result;

  explicit Case(unsigned seed) : random(seed) {
    capability = {.min_kw = -30.0 * random.Below(4), .max_kw = 30.0 * random.Below(4)};
    const int count = random.Below(13);
    for (int i = 0; i < count; ++i) controls.push_back(RandomControl(random));
    at = random.Instant();
    result = ResolveSetpoint(capability, controls, at);
  }
  const Control& At(int index) const { return controls.at(static_cast<std::size_t>(index)); }
  const Loser* FindLoser(int control, ControlField field) const {
    for (const Loser& loser : result.losers) {
      if (loser.control == control && loser.field == field) return &loser;
    }
    return nullptr;
  }
};

bool Says(const Control& control, ControlField field) {
  switch (field) {
    case ControlField::kPower:
      return control.power_kw.has_value();
    case ControlField::kMaxPower:
      return control.max_power_kw.has_value();
    case ControlField::kMinPower:
      return control.min_power_kw.has_value();
    case ControlField::kMode:
      return control.mode.has_value();
    case ControlField::kConnect:
      break;
  }
  return control.connect.has_value();
}

double KwOf(const Control& control, ControlField field) {
  if (field == ControlField::kPower) return *control.power_kw;
  return field == ControlField::kMaxPower ? *control.max_power_kw : *control.min_power_kw;
}

// How tight a bound is, on a scale on which more is tighter.
double TightnessOf(const Control& control, ControlField field) {
  return field == ControlField::kMaxPower ? -KwOf(control, field) : KwOf(control, field);
}

TEST(SetpointProperty, LiesWithinTheCapabilityOrTheDerIsOff) {
  for (unsigned seed = 0; seed < kCases; ++seed) {
    const Case c(seed);
    if (c.result.connected) {
      EXPECT_GE(c.result.power_kw, c.capability.min_kw) << seed;
      EXPECT_LE(c.result.power_kw, c.capability.max_kw) << seed;
    } else {
      EXPECT_EQ(c.result.power_kw, 0) << seed;
    }
  }
}

TEST(SetpointProperty, LiesWithinEveryLimitThatIsNotVoidAsFarAsTheDerCan) {
  int limited = 0;
  for (unsigned seed = 0; seed < kCases; ++seed) {
    const Case c(seed);
    if (!c.result.connected) continue;
    for (int i = 0; i < static_cast<int>(c.controls.size()); ++i) {
      const auto binds = [&](ControlField field) {
        if (!Says(c.At(i), field) || !c.At(i).HoldsAt(c.at)) return false;
        const Loser* loser = c.FindLoser(i, field);
        return !loser || (loser->reason != LossReason::kOverridden && loser->reason != LossReason::kContradicted &&
                          loser->reason != LossReason::kNotFinite);
      };
      if (binds(ControlField::kMaxPower)) {
        EXPECT_LE(c.result.power_kw, std::max(*c.At(i).max_power_kw, c.capability.min_kw)) << seed;
        ++limited;
      }
      if (binds(ControlField::kMinPower)) {
        EXPECT_GE(c.result.power_kw, std::min(*c.At(i).min_power_kw, c.capability.max_kw)) << seed;
        ++limited;
      }
    }
  }
  EXPECT_GT(limited, 10000);
}

TEST(SetpointProperty, TheOrderOfControlsDoesNotMatter) {
  for (unsigned seed = 0; seed < kCases; ++seed) {
    Case c(seed);
    Case shuffled = c;
    std::shuffle(shuffled.controls.begin(), shuffled.controls.end(), c.random.engine());
    shuffled.result = ResolveSetpoint(c.capability, shuffled.controls, c.at);
    const auto same = [&](int a, int b) {
      if (a == kNoControl || b == kNoControl) return a == b;
      return RankOf(c.At(a), shuffled.At(b)).order == 0;  // the very same content
    };
    const EffectiveSetpoint &one = c.result, &two = shuffled.result;
    EXPECT_EQ(one.power_kw, two.power_kw) << seed;
    EXPECT_EQ(one.max_power_kw, two.max_power_kw) << seed;
    EXPECT_EQ(one.min_power_kw, two.min_power_kw) << seed;
    EXPECT_EQ(one.connected, two.connected) << seed;
    EXPECT_EQ(one.mode, two.mode) << seed;
    EXPECT_EQ(one.valid_until, two.valid_until) << seed;
    EXPECT_TRUE(std::equal(one.winners.begin(), one.winners.end(), two.winners.begin(), same)) << seed;
    EXPECT_TRUE(std::equal(one.clips.begin(), one.clips.end(), two.clips.begin(), two.clips.end(),
                           [&](const Clip& a, const Clip& b) {
                             return a.from_kw == b.from_kw && a.to_kw == b.to_kw && a.reason == b.reason &&
                                    same(a.control, b.control);
                           }))
        << seed;
    EXPECT_TRUE(std::equal(one.losers.begin(), one.losers.end(), two.losers.begin(), two.losers.end(),
                           [&](const Loser& a, const Loser& b) {
                             return a.field == b.field && a.reason == b.reason && same(a.control, b.control) &&
                                    same(a.against, b.against);
                           }))
        << seed;
  }
}

TEST(SetpointProperty, AWeakerControlNeverChangesWhoSetsThePower) {
  int tried = 0;
  for (unsigned seed = 0; seed < kCases; ++seed) {
    Case c(seed);
    const int winner = c.result.WinnerOf(ControlField::kPower);
    const Control added = RandomControl(c.random);
    if (winner == kNoControl || !IsStronger(c.At(winner), added)) continue;
    ++tried;
    c.controls.push_back(added);
    EXPECT_EQ(ResolveSetpoint(c.capability, c.controls, c.at).WinnerOf(ControlField::kPower), winner) << seed;
  }
  EXPECT_GT(tried, 5000);
}

TEST(SetpointProperty, NoActiveSetpointIsStrongerThanTheWinner) {
  for (unsigned seed = 0; seed < kCases; ++seed) {
    const Case c(seed);
    const int winner = c.result.WinnerOf(ControlField::kPower);
    for (const Control& control : c.controls) {
      if (!control.HoldsAt(c.at) || !control.power_kw || !std::isfinite(*control.power_kw)) continue;
      ASSERT_NE(winner, kNoControl) << seed;
      EXPECT_FALSE(IsStronger(control, c.At(winner))) << seed;
    }
  }
}

TEST(SetpointProperty, OneActiveDisconnectIsEnough) {
  for (unsigned seed = 0; seed < kCases; ++seed) {
    const Case c(seed);
    const bool disconnect = std::any_of(c.controls.begin(), c.controls.end(), [&](const Control& control) {
      return control.HoldsAt(c.at) && control.connect == false;
    });
    EXPECT_EQ(c.result.connected, !disconnect) << seed;
  }
}

TEST(SetpointProperty, EveryFieldOfEveryControlIsItsWinnerOrOnceALoser) {
  for (unsigned seed = 0; seed < kCases; ++seed) {
    const Case c(seed);
    std::map<std::pair<int, ControlField>, int> named;
    for (const Loser& loser : c.result.losers) ++named[{loser.control, loser.field}];
    for (const ControlField field : kControlFields) {
      const int winner = c.result.WinnerOf(field);
      if (winner == kNoControl) continue;
      ++named[{winner, field}];
      EXPECT_TRUE(c.At(winner).HoldsAt(c.at)) << seed;
    }
    for (int i = 0; i < static_cast<int>(c.controls.size()); ++i) {
      for (const ControlField field : kControlFields) {
        const auto found = named.find({i, field});
        EXPECT_EQ(found == named.end() ? 0 : found->second, Says(c.At(i), field) ? 1 : 0) << seed;
      }
    }
  }
}

// Whether the reason given for a loser is true of it.
bool IsTrue(const Case& c, const Loser& loser) {
  const Control& own = c.At(loser.control);
  if (loser.reason == LossReason::kOver) return c.at >= own.valid_until;
  if (loser.reason == LossReason::kNotYet) return c.at < own.starts_at;
  if (!own.HoldsAt(c.at)) return false;
  if (loser.reason == LossReason::kNotFinite) return !std::isfinite(KwOf(own, loser.field));
  const Control& other = c.At(loser.against);
  const bool is_limit = loser.field == ControlField::kMaxPower || loser.field == ControlField::kMinPower;
  switch (loser.reason) {
    case LossReason::kOutranked:
      return other.source < own.source || (other.source == own.source && other.primacy < own.primacy);
    case LossReason::kNewerOfSameSource:
      return other.source == own.source && other.issued_at > own.issued_at;
    case LossReason::kTieById:
      return other.source == own.source && other.issued_at == own.issued_at && other.control_id >= own.control_id;
    case LossReason::kLessRestrictive:
      if (!is_limit) return *own.connect && !*other.connect;
      return TightnessOf(other, loser.field) > TightnessOf(own, loser.field);
    case LossReason::kOverridden:
      return is_limit && loser.against == c.result.WinnerOf(ControlField::kPower) && other.override_limits &&
             other.source == ControlSource::kEmergency && own.source > ControlSource::kEmergency;
    case LossReason::kContradicted:
      if (IsStronger(own, other)) return false;
      return loser.field == ControlField::kMaxPower ? *own.max_power_kw < *other.min_power_kw
                                                    : *own.min_power_kw > *other.max_power_kw;
    default:
      return false;
  }
}

TEST(SetpointProperty, EveryReasonIsTrueAndEveryReasonOccurs) {
  std::map<LossReason, int> seen;
  for (unsigned seed = 0; seed < kCases; ++seed) {
    const Case c(seed);
    for (const Loser& loser : c.result.losers) {
      ++seen[loser.reason];
      EXPECT_TRUE(IsTrue(c, loser)) << seed << ": " << LossReasonName(loser.reason);
    }
  }
  for (int reason = 1; reason <= static_cast<int>(LossReason::kNotFinite); ++reason) {
    EXPECT_GT(seen[static_cast<LossReason>(reason)], 200) << LossReasonName(static_cast<LossReason>(reason));
  }
}

TEST(SetpointProperty, ClipsLeadFromTheChosenPowerToTheEffectiveOne) {
  std::map<ClipReason, int> seen;
  for (unsigned seed = 0; seed < kCases; ++seed) {
    const Case c(seed);
    const int winner = c.result.WinnerOf(ControlField::kPower);
    double power_kw = winner == kNoControl ? 0 : *c.At(winner).power_kw;
    for (const Clip& clip : c.result.clips) {
      ++seen[clip.reason];
      EXPECT_EQ(clip.from_kw, power_kw) << seed;
      EXPECT_NE(clip.from_kw, clip.to_kw) << seed;
      EXPECT_EQ(clip.control == kNoControl, clip.reason == ClipReason::kCapability) << seed;
      power_kw = clip.to_kw;
    }
    EXPECT_EQ(power_kw, c.result.power_kw) << seed;
  }
  EXPECT_EQ(seen.size(), 4u);
}

bool SaysTheSame(const EffectiveSetpoint& a, const EffectiveSetpoint& b) {
  return a.power_kw == b.power_kw && a.max_power_kw == b.max_power_kw && a.min_power_kw == b.min_power_kw &&
         a.connected == b.connected && a.mode == b.mode && a.valid_until == b.valid_until && a.winners == b.winners &&
         a.clips == b.clips && a.losers == b.losers;
}

TEST(SetpointProperty, NothingChangesBeforeValidUntilAndSomethingStartsOrEndsThen) {
  int ending = 0;
  for (unsigned seed = 0; seed < kCases; ++seed) {
    Case c(seed);
    const absl::Time end = c.result.valid_until;
    ASSERT_GT(end, c.at) << seed;
    const absl::Duration length = std::min(end - c.at, absl::Hours(1));
    for (int i = 0; i < 5; ++i) {
      const absl::Time instant = c.at + length * (c.random.Below(1000) / 1000.0);
      EXPECT_TRUE(SaysTheSame(c.result, ResolveSetpoint(c.capability, c.controls, instant))) << seed;
    }
    if (end == absl::InfiniteFuture()) continue;
    ++ending;
    EXPECT_TRUE(SaysTheSame(c.result, ResolveSetpoint(c.capability, c.controls, end - absl::Nanoseconds(1)))) << seed;
    EXPECT_TRUE(std::any_of(c.controls.begin(), c.controls.end(), [&](const Control& control) {
      return control.starts_at == end || control.valid_until == end;
    })) << seed;
  }
  EXPECT_GT(ending, 5000);
}

}  // namespace
}  // namespace derms::domain
