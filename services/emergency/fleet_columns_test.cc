#include "services/emergency/fleet_columns.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "services/emergency/testing/headroom_samples.h"

namespace derms::emergency {
namespace {

using domain::DerType;
using domain::EmergencyKind;
using domain::EmergencyOrder;
using domain::EmergencyRequest;
using testing::Asking;
using testing::Battery;
using testing::California;
using testing::kNow;
using testing::Reads;
using testing::Shared;

// Any mix of DERs, readings and live orders.
class AnyFleet {
 public:
  explicit AnyFleet(unsigned seed) : random_(seed) {
    columns_.PutRegions(regions_);
    const int count = 1 + static_cast<int>(random_() % 60);
    for (int i = 0; i < count; ++i) PutDer(absl::StrCat("D-", 1000 + i));
    Measure(kNow - absl::Minutes(30));
    const int orders = static_cast<int>(random_() % 6);
    for (int i = 0; i < orders; ++i) PutOrder(absl::StrCat("order-", i), kNow - absl::Minutes(random_() % 40));
    Measure(kNow - absl::Minutes(10));
  }
  // The census of the columns is the one of the domain's walk over the same DERs.
  void Compare(EmergencyRequest request) {
    request.expected_count.reset();
    std::vector<domain::DerState> states;
    for (const auto& der : ders_) {
      domain::DerState state{.der = der.get(), .reading = {}, .available_kw = {}};
      if (const auto reading = readings_.find(der->der_id); reading != readings_.end()) state.reading = reading->second;
      state.held = columns_.AroundStartOf(der->der_id, kNow, live_).held;
      states.push_back(state);
    }
    if (request.der_id == "ALL_DERS") request.expected_count = Active(states);
    const auto expected = domain::PlanEmergency(request, states, *regions_, kNow);
    const FleetColumns::Scope scope{.der_id = request.der_id, .region_id = request.region_id};
    const auto census = columns_.Count(*domain::CheckEmergencyRequest(request), scope, kNow, request.duration, live_);
    const auto found = domain::PlanOrder(request, census, kNow);
    ASSERT_EQ(found.status(), expected.status());
    if (!found.ok()) return;
    EXPECT_EQ(found->der_count, expected->der_count);
    EXPECT_EQ(found->unbound, expected->unbound);
    EXPECT_EQ(found->shortfall_kw, expected->shortfall_kw);
    EXPECT_EQ(found->restoration, expected->restoration);
    ASSERT_EQ(found->shares.size(), expected->shares.size());
    for (std::size_t i = 0; i < found->shares.size(); ++i) {
      EXPECT_EQ(found->shares[i].headroom_kw, expected->shares[i].headroom_kw);
      EXPECT_EQ(found->shares[i].fraction, expected->shares[i].fraction);
      headroom_kw += found->shares[i].headroom_kw;
    }
    ++plans;
  }
  std::string AnyDer() { return ders_[random_() % ders_.size()]->der_id; }
  double headroom_kw = 0;
  int plans = 0;

