#include "libs/domain/holdings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "absl/strings/str_cat.h"
#include "libs/domain/defaults.h"
#include "libs/domain/emergency.h"
#include "libs/domain/restoration.h"

namespace derms::domain {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1700000000);

RegionTree California() {
  return RegionTree({{.region_id = "CA"},
                     {.region_id = "NORTH", .parent_region_id = "CA"},
                     {.region_id = "SOUTH", .parent_region_id = "CA"}});
}

Der Battery(std::string id, std::string region_id = "NORTH") {
  Der der;
  der.der_id = std::move(id);
  der.type = DerType::kBattery;
  der.capacity_kw = 100;
  der.region_id = std::move(region_id);
  der.stored_status = DerStatus::kOnline;
  der.registered_at = kNow - absl::Hours(1);
  return der;
}

EmergencyOrder Taking(double fraction, std::string id, std::string der_id = "ALL_DERS", std::string region_id = "") {
  EmergencyOrder order;
  order.emergency_id = std::move(id);
  order.der_id = std::move(der_id);
  order.region_id = std::move(region_id);
  order.kind = EmergencyKind::kInject;
  order.shares = {{.type = DerType::kBattery, .der_count = 1, .headroom_kw = 100, .fraction = fraction}};
  order.starts_at = kNow;
  order.ends_at = kNow + absl::Hours(1);
  return order;
}

EmergencyOrder Released(EmergencyOrder order) {
  order.state = EmergencyState::kReleased;
  order.ended_at = kNow + absl::Minutes(1);
  return order;
}

TEST(Holdings, EveryOrderTakesItsPartOfWhatTheOthersLeave) {
  Holdings holdings;
  const Der north = Battery("B-1"), south = Battery("B-2", "SOUTH");
  EXPECT_EQ(holdings.LeftOf(north, California()).share(), 1);
  holdings.Put(Taking(0.5, "all"));
  holdings.Put(Taking(0.2, "region", "", "NORTH"));
  holdings.Put(Taking(0.75, "one", "B-1"));
  EXPECT_DOUBLE_EQ(holdings.LeftOf(north, California()).share(), 0.5 * 0.8 * 0.25);
  EXPECT_DOUBLE_EQ(holdings.LeftOf(south, California()).share(), 0.5);
  holdings.Put(Taking(1, "area", "", "CA"));
  EXPECT_EQ(holdings.LeftOf(south, California()).share(), 0);
}

TEST(Holdings, AnOrderThatEndsGivesBackWhatItTook) {
  Holdings holdings;
  const Der der = Battery("B-1");
  const auto left = [&] { return holdings.LeftOf(der, California()).share(); };
  holdings.Put(Taking(1, "a"));
  holdings.Put(Taking(0.5, "b"));
  holdings.Put(Released(Taking(1, "a")));
  EXPECT_EQ(left(), 0.5);
  holdings.Put(Taking(1, "a"));
  EXPECT_EQ(left(), 0.5) << "an old form of a row does not bring it back";
  holdings.DropEnded(kNow + absl::Minutes(59));
  EXPECT_EQ(left(), 0.5);
  holdings.DropEnded(kNow + absl::Hours(1));
  EXPECT_EQ(left(), 1) << "it ends by the clock";
  EXPECT_TRUE(holdings.empty());
}

TEST(Holdings, ShutdownsTakeAllAndExercisesNothing) {
  Holdings holdings;
  EmergencyOrder drill = Taking(1, "drill"), shutdown = Taking(0, "shutdown");
  drill.exercise = true;
  holdings.Put(drill);
  EXPECT_TRUE(holdings.empty());
  shutdown.kind = EmergencyKind::kCurtailAll;
  shutdown.shares.clear();
  holdings.Put(shutdown);
  EXPECT_EQ(holdings.LeftOf(Battery("B-1"), California()).share(), 0);
  holdings.Remove("shutdown");
  EXPECT_EQ(holdings.LeftOf(Battery("B-1"), California()).share(), 1);
}

