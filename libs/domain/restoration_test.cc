#include "libs/domain/restoration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/emergency_control.h"
#include "libs/domain/setpoint.h"

namespace derms::domain {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1700000000);
const absl::Time kEnd = kNow + absl::Hours(1);

RegionTree California(std::optional<double> north_limit_kw = {}, std::optional<double> area_limit_kw = {}) {
  return RegionTree({{.region_id = "CA", .import_limit_kw = area_limit_kw},
                     {.region_id = "NORTH", .parent_region_id = "CA", .export_limit_kw = north_limit_kw},
                     {.region_id = "SOUTH", .parent_region_id = "CA"}});
}

Der MakeDer(std::string id, double capacity_kw, std::string region_id = "NORTH", DerType type = DerType::kHydro) {
  Der der;
  der.der_id = std::move(id);
  der.type = type;
  der.capacity_kw = capacity_kw;
  der.region_id = std::move(region_id);
  der.stored_status = DerStatus::kOnline;
  der.registered_at = kNow - absl::Hours(1);
  return der;
}

EmergencyOrder OrderOf(EmergencyKind kind, std::string id = "E-1", std::string region_id = "") {
  EmergencyOrder order;
  order.emergency_id = std::move(id);
  order.region_id = std::move(region_id);
  if (order.region_id.empty()) order.der_id = "ALL_DERS";
  order.kind = kind;
  order.starts_at = kNow;
  order.ends_at = kEnd;
  if (ComesBackInStages(kind)) order.restoration.emplace();
  return order;
}

DerState StateOf(const Der& der, double power_kw = 0) {
  Reading reading;
  reading.power_kw = power_kw;
  return {.der = &der, .reading = reading, .available_kw = {}};
}

TEST(Restoration, HasTheDefaultsOfTheStandardUnlessSomethingElseIsSaid) {
  const RestorationTerms usual;
  EXPECT_EQ(usual.delay, absl::Seconds(300));
  EXPECT_EQ(usual.ramp, absl::Seconds(300));
  const RestorationTerms changed = Changed(usual, {.delay = absl::ZeroDuration(), .ramp = absl::Seconds(10)});
  EXPECT_EQ(changed.delay, absl::ZeroDuration());
  EXPECT_EQ(changed.ramp, absl::Seconds(10));
  EXPECT_EQ(changed.window, usual.window);
}

TEST(Restoration, IsForOrdersThatTookPowerAway) {
  using enum EmergencyKind;
  for (const EmergencyKind kind : {kCurtailAll, kDisconnect, kReduce, kCeaseToEnergize, kIsland, kBlackStart}) {
    EXPECT_TRUE(ComesBackInStages(kind)) << EmergencyKindName(kind);
  }
  for (const EmergencyKind kind : {kInject, kAbsorb, kRestore}) {
    EXPECT_FALSE(ComesBackInStages(kind)) << EmergencyKindName(kind);
    EXPECT_EQ(WayBackOf(OrderOf(kind), MakeDer("X-1", 1000)).back, kEnd);
  }
}

TEST(Restoration, SmallDersReturnAtARandomMomentAndLargeOnesInSteps) {
  const EmergencyOrder order = OrderOf(EmergencyKind::kDisconnect);
  const WayBack small = WayBackOf(order, MakeDer("S-1", 500)), large = WayBackOf(order, MakeDer("L-1", 501));
  EXPECT_FALSE(small.ramps());
  EXPECT_GE(small.turn, kEnd + absl::Seconds(300));
  EXPECT_LT(small.turn, kEnd + absl::Seconds(600));
  EXPECT_EQ(large.turn, kEnd + absl::Seconds(300)) << "a random delay does not go with a ramp";
  EXPECT_GE(large.back, kEnd + absl::Seconds(600));
  EXPECT_LT(large.back, kEnd + absl::Seconds(630));
  EXPECT_EQ(RisenShare(large, large.turn), 0);
  EXPECT_EQ(RisenShare(large, large.turn + absl::Seconds(30)), 0);
  EXPECT_EQ(RisenShare(large, large.turn + absl::Seconds(60)), 0.1);
  EXPECT_EQ(RisenShare(large, large.back - absl::Nanoseconds(1)), 0.9);
  EXPECT_EQ(RisenShare(large, large.back), 1);
}