 private:
  double Uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  static int Active(const std::vector<domain::DerState>& states) {
    return static_cast<int>(std::count_if(states.begin(), states.end(), [](const auto& state) {
      return state.der->lifecycle == domain::Lifecycle::kActive && state.der->registered_at < kNow;
    }));
  }
  void PutDer(const std::string& der_id) {
    domain::Der der = Battery(der_id, 1 + 100 * Uniform());
    der.type = static_cast<DerType>(1 + random_() % 6);
    der.stored_status = random_() % 4 == 0 ? static_cast<domain::DerStatus>(1 + random_() % 3) : der.stored_status;
    der.lifecycle = random_() % 10 == 0 ? domain::Lifecycle::kRetired : domain::Lifecycle::kActive;
    der.region_id = random_() % 2 == 0 ? "NORTH" : "SOUTH";
    if (random_() % 3 == 0) der.parameters.island_category = static_cast<domain::IslandCategory>(1 + random_() % 4);
    if (random_() % 4 == 0) der.registered_at = kNow - absl::Minutes(static_cast<int>(random_() % 45) - 5);
    if (der.type == DerType::kBattery && random_() % 2 == 0) der.parameters.charge_efficiency = 0.7 + 0.3 * Uniform();
    columns_.PutDer(Shared(Battery(der_id, 1)));
    der.revision = 2;
    ders_.push_back(Shared(der));
    columns_.PutDer(ders_.back());
  }
  void Measure(absl::Time at) {
    for (const auto& der : ders_) {
      if (random_() % 6 == 0) continue;
      auto reading = Reads(der->der_id, at, der->capacity_kw * (1.4 * Uniform() - 0.4));
      if (der->type == DerType::kBattery && random_() % 3 != 0) {
        reading.state_of_charge_kwh = 4 * der->capacity_kw * Uniform();
      }
      if (random_() % 12 == 0) reading.quality = domain::ReadingQuality::kInvalid;
      if (random_() % 12 == 0) reading.power_kw.reset();
      columns_.PutReading(reading, live_, kNow);
      readings_[der->der_id] = reading;
      columns_.PutReading(Reads(der->der_id, at - absl::Minutes(1), 1e6), live_, kNow);  // late, and older: nothing
    }
  }
  void PutOrder(const std::string& id, absl::Time starts_at) {
    EmergencyOrder order;
    order.emergency_id = id;
    const auto scope = random_() % 3;
    if (scope == 0) order.der_id = AnyDer();
    if (scope == 1) order.region_id = random_() % 2 == 0 ? "NORTH" : "CA";
    if (scope == 2) order.der_id = "ALL_DERS";
    constexpr EmergencyKind kKinds[] = {EmergencyKind::kInject, EmergencyKind::kInject, EmergencyKind::kAbsorb,
                                        EmergencyKind::kReduce, EmergencyKind::kIsland, EmergencyKind::kDisconnect};
    order.kind = kKinds[random_() % 6];
    if (domain::ComesBackInStages(order.kind)) order.restoration.emplace();
    for (int type = 1; type <= 6; ++type) {
      const double fraction = random_() % 8 == 0 ? 1 : 0.6 * Uniform();
      order.shares.push_back(
          {.type = static_cast<DerType>(type), .der_count = 1, .headroom_kw = 1, .fraction = fraction});
    }
    order.starts_at = starts_at;
    order.ends_at = kNow + absl::Hours(1);
    if (order.restoration && random_() % 4 != 0) {  // some of its DERs are back
      order.state = domain::EmergencyState::kReleased;
      order.ended_at = kNow - absl::Minutes(7);
      returning_.push_back(std::make_shared<EmergencyOrder>(order));
    }
    live_.Put(order);
  }

 public:
  // The count of the columns is the one of the domain's walk.
  int CompareReturn() const {
    for (const auto& order : returning_) {
      domain::RestorationCount count;
      for (const auto& der : ders_) {
        if (domain::Binds(*order, *der, *regions_)) count.Add(domain::WayBackOf(*order, *der), kNow);
      }
      const domain::RestorationCount found = columns_.CountReturn({order}, kNow);
      EXPECT_EQ(std::tie(found.waiting, found.ramping, found.restored),
                std::tie(count.waiting, count.ramping, count.restored));
      if (count.waiting > 0 && count.restored > 0) return 1;
    }
    return 0;
  }