// A DER that an order took away is not there again before it is back, however the order ends.
TEST(Holdings, WhoIsOnTheWayBackIsHeld) {
  const Der der = Battery("B-1");
  for (const bool released : {true, false}) {
    Holdings holdings;
    EmergencyOrder shutdown = Taking(0, "shutdown");
    shutdown.kind = EmergencyKind::kDisconnect;
    shutdown.shares.clear();
    shutdown.restoration.emplace();
    holdings.Put(shutdown);
    if (released) shutdown = Released(shutdown);
    if (released) holdings.Put(shutdown);
    const absl::Time end = shutdown.end(), back = WayBackOf(shutdown, der).back;
    holdings.DropEnded(end);
    EXPECT_EQ(holdings.LeftOf(der, California()).share(), 1) << "nothing is held as by an order in force";
    EXPECT_EQ(holdings.LeftOf(der, California(), end).share(), 0) << released;
    EXPECT_EQ(holdings.LeftOf(der, California(), back - absl::Seconds(1)).share(), 0);
    EXPECT_EQ(holdings.LeftOf(der, California(), back).share(), 1);
    shutdown.state = EmergencyState::kActive;
    shutdown.ended_at.reset();
    holdings.Put(shutdown);
    EXPECT_EQ(holdings.LeftOf(der, California()).share(), 1) << "an old form of a row does not bring it back";
    holdings.DropEnded(kNow + absl::Hours(2));
    EXPECT_TRUE(holdings.empty());
  }
}

TEST(Holdings, AReduceAndAnInjectDoNotShareADer) {
  Holdings holdings;
  const Der der = Battery("B-1"), other = Battery("B-2");
  EmergencyOrder reduce = Taking(0.25, "reduce");
  reduce.kind = EmergencyKind::kReduce;
  reduce.restoration.emplace();
  holdings.Put(reduce);
  absl::Time now = kNow;
  const auto left = [&](EmergencyKind kind, const Der& of) {
    return holdings.LeftOf(of, California(), now).ShareFor(kind);
  };
  EXPECT_EQ(left(EmergencyKind::kReduce, der), 0.75);
  EXPECT_EQ(left(EmergencyKind::kInject, der), 0) << "its limit would clip what it gives";
  EXPECT_EQ(left(EmergencyKind::kAbsorb, der), 0);
  reduce = Released(reduce);
  holdings.Put(reduce);
  const auto back = [&](const Der& of) { return WayBackOf(reduce, of).back; };
  const bool der_first = back(der) < back(other);
  const Der &first = der_first ? der : other, &second = der_first ? other : der;
  now = back(first) - absl::Seconds(1);
  holdings.DropEnded(now);
  EXPECT_EQ(left(EmergencyKind::kInject, first), 0) << "it is not back yet";
  EXPECT_EQ(left(EmergencyKind::kReduce, first), 0.75) << "only a part of it is held";
  now = back(first);
  holdings.DropEnded(now);
  EXPECT_EQ(left(EmergencyKind::kInject, first), 1) << "it is back, others are not";
  EXPECT_EQ(left(EmergencyKind::kInject, second), 0);
  now = reduce.holds_until();
  holdings.DropEnded(now);
  EXPECT_TRUE(holdings.empty());
  holdings.Put(Taking(0.25, "inject"));
  EXPECT_EQ(left(EmergencyKind::kReduce, der), 0) << "it would take back what was promised";
}

TEST(Holdings, AnIslandTakesThoseAloneThatItBinds) {
  Holdings holdings;
  Der capable = Battery("B-1"), other = Battery("B-2");
  capable.parameters.island_category = IslandCategory::kIntentionalIslandCapable;
  EmergencyOrder island = Taking(0, "island");
  island.kind = EmergencyKind::kIsland;
  holdings.Put(island);
  EXPECT_EQ(holdings.LeftOf(capable, California()).share(), 0);
  EXPECT_EQ(holdings.LeftOf(other, California()).share(), 1);
}