TEST(Restoration, CountsFromTheRelease) {
  EmergencyOrder order = OrderOf(EmergencyKind::kCurtailAll);
  order.state = EmergencyState::kReleased;
  order.ended_at = kNow + absl::Minutes(5);
  EXPECT_EQ(WayBackOf(order, MakeDer("L-1", 1000)).turn, kNow + absl::Minutes(10));
  order.state = EmergencyState::kExpired;
  order.ended_at = kEnd + absl::Minutes(5);
  EXPECT_EQ(WayBackOf(order, MakeDer("L-1", 1000)).turn, kEnd + absl::Minutes(5)) << "written down late";
}

TEST(Restoration, AnOrderHoldsADerUntilItIsBack) {
  const Der der = MakeDer("L-1", 1000), foreign = MakeDer("L-2", 1000, "SOUTH");
  EmergencyOrder order = OrderOf(EmergencyKind::kCurtailAll, "E-1", "NORTH");
  const absl::Time back = WayBackOf(order, der).back;
  EXPECT_FALSE(Holds(order, der, California(), kNow - absl::Seconds(1)));
  EXPECT_TRUE(Holds(order, der, California(), kNow));
  EXPECT_TRUE(Holds(order, der, California(), back - absl::Nanoseconds(1)));
  EXPECT_FALSE(Holds(order, der, California(), back));
  EXPECT_FALSE(Holds(order, foreign, California(), kNow));
  order.exercise = true;
  EXPECT_FALSE(Holds(order, der, California(), kNow));
}

TEST(Restoration, StepsRiseFromWhereTheDerWasHeld) {
  const Der battery = MakeDer("B-1", 1000, "NORTH", DerType::kBattery);
  const auto steps = StepsOf(OrderOf(EmergencyKind::kDisconnect), battery, 0);
  ASSERT_EQ(steps.size(), 10u);
  EXPECT_EQ(steps[0].max_power_kw, 0);
  EXPECT_EQ(steps[5].max_power_kw, 500);
  EXPECT_EQ(steps[5].min_power_kw, -500) << "it charges in steps, too";
  EXPECT_EQ(steps[5].returns_at, steps[9].valid_until);
  const auto reduced = StepsOf(OrderOf(EmergencyKind::kReduce), battery, 600);
  EXPECT_EQ(reduced[0].max_power_kw, 600);
  EXPECT_EQ(reduced[5].max_power_kw, 800);
  EXPECT_FALSE(reduced[5].min_power_kw) << "nobody kept it from charging";
}

TEST(Restoration, AFeederStretchesTheReturnOfItsDersAlone) {
  RestorationPlan plan;
  plan.SetLoads(LoadByRegion({{"NORTH", 3000}, {"SOUTH", 1000}}, California(1000)));
  EXPECT_EQ(plan.WindowOf("NORTH"), absl::Minutes(15)) << "3 times the limit at 0.2 of it per minute";
  EXPECT_EQ(plan.RampOf("NORTH"), absl::Minutes(15));
  EXPECT_EQ(plan.WindowOf("SOUTH"), absl::Minutes(5));
  EXPECT_EQ(plan.Longest(), absl::Minutes(5 + 15 + 1.5)) << "delay, ramp, and the step it may begin later";
  plan.terms.pickup_share_per_min = 1;
  EXPECT_EQ(plan.WindowOf("NORTH"), absl::Minutes(5)) << "it is slow enough as it is";
}