 private:
  std::vector<std::shared_ptr<const EmergencyOrder>> returning_;
  std::mt19937 random_;
  const std::shared_ptr<const domain::RegionTree> regions_ = California();
  std::vector<FleetColumns::DerPtr> ders_;
  std::map<std::string, domain::Reading> readings_;
  domain::Holdings live_;
  FleetColumns columns_;
};

TEST(FleetColumnsProperty, PlansWhatTheDomainPlansToTheDigit) {
  int plans = 0, on_their_way = 0;
  double headroom_kw = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    AnyFleet fleet(seed);
    for (const double power_kw : {0.0, 321.5, -123.25}) {
      fleet.Compare(Asking(power_kw, "ALL_DERS"));
      fleet.Compare(Asking(power_kw, "", "CA"));
      fleet.Compare(Asking(power_kw, "", "NORTH"));
      fleet.Compare(Asking(power_kw, fleet.AnyDer()));
    }
    for (const EmergencyKind kind : {EmergencyKind::kReduce, EmergencyKind::kIsland, EmergencyKind::kBlackStart}) {
      EmergencyRequest request = Asking(kind == EmergencyKind::kReduce ? -123.25 : 0, "", "CA");
      request.kind = kind;
      fleet.Compare(request);
    }
    on_their_way += fleet.CompareReturn();
    plans += fleet.plans;
    headroom_kw += fleet.headroom_kw;
  }
  EXPECT_GT(plans, 3000);
  EXPECT_GT(headroom_kw, 1e5);
  EXPECT_GT(on_their_way, 30);
}

TEST(FleetColumns, PowerBeforeAnOrderIsTheNewestFromBeforeIt) {
  FleetColumns fleet;
  domain::Holdings live;
  fleet.PutRegions(California());
  fleet.PutDer(Shared(Battery("B-1")));
  const auto base = [&] { return fleet.AroundStartOf("B-1", kNow + absl::Hours(1), live).held.base_kw; };
  EmergencyOrder order;
  order.emergency_id = "first";
  order.der_id = "ALL_DERS";
  order.kind = EmergencyKind::kInject;
  order.shares = {{.type = DerType::kBattery, .der_count = 1, .headroom_kw = 1, .fraction = 0.5}};
  order.starts_at = kNow;
  order.ends_at = kNow + absl::Hours(1);
  EXPECT_EQ(base(), std::nullopt) << "no order";
  fleet.PutReading(Reads("B-1", kNow - absl::Minutes(9), 1), live, kNow - absl::Minutes(9));
  fleet.PutReading(Reads("B-1", kNow - absl::Minutes(1), 2), live, kNow - absl::Minutes(1));
  live.Put(order);
  EXPECT_EQ(base(), 2);
  fleet.PutReading(Reads("B-1", kNow + absl::Minutes(1), 50), live, kNow + absl::Minutes(1));
  fleet.PutReading(Reads("B-1", kNow + absl::Minutes(2), 51), live, kNow + absl::Minutes(2));
  EXPECT_EQ(base(), 2) << "however often it is measured under the order";
  EmergencyOrder second = order;
  second.emergency_id = "second";
  second.starts_at = kNow + absl::Minutes(3);
  live.Remove("first");
  live.Put(second);
  EXPECT_EQ(base(), 51) << "the first order is over: what it did is where the second began";
  fleet.PutReading(Reads("B-1", kNow + absl::Minutes(4), 70), live, kNow + absl::Minutes(4));
  EXPECT_EQ(base(), 51);
  live.Put(order);
  EXPECT_EQ(base(), std::nullopt) << "an older order turns up, heard of late: nobody knows any more";
}

// A DER that an order is giving back keeps the power from before it until it is back, and no longer.
TEST(FleetColumns, PowerBeforeAReduceIsKeptUntilTheDerIsBack) {
  FleetColumns fleet;
  domain::Holdings live;
  fleet.PutRegions(California());
  fleet.PutDer(Shared(Battery("B-1")));
  EmergencyOrder reduce;
  reduce.emergency_id = "reduce";
  reduce.der_id = "ALL_DERS";
  reduce.kind = EmergencyKind::kReduce;
  reduce.shares = {{.type = DerType::kBattery, .der_count = 1, .headroom_kw = 1, .fraction = 0.5}};
  reduce.starts_at = kNow;
  reduce.ends_at = kNow + absl::Minutes(1);
  reduce.restoration.emplace();
  const absl::Time back = domain::WayBackOf(reduce, Battery("B-1")).back;
  fleet.PutReading(Reads("B-1", kNow - absl::Minutes(1), 80), live, kNow);
  live.Put(reduce);
  for (const absl::Time at : {kNow + absl::Seconds(1), reduce.ends_at, back - absl::Seconds(1)}) {
    live.DropEnded(at);
    fleet.PutReading(Reads("B-1", at, 40), live, at);
    const domain::Holding held = fleet.AroundStartOf("B-1", at, live).held;
    EXPECT_EQ(held.base_kw, 80) << at;
    EXPECT_EQ(held.left.ShareFor(EmergencyKind::kReduce), 0.5);
  }
  fleet.PutReading(Reads("B-1", back + absl::Seconds(1), 90), live, back + absl::Seconds(1));
  EXPECT_EQ(fleet.AroundStartOf("B-1", back + absl::Seconds(2), live).held.left.share(), 1);
  EmergencyOrder inject = reduce;
  inject.emergency_id = "inject";
  inject.kind = EmergencyKind::kInject;
  inject.starts_at = back + absl::Seconds(3);
  inject.ends_at = inject.starts_at + absl::Hours(1);
  live.Put(inject);
  fleet.PutReading(Reads("B-1", inject.starts_at + absl::Seconds(1), 95), live, inject.starts_at + absl::Seconds(1));
  EXPECT_EQ(fleet.AroundStartOf("B-1", inject.starts_at + absl::Seconds(1), live).held.base_kw, 90);
}

// What the set-points of an order are pinned from, while they are not.
class AroundStart : public ::testing::Test {
 protected:
  AroundStart() {
    fleet_.PutRegions(California());
    fleet_.PutDer(Shared(Battery("B-1")));
  }
  EmergencyOrder Given(const std::string& id, absl::Time starts_at, const std::string& der_id = "ALL_DERS") {
    EmergencyOrder order;
    order.emergency_id = id;
    order.der_id = der_id;
    order.kind = EmergencyKind::kInject;
    order.shares = {{.type = DerType::kBattery, .der_count = 1, .headroom_kw = 1, .fraction = 0.5}};
    order.starts_at = starts_at;
    order.ends_at = starts_at + absl::Hours(1);
    live_.Put(order);
    fleet_.KeepBefore(order);
    return order;
  }
  void Read(absl::Duration after, double power_kw) {
    fleet_.PutReading(Reads("B-1", kNow + after, power_kw), live_, kNow + after);
  }
  std::optional<double> Before(absl::Time start) {
    const auto around = fleet_.AroundStartOf("B-1", start, {});
    return around.before ? around.before->power_kw : std::nullopt;
  }

