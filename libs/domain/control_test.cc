#include "libs/domain/control.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace derms::domain {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1700000000);

Control By(ControlSource source, std::string id = "A", absl::Duration age = absl::Hours(1), int primacy = 0) {
  Control control;
  control.source = source;
  control.control_id = std::move(id);
  control.issued_at = kNow - age;
  control.primacy = primacy;
  return control;
}

TEST(Rank, SourcesComeInThisOrderHoweverOldAndWhateverTheirIds) {
  constexpr ControlSource kStrongestFirst[] = {
      ControlSource::kLockOut,  ControlSource::kEmergency, ControlSource::kOperator, ControlSource::kLimit,
      ControlSource::kSchedule, ControlSource::kOwner,     ControlSource::kDefault,  ControlSource::kFailSafe};
  for (const ControlSource stronger : kStrongestFirst) {
    for (const ControlSource weaker : kStrongestFirst) {
      if (stronger >= weaker) continue;
      const Control a = By(stronger, "A", absl::Hours(9), 200), b = By(weaker, "Z", absl::Seconds(1), 1);
      EXPECT_TRUE(IsStronger(a, b)) << ControlSourceName(stronger) << " over " << ControlSourceName(weaker);
      EXPECT_FALSE(IsStronger(b, a));
      EXPECT_EQ(RankOf(a, b).by, Precedence::kSource);
    }
  }
}

TEST(Rank, LimitsGoByPrimacyThenAgeThenId) {
  const auto limit = [](int primacy, absl::Duration age, std::string id) {
    return By(ControlSource::kLimit, std::move(id), age, primacy);
  };
  const Control base = limit(65, absl::Hours(1), "M");
  struct Row {
    Control stronger;
    Precedence by;
  };
  const Row rows[] = {{limit(64, absl::Hours(9), "A"), Precedence::kPrimacy},
                      {limit(65, absl::Minutes(59), "A"), Precedence::kIssuedAt},
                      {limit(65, absl::Hours(1), "N"), Precedence::kControlId}};
  for (const Row& row : rows) {
    EXPECT_TRUE(IsStronger(row.stronger, base));
    EXPECT_FALSE(IsStronger(base, row.stronger));
    EXPECT_EQ(RankOf(row.stronger, base).by, row.by);
  }
}

TEST(Rank, OfDefaultsTheNarrowerScopeIsStrongerThanTheNewer) {
  EXPECT_TRUE(IsStronger(By(ControlSource::kDefault, "A", absl::Minutes(2), 1),
                         By(ControlSource::kDefault, "A", absl::Minutes(1), 255)));
}

TEST(Rank, CopiesThatDifferAreOrderedAndEqualOnesAreEqual) {
  const Control plain = By(ControlSource::kOwner);
  EXPECT_TRUE(RankOf(plain, plain).order == 0);
  std::vector<Control> variants(6, plain);
  variants[0].power_kw = 1;
  variants[1].power_kw = std::nan("");
  variants[2].max_power_kw = 1;
  variants[3].connect = false;
  variants[4].valid_until = kNow;
  variants[5].issued_by = "somebody";
  for (const Control& variant : variants) {
    EXPECT_TRUE(RankOf(variant, variant).order == 0);
    EXPECT_TRUE(RankOf(variant, plain).order != 0);
    EXPECT_EQ(IsStronger(variant, plain), !IsStronger(plain, variant));
  }
}

TEST(Control, HoldsFromItsStartUntilBeforeItsEnd) {
  Control control = By(ControlSource::kOperator);
  control.starts_at = kNow;
  control.valid_until = kNow + absl::Minutes(1);
  EXPECT_FALSE(control.HoldsAt(kNow - absl::Nanoseconds(1)));
  EXPECT_TRUE(control.HoldsAt(kNow));
  EXPECT_TRUE(control.HoldsAt(kNow + absl::Minutes(1) - absl::Nanoseconds(1)));
  EXPECT_FALSE(control.HoldsAt(kNow + absl::Minutes(1)));
}

Der MakeDer(DerType type, DerStatus status = DerStatus::kOnline) {
  Der der;
  der.der_id = "X-01";
  der.type = type;
  der.capacity_kw = 50;
  der.stored_status = status;
  der.updated_at = kNow;
  return der;
}

TEST(Capability, OnlyStorageCharges) {
  EXPECT_EQ(CapabilityOf(MakeDer(DerType::kSolar)).min_kw, 0);
  EXPECT_EQ(CapabilityOf(MakeDer(DerType::kSolar)).max_kw, 50);
  Der battery = MakeDer(DerType::kBattery);
  EXPECT_EQ(CapabilityOf(battery).min_kw, -50);
  battery.parameters.charge_capacity_kw = 20;
  EXPECT_EQ(CapabilityOf(battery).min_kw, -20);
}

TEST(LockOut, IsOfMaintenanceAloneAndTakesTheDerOffTheGrid) {
  EXPECT_FALSE(LockOutOf(MakeDer(DerType::kSolar, DerStatus::kOnline)));
  EXPECT_FALSE(LockOutOf(MakeDer(DerType::kSolar, DerStatus::kOffline)));
  const auto lock_out = LockOutOf(MakeDer(DerType::kSolar, DerStatus::kMaintenance));
  ASSERT_TRUE(lock_out);
  EXPECT_EQ(lock_out->source, ControlSource::kLockOut);
  EXPECT_EQ(lock_out->connect, false);
  EXPECT_TRUE(lock_out->HoldsAt(kNow));
}

}  // namespace
}  // namespace derms::domain