TEST(Holdings, WhoCameLaterIsNotBound) {
  Holdings holdings;
  Der young = Battery("B-1");
  young.registered_at = kNow + absl::Minutes(1);
  EmergencyOrder later = Taking(0.25, "later");
  later.starts_at = kNow + absl::Minutes(2);
  holdings.Put(Taking(0.5, "before"));
  holdings.Put(later);
  EXPECT_EQ(holdings.LeftOf(young, California()).share(), 0.75);
  EXPECT_EQ(holdings.LeftOf(young, California()).since, later.starts_at);
}

// Orders as they come, DERs that follow them as they like, ends in any order, processes that know nothing but the
// orders: whatever happens, nobody is promised more of a DER than it has.
class Bank {
 public:
  explicit Bank(unsigned seed) : random_(seed), knows_base_(seed % 3 != 0) {
    constexpr DerType kTypes[] = {DerType::kBattery, DerType::kBattery, DerType::kHydro, DerType::kFuelCell};
    for (int i = 0; i < 12; ++i) {
      Der der = Battery(absl::StrCat("D-", i), i % 2 == 0 ? "NORTH" : "SOUTH");
      der.type = kTypes[random_() % 4];
      der.capacity_kw = 1 + 100 * Uniform();
      ders_.push_back(der);
      base_kw_.push_back(der.capacity_kw * (IsStorage(der.type) ? 1.8 * Uniform() - 0.9 : Uniform()));
    }
    power_kw_ = base_kw_;
    several_kinds_.resize(ders_.size());
  }