  FleetColumns fleet_;
  domain::Holdings live_;
};

TEST_F(AroundStart, IsTheNewestReadingFromBeforeTheOrder) {
  Read(-absl::Minutes(2), 1);
  Read(-absl::Minutes(1), 2);
  const EmergencyOrder order = Given("first", kNow);
  EXPECT_EQ(Before(kNow), 2);
  for (int n = 1; n < 4; ++n) {
    Read(absl::Seconds(n), 50 + n);
    EXPECT_EQ(Before(kNow), 2) << n;
    EXPECT_EQ(fleet_.AroundStartOf("B-1", kNow, {}).now->power_kw, 50 + n);
  }
  fleet_.ForgetBefore("first");
  Read(absl::Seconds(9), 60);
  EXPECT_EQ(Before(kNow), 2) << "the power before the oldest order is kept for the book";
  live_.Remove("first");
  Read(absl::Seconds(10), 61);
  EXPECT_EQ(Before(kNow), std::nullopt) << "nobody needs it any more";
}

TEST_F(AroundStart, OfTwoOrdersInQuickSuccessionBothAreFound) {
  Read(-absl::Minutes(1), 2);
  Given("first", kNow);
  Read(absl::Seconds(1), 10);
  Given("second", kNow + absl::Seconds(2));
  for (int n = 3; n < 6; ++n) {
    Read(absl::Seconds(n), 50 + n);
    EXPECT_EQ(Before(kNow), 2) << n;
    EXPECT_EQ(Before(kNow + absl::Seconds(2)), 10) << n;
  }
}

TEST_F(AroundStart, AnOrderHeardOfAfterOneMoreReadingStillFindsIt) {
  Read(-absl::Minutes(1), 2);
  Read(absl::Seconds(1), 50);
  Given("heard of late", kNow);
  Read(absl::Seconds(2), 51);
  EXPECT_EQ(Before(kNow), 2);
}

TEST_F(AroundStart, OrdersForOthersTakeNoPlace) {
  fleet_.PutDer(Shared(Battery("B-2")));
  Read(-absl::Minutes(1), 2);
  Given("for another", kNow, "B-2");
  Read(absl::Seconds(1), 50);
  Read(absl::Seconds(2), 51);
  Given("for it", kNow + absl::Seconds(3), "B-1");
  Read(absl::Seconds(4), 70);
  EXPECT_EQ(Before(kNow + absl::Seconds(3)), 51);
}

TEST_F(AroundStart, AfterARestartAReadingFromUnderTheOrderSaysNothingOfBefore) {
  Given("given by a process that is gone", kNow);
  Read(absl::Seconds(1), 50);
  EXPECT_EQ(Before(kNow), std::nullopt);
  EXPECT_EQ(fleet_.AroundStartOf("B-1", kNow, {}).now->power_kw, 50);
  Read(absl::Seconds(2), 51);
  EXPECT_EQ(Before(kNow), std::nullopt);
  EXPECT_FALSE(fleet_.AroundStartOf("B-9", kNow, {}).now) << "no such DER";
}

TEST_F(AroundStart, WhatOlderOrdersHoldComesWithThePowerBeforeThem) {
  Read(-absl::Minutes(1), 2);
  Given("older", kNow);
  Read(absl::Seconds(1), 50);
  const domain::Holdings before = live_;
  Given("newer", kNow + absl::Seconds(2));
  Read(absl::Seconds(3), 70);
  const auto around = fleet_.AroundStartOf("B-1", kNow + absl::Seconds(2), before);
  EXPECT_EQ(around.before->power_kw, 50);
  EXPECT_EQ(around.held.left.share(), 0.5);
  EXPECT_EQ(around.held.base_kw, 2);
}

}  // namespace
}  // namespace derms::emergency