TEST(Restoration, TheTightestLimitAboveCountsAndNoneLastsForEver) {
  EXPECT_EQ(LoadByRegion({{"NORTH", 3000}, {"SOUTH", 1000}}, California(3000, 1000)).at("NORTH"), 4) << "the area's";
  EXPECT_EQ(LoadByRegion({{"NORTH", 3000}, {"SOUTH", 1000}}, California(500, 4000)).at("NORTH"), 6) << "its own";
  EXPECT_TRUE(LoadByRegion({{"NORTH", 3000}}, California()).empty());
  RestorationPlan plan;
  plan.SetLoads(LoadByRegion({{"NORTH", 1}}, California(0)));
  EXPECT_EQ(plan.WindowOf("NORTH"), absl::Hours(24));
}

TEST(Restoration, AnOrdersControlHoldsUntilTheTurnAndThenRisesWithoutAGap) {
  const Der der = MakeDer("L-1", 1000);
  EmergencyOrder order = OrderOf(EmergencyKind::kCeaseToEnergize);
  order.state = EmergencyState::kReleased;
  order.ended_at = kNow + absl::Minutes(1);
  const auto controls = ControlsOf(order, StateOf(der), California());
  const WayBack way = WayBackOf(order, der);
  for (absl::Time at = kNow; at < way.back; at += absl::Seconds(5)) {
    const auto setpoint = ResolveSetpoint(CapabilityOf(der), controls, at);
    EXPECT_EQ(setpoint.max_power_kw, 1000 * RisenShare(way, at)) << at;
    EXPECT_EQ(setpoint.WinnerOf(ControlField::kPower) != kNoControl, at < way.turn) << at;
    EXPECT_GT(setpoint.valid_until, at);
  }
  EXPECT_FALSE(ResolveSetpoint(CapabilityOf(der), controls, way.back).max_power_kw);
  EXPECT_EQ(controls.front().returns_at, way.back);
}

ScopedOrder Scoped(const EmergencyOrder& order, std::string region_id) {
  return {&order, std::move(region_id)};
}

TEST(Restore, EndsWhatLiesWithinItsScope) {
  const EmergencyOrder restore = OrderOf(EmergencyKind::kRestore, "R", "NORTH"),
                       north = OrderOf(EmergencyKind::kDisconnect, "N", "NORTH"),
                       south = OrderOf(EmergencyKind::kDisconnect, "S", "SOUTH");
  EmergencyOrder one = OrderOf(EmergencyKind::kInject, "I");
  one.der_id = "L-1";
  const auto ended = OrdersToEnd(Scoped(restore, "NORTH"),
                                 {Scoped(north, "NORTH"), Scoped(south, "SOUTH"), Scoped(one, "NORTH")}, California());
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(*ended, (std::vector<const EmergencyOrder*>{&north, &one}));
  EXPECT_EQ(base::ReasonOf(OrdersToEnd(Scoped(restore, "NORTH"), {Scoped(south, "SOUTH")}, California()).status()),
            "NOTHING_TO_RESTORE");
  const EmergencyOrder all = OrderOf(EmergencyKind::kRestore, "R");
  EXPECT_EQ(OrdersToEnd(Scoped(all, ""), {Scoped(south, "SOUTH"), Scoped(one, "NORTH")}, California())->size(), 2u);
}

TEST(Restore, IsRefusedUnderAnOrderOfAWiderScope) {
  const EmergencyOrder restore = OrderOf(EmergencyKind::kRestore, "R", "NORTH"),
                       area = OrderOf(EmergencyKind::kDisconnect, "A", "CA"),
                       fleet = OrderOf(EmergencyKind::kDisconnect, "F");
  for (const ScopedOrder& wider : {Scoped(area, "CA"), Scoped(fleet, "")}) {
    const absl::Status refused = OrdersToEnd(Scoped(restore, "NORTH"), {wider}, California()).status();
    EXPECT_EQ(base::ReasonOf(refused), "WIDER_ORDER_IN_FORCE");
    EXPECT_EQ(base::MetadataOf(refused).at(0).second, wider.order->emergency_id);
  }
}