  void Step() {
    now_ += absl::Seconds(1);
    const double what = Uniform();
    if (what < 0.6) Order();
    if (what >= 0.6 && what < 0.8 && !live_.empty()) {
      live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(random_() % live_.size()));
      NoteKinds();
    }
    if (what >= 0.6) Follow();
  }

  // The greatest part of a DER, and of the fleet in each direction, that live orders were promised.
  double MostOfADer() const {
    double most = 0;
    for (std::size_t i = 0; i < ders_.size(); ++i) {
      double share = 0;
      for (const Given& given : live_) {
        if (given.kw[i] > 0) share += given.kw[i] / HeadroomKw(given.order.kind, StateOf(i, base_kw_[i]), kHour);
      }
      most = std::max(most, share);
    }
    return most;
  }
  double MostOfTheFleet() const {
    double most = 0;
    for (const EmergencyKind kind : {EmergencyKind::kInject, EmergencyKind::kAbsorb, EmergencyKind::kReduce}) {
      double promised = 0, headroom = 0;
      for (const Given& given : live_) {
        if (given.order.kind == kind) promised += std::abs(given.order.power_kw - given.order.shortfall_kw);
      }
      for (std::size_t i = 0; i < ders_.size(); ++i) headroom += HeadroomKw(kind, StateOf(i, base_kw_[i]), kHour);
      if (promised > 0) most = std::max(most, promised / headroom);
    }
    return most;
  }
  // Whether a DER was promised to orders of which one takes away what the other gives.
  bool AnyUndone() const {
    for (std::size_t i = 0; i < ders_.size(); ++i) {
      bool reduced = false, drawn = false;
      for (const Given& given : live_) {
        if (given.kw[i] > 0) (given.order.kind == EmergencyKind::kReduce ? reduced : drawn) = true;
      }
      if (reduced && drawn) return true;
    }
    return false;
  }
  // Whether the limits of the REDUCE orders in force leave a DER more than they were promised of it.
  bool AnyLimitTooHigh() const {
    if (!knows_base_) return false;
    for (std::size_t i = 0; i < ders_.size(); ++i) {
      double promised = 0, limit_kw = std::numeric_limits<double>::infinity();
      for (const Given& given : live_) {
        promised += given.order.kind == EmergencyKind::kReduce ? given.kw[i] : 0;
        limit_kw = std::min(limit_kw, given.limit_kw[i].value_or(limit_kw));
      }
      if (promised > 0 && limit_kw > base_kw_[i] - promised + 1e-9) return true;
    }
    return false;
  }
  // Whether the newest set-point of a DER leaves out what an order in force was promised of it, or asks more than the
  // DER can do. Of DERs that orders of one kind hold: the other kinds' parts stay in set-points when they have ended.
  bool AnyPartLeftOut() {
    for (std::size_t i = 0; i < ders_.size(); ++i) {
      double promised = 0;
      const Given* newest = Newest(i);
      if (newest == nullptr || !knows_base_) continue;
      const double target_kw = *newest->target_kw[i];
      const PowerRange can = CapabilityOf(ders_[i]);
      if (target_kw < can.min_kw - 1e-9 || target_kw > can.max_kw + 1e-9) return true;
      for (const Given& given : live_) promised += given.order.kind == newest->order.kind ? given.kw[i] : 0;
      const bool injects = newest->order.kind == EmergencyKind::kInject;
      if (several_kinds_[i]) continue;
      if (promised > 0) ++checked_;
      if (injects ? target_kw < base_kw_[i] + promised - 1e-9 : target_kw > base_kw_[i] - promised + 1e-9) return true;
    }
    return false;
  }
  double promised_kw = 0;
  int checked() const { return checked_; }

 private:
  static constexpr absl::Duration kHour = absl::Hours(1);
  struct Given {
    EmergencyOrder order;
    std::vector<double> kw;                        // of each DER
    std::vector<std::optional<double>> limit_kw;   // to which a REDUCE pins it
    std::vector<std::optional<double>> target_kw;  // to which an INJECT or ABSORB does
    int number = 0;
  };

  // Of the orders in force that give the DER a set-point.
  const Given* Newest(std::size_t i) const {
    const Given* newest = nullptr;
    for (const Given& given : live_) {
      if (given.target_kw[i] && (newest == nullptr || newest->number < given.number)) newest = &given;
    }
    return newest;
  }
  void NoteKinds() {
    for (std::size_t i = 0; i < ders_.size(); ++i) {
      bool injects = false, absorbs = false, reduces = false;
      for (const Given& given : live_) {
        if (given.target_kw[i]) (given.order.kind == EmergencyKind::kInject ? injects : absorbs) = true;
        reduces = reduces || given.limit_kw[i];
      }
      several_kinds_[i] = several_kinds_[i] || reduces || (injects && absorbs);
    }
  }

  double Uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  DerState StateOf(std::size_t i, double power_kw) const {
    Reading reading;
    reading.power_kw = power_kw;
    reading.state_of_charge_kwh = 2.4 * ders_[i].capacity_kw;  // so that power is the limit, both ways
    return {.der = &ders_[i], .reading = reading, .available_kw = {}};
  }

  void Order() {
    std::shuffle(live_.begin(), live_.end(), random_);
    Holdings holdings;  // anew, from the rows alone
    for (const Given& given : live_) holdings.Put(given.order);
    std::vector<DerState> fleet;
    for (std::size_t i = 0; i < ders_.size(); ++i) {
      fleet.push_back(StateOf(i, power_kw_[i]));
      fleet.back().held.left = holdings.LeftOf(ders_[i], California());
      if (knows_base_) fleet.back().held.base_kw = base_kw_[i];
      if (const Given* newest = Newest(i)) fleet.back().asked_kw = newest->target_kw[i];
    }
    EmergencyRequest request;
    const double scope = Uniform();
    if (scope < 0.4) request.der_id = ders_[random_() % ders_.size()].der_id;
    if (scope >= 0.4 && scope < 0.7) request.region_id = "NORTH";
    if (scope >= 0.7) request.der_id = "ALL_DERS";
    request.expected_count =
        request.der_id == "ALL_DERS" ? std::optional(static_cast<int>(ders_.size())) : std::nullopt;
    request.power_kw = 600 * Uniform() * (random_() % 2 == 0 ? 1 : -1);
    if (request.power_kw < 0 && random_() % 2 == 0) request.kind = EmergencyKind::kReduce;
    request.duration = kHour;
    request.reason = "test";
    auto order = PlanEmergency(request, fleet, California(), now_);
    if (!order.ok()) return;  // no storage in the scope
    order->emergency_id = absl::StrCat("order-", ++count_);
    Given given{*order, {}, {}, {}, count_};
    for (const DerState& state : fleet) {
      const double fraction = Binds(*order, *state.der, California()) ? FractionOf(order->shares, state.der->type) : 0;
      given.kw.push_back(fraction * HeadroomLeftKw(order->kind, state, kHour));
      const bool limits = order->kind == EmergencyKind::kReduce && fraction > 0;
      given.limit_kw.push_back(limits ? ReducedToKw(fraction, state, kHour) : std::nullopt);
      const bool binds = Binds(*order, *state.der, California());
      const bool moves = order->kind != EmergencyKind::kReduce && binds;
      given.target_kw.push_back(moves ? MovedToKw(order->kind, fraction, state, kHour) : std::nullopt);
      promised_kw += given.kw.back();
    }
    live_.push_back(std::move(given));
    NoteKinds();
  }

  // Every DER does some of what it was told.
  void Follow() {
    for (std::size_t i = 0; i < ders_.size(); ++i) {
      power_kw_[i] = base_kw_[i];
      if (Newest(i) == nullptr) several_kinds_[i] = false;
      const double willing = Uniform() < 0.5 ? 1 : Uniform();
      for (const Given& given : live_) {
        power_kw_[i] += willing * given.kw[i] * (given.order.kind == EmergencyKind::kInject ? 1 : -1);
      }
    }
    NoteKinds();
  }

  std::mt19937 random_;
  const bool knows_base_;
  std::vector<Der> ders_;
  std::vector<double> base_kw_, power_kw_;
  std::vector<bool> several_kinds_;  // a set-point in force, or what the DER does, may hold parts of several
  std::vector<Given> live_;
  absl::Time now_ = kNow;
  int count_ = 0, checked_ = 0;
};