// Fleets of any mix behind a limited feeder.
class AnyReturn {
 public:
  explicit AnyReturn(unsigned seed) : random_(seed) {
    order_ = OrderOf(EmergencyKind::kDisconnect, absl::StrCat("E-", seed), "NORTH");
    std::map<std::string, double> capacity_kw;
    for (int i = 0; i < 4000; ++i) {
      ders.push_back(MakeDer(absl::StrCat("D-", i), random_() % 4 == 0 ? 501 + 500 * Uniform() : 5 + 200 * Uniform()));
      capacity_kw["NORTH"] += ders.back().capacity_kw;
    }
    limit_kw = capacity_kw["NORTH"] / (0.5 + 4 * Uniform());
    order_.restoration->SetLoads(LoadByRegion(capacity_kw, California(limit_kw)));
    order_.restoration->terms.delay = absl::Seconds(static_cast<int>(random_() % 600));
  }
  const EmergencyOrder& order() const { return order_; }
  double BackKw(absl::Time at) const {
    double kw = 0;
    for (const Der& der : ders) kw += der.capacity_kw * RisenShare(WayBackOf(order_, der), at);
    return kw;
  }
  std::vector<Der> ders;
  double limit_kw = 0;

 private:
  double Uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  std::mt19937 random_;
  EmergencyOrder order_;
};

TEST(RestorationProperty, EveryDerComesBackOnceAndNeverBeforeTheDelay) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const AnyReturn any(seed);
    const absl::Time first = kEnd + any.order().restoration->terms.delay;
    for (const Der& der : any.ders) {
      const WayBack way = WayBackOf(any.order(), der);
      ASSERT_GE(way.turn, first);
      ASSERT_LE(way.back, any.order().holds_until());
      double before = 0;
      for (absl::Time at = kEnd; at <= way.back; at += absl::Seconds(97)) {
        ASSERT_GE(RisenShare(way, at), before) << "it never goes back";
        const double line = way.ramps() ? absl::FDivDuration(at - way.turn, way.step) / kRampSteps : 1;
        ASSERT_LE(RisenShare(way, at), std::max(0.0, line)) << "never above the ramp";
        before = RisenShare(way, at);
        ASSERT_EQ(Holds(any.order(), der, California(), at), at < way.back);
      }
    }
    EXPECT_DOUBLE_EQ(any.BackKw(first - absl::Seconds(1)), 0);
    EXPECT_NEAR(any.BackKw(any.order().holds_until()) / any.BackKw(absl::InfiniteFuture()), 1, 1e-12);
  }
}

// A window's random moments scatter: of n DERs some n * share +- a few sqrt(n * share) fall into a minute.
TEST(RestorationProperty, AFeederPicksUpNoMoreThanItsSharePerMinute) {
  double most = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const AnyReturn any(seed);
    const double share = any.order().restoration->terms.pickup_share_per_min;
    double before = 0;
    for (absl::Time at = kEnd; at <= any.order().holds_until(); at += absl::Minutes(1)) {
      const double now = any.BackKw(at), part = (now - before) / any.limit_kw;
      most = std::max(most, part / share);
      ASSERT_LE(part, share * 1.25) << "seed " << seed << " at " << at - kEnd;
      before = now;
    }
  }
  EXPECT_GT(most, 0.8) << "it is used";
}

TEST(RestorationProperty, MomentsFollowFromTheIdsAloneAndFillTheWindow) {
  std::vector<int> tenths(10);
  double difference = 0;
  for (int i = 0; i < 10000; ++i) {
    const base::DerKey key = base::DerKeyOf(absl::StrCat("D-", i));
    const double place = PlaceInWindow("E-1", key);
    ASSERT_EQ(place, PlaceInWindow("E-1", key));
    ASSERT_GE(place, 0);
    ASSERT_LT(place, 1);
    ++tenths[static_cast<std::size_t>(place * 10)];
    difference += std::abs(place - PlaceInWindow("E-2", key));
  }
  for (const int count : tenths) EXPECT_NEAR(count, 1000, 150);
  EXPECT_NEAR(difference / 10000, 1.0 / 3, 0.02) << "another order, another place";
}

}  // namespace
}  // namespace derms::domain