TEST(BankProperty, NobodyIsPromisedMoreOfADerThanItHas) {
  double promised_kw = 0, fullest = 0;
  int checked = 0;
  for (unsigned seed = 0; seed < 150; ++seed) {
    Bank bank(seed);
    for (int step = 0; step < 80; ++step) {
      bank.Step();
      ASSERT_LE(bank.MostOfADer(), 1 + 1e-9) << "seed " << seed << " step " << step;
      ASSERT_LE(bank.MostOfTheFleet(), 1 + 1e-9) << "seed " << seed << " step " << step;
      ASSERT_FALSE(bank.AnyUndone()) << "seed " << seed << " step " << step;
      ASSERT_FALSE(bank.AnyLimitTooHigh()) << "seed " << seed << " step " << step;
      ASSERT_FALSE(bank.AnyPartLeftOut()) << "seed " << seed << " step " << step;
      fullest = std::max(fullest, bank.MostOfADer());
    }
    promised_kw += bank.promised_kw;
    checked += bank.checked();
  }
  EXPECT_GT(fullest, 0.999) << "what there is is given";
  EXPECT_GT(promised_kw, 1e5);
  EXPECT_GT(checked, 10'000);
}

// 100 kW of a battery at rest, all power: what a following order finds.
TEST(HeadroomLeft, DoesNotCountTwiceWhatADerDoesByOrder) {
  const Der der = Battery("B-1");
  Reading reading;
  reading.state_of_charge_kwh = 400;
  const auto left = [&](double power_kw, double share, std::optional<double> base_kw) {
    reading.power_kw = power_kw;
    DerState state{.der = &der, .reading = reading, .available_kw = {}};
    state.held = {.left = {.inject = share, .since = kNow}, .base_kw = base_kw};
    return HeadroomLeftKw(EmergencyKind::kInject, state, absl::Hours(1));
  };
  EXPECT_DOUBLE_EQ(left(0, 0.6, 0), 60) << "40 kW are promised, it has not moved yet";
  EXPECT_DOUBLE_EQ(left(40, 0.6, 0), 60) << "it has";
  EXPECT_DOUBLE_EQ(left(70, 0.6, 0), 30) << "it gives more than it was told; that is gone, too";
  EXPECT_DOUBLE_EQ(left(40, 0.6, std::nullopt), 36) << "nobody knows whether the 40 kW are the order's";
}

}  // namespace
}  // namespace derms::domain
