#include "libs/domain/emergency.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::domain {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1700000000);

RegionTree California() {
  return RegionTree({{.region_id = "CA"},
                     {.region_id = "NORTH", .parent_region_id = "CA"},
                     {.region_id = "SOUTH", .parent_region_id = "CA"}});
}

Der MakeDer(std::string id, DerType type, double capacity_kw, DerStatus status = DerStatus::kOnline) {
  Der der;
  der.der_id = std::move(id);
  der.type = type;
  der.capacity_kw = capacity_kw;
  der.region_id = "NORTH";
  der.stored_status = status;
  der.registered_at = kNow - absl::Hours(1);
  return der;
}

DerState Measured(const Der& der, double power_kw, std::optional<double> state_of_charge_kwh = std::nullopt) {
  Reading reading;
  reading.der_id = der.der_id;
  reading.measured_at = kNow;
  reading.power_kw = power_kw;
  reading.state_of_charge_kwh = state_of_charge_kwh;
  return {.der = &der, .reading = reading, .available_kw = std::nullopt};
}

EmergencyRequest Whole(double power_kw, int count) {
  EmergencyRequest request;
  request.der_id = "ALL_DERS";
  request.power_kw = power_kw;
  request.duration = absl::Hours(1);
  request.reason = "drill";
  request.expected_count = count;
  return request;
}

EmergencyOrder OrderOf(EmergencyKind kind) {
  EmergencyOrder order;
  order.der_id = "ALL_DERS";
  order.kind = kind;
  order.starts_at = kNow;
  order.ends_at = kNow + absl::Hours(1);
  return order;
}

TEST(Binds, IsThisTable) {
  struct Row {
    EmergencyKind kind;
    DerType type;
    bool offline, online, maintenance;
  };
  constexpr Row kTable[] = {
      {EmergencyKind::kInject, DerType::kSolar, false, true, false},
      {EmergencyKind::kInject, DerType::kBattery, false, true, false},
      {EmergencyKind::kAbsorb, DerType::kSolar, false, false, false},
      {EmergencyKind::kAbsorb, DerType::kBattery, false, true, false},
      {EmergencyKind::kCurtailAll, DerType::kSolar, true, true, false},
      {EmergencyKind::kDisconnect, DerType::kHydro, true, true, false},
      {EmergencyKind::kCeaseToEnergize, DerType::kBattery, true, true, false},
      {EmergencyKind::kReduce, DerType::kSolar, false, true, false},
      {EmergencyKind::kRestore, DerType::kSolar, false, false, false},
  };
  for (const Row& row : kTable) {
    const auto binds = [&](DerStatus status) {
      return Binds(OrderOf(row.kind), MakeDer("X-01", row.type, 10, status), California());
    };
    EXPECT_EQ(binds(DerStatus::kOffline), row.offline) << EmergencyKindName(row.kind);
    EXPECT_EQ(binds(DerStatus::kOnline), row.online) << EmergencyKindName(row.kind);
    EXPECT_EQ(binds(DerStatus::kMaintenance), row.maintenance) << EmergencyKindName(row.kind);
  }
}

TEST(Binds, IslandsNeedACategory) {
  using enum IslandCategory;
  struct Row {
    std::optional<IslandCategory> category;
    bool island, black_start;
  };
  for (const Row& row :
       {Row{{}, false, false}, Row{kUncategorized, false, false}, Row{kIntentionalIslandCapable, true, false},
        Row{kBlackStartCapable, true, true}, Row{kIsochronousCapable, true, false}}) {
    Der der = MakeDer("X-01", DerType::kBattery, 10);
    der.parameters.island_category = row.category;
    EXPECT_EQ(Binds(OrderOf(EmergencyKind::kIsland), der, California()), row.island);
    EXPECT_EQ(Binds(OrderOf(EmergencyKind::kBlackStart), der, California()), row.black_start);
    der.stored_status = DerStatus::kOffline;
    EXPECT_FALSE(Binds(OrderOf(EmergencyKind::kIsland), der, California()));
    EXPECT_EQ(Binds(OrderOf(EmergencyKind::kBlackStart), der, California()), row.black_start) << "it can start alone";
  }
}

TEST(Binds, OnlyActiveDersRegisteredBefore) {
  const EmergencyOrder order = OrderOf(EmergencyKind::kCurtailAll);
  Der der = MakeDer("X-01", DerType::kSolar, 10);
  EXPECT_TRUE(Binds(order, der, California()));
  der.registered_at = kNow;
  EXPECT_FALSE(Binds(order, der, California()));
  der.registered_at = kNow - absl::Nanoseconds(1);
  EXPECT_TRUE(Binds(order, der, California()));
  der.lifecycle = Lifecycle::kRetired;
  EXPECT_FALSE(Binds(order, der, California()));
}

TEST(Binds, OneDerOrARegionWithItsParts) {
  const Der der = MakeDer("X-01", DerType::kSolar, 10);
  EmergencyOrder order = OrderOf(EmergencyKind::kCurtailAll);
  order.der_id = "X-02";
  EXPECT_FALSE(Binds(order, der, California()));
  order.der_id = "X-01";
  EXPECT_TRUE(Binds(order, der, California()));
  order.der_id.clear();
  for (const auto& [region, binds] : {std::pair("CA", true), {"NORTH", true}, {"SOUTH", false}, {"", false}}) {
    order.region_id = region;
    EXPECT_EQ(Binds(order, der, California()), binds) << region;
  }
}

TEST(Order, EndsByItself) {
  EmergencyOrder order = OrderOf(EmergencyKind::kCurtailAll);
  EXPECT_TRUE(order.IsLiveAt(kNow));
  EXPECT_FALSE(order.IsLiveAt(kNow - absl::Seconds(1)));
  EXPECT_EQ(order.StateAt(order.ends_at), EmergencyState::kExpired);
  EXPECT_FALSE(order.IsLiveAt(order.ends_at));
  order.state = EmergencyState::kReleased;
  EXPECT_EQ(order.StateAt(order.ends_at), EmergencyState::kReleased);
  order.state = EmergencyState::kActive;
  order.exercise = true;
  EXPECT_FALSE(order.IsLiveAt(kNow));
}

TEST(Headroom, OfStorageIsLimitedByItsEnergy) {
  Der der = MakeDer("BATTERY-01", DerType::kBattery, 100);
  der.parameters.energy_capacity_kwh = 400;
  der.parameters.min_energy_kwh = 80;
  der.parameters.charge_efficiency = 0.8;
  der.parameters.discharge_efficiency = 0.5;
  const auto inject = [&](double power, double soc) {
    return HeadroomKw(EmergencyKind::kInject, Measured(der, power, soc), absl::Hours(2));
  };
  const auto absorb = [&](double power, double soc) {
    return HeadroomKw(EmergencyKind::kAbsorb, Measured(der, power, soc), absl::Hours(2));
  };
  EXPECT_DOUBLE_EQ(inject(0, 400), 80) << "320 kWh above reserve give 160 kWh in 2 h";
  EXPECT_DOUBLE_EQ(inject(-50, 400), 130) << "it stops charging, too";
  EXPECT_DOUBLE_EQ(inject(0, 80), 0) << "the reserve stays";
  EXPECT_DOUBLE_EQ(inject(90, 400), 0) << "it already gives more than it can hold for 2 h";
  EXPECT_DOUBLE_EQ(absorb(0, 320), 50) << "80 kWh of room take 100 kWh in 2 h";
  EXPECT_DOUBLE_EQ(absorb(30, 0), 130) << "it stops discharging, too";
  EXPECT_DOUBLE_EQ(absorb(0, 400), 0);
}

TEST(Headroom, OfGeneratorsIsWhatIsLeftAndWeatherAllows) {
  const Der hydro = MakeDer("HYDRO-01", DerType::kHydro, 100), solar = MakeDer("SOLAR-01", DerType::kSolar, 100);
  EXPECT_DOUBLE_EQ(HeadroomKw(EmergencyKind::kInject, Measured(hydro, 30), absl::Hours(1)), 70);
  EXPECT_DOUBLE_EQ(HeadroomKw(EmergencyKind::kAbsorb, Measured(hydro, 30), absl::Hours(1)), 0);
  DerState state = Measured(solar, 30);
  EXPECT_DOUBLE_EQ(HeadroomKw(EmergencyKind::kInject, state, absl::Hours(1)), 0);
  state.available_kw = 45;
  EXPECT_DOUBLE_EQ(HeadroomKw(EmergencyKind::kInject, state, absl::Hours(1)), 15);
}

TEST(Headroom, WhatIsNotKnownIsNotPromised) {
  const Der hydro = MakeDer("HYDRO-01", DerType::kHydro, 100);
  EXPECT_EQ(HeadroomKw(EmergencyKind::kInject, {.der = &hydro, .reading = {}, .available_kw = {}}, absl::Hours(1)), 0);
  DerState wrong = Measured(hydro, 0);
  wrong.reading->quality = ReadingQuality::kInvalid;
  EXPECT_EQ(HeadroomKw(EmergencyKind::kInject, wrong, absl::Hours(1)), 0);
}

TEST(Plan, KindFollowsFromPower) {
  EXPECT_EQ(*CheckEmergencyRequest(Whole(5, 1)), EmergencyKind::kInject);
  EXPECT_EQ(*CheckEmergencyRequest(Whole(-5, 1)), EmergencyKind::kAbsorb);
  EXPECT_EQ(*CheckEmergencyRequest(Whole(0, 1)), EmergencyKind::kCurtailAll);
  EmergencyRequest request = Whole(0, 1);
  request.kind = EmergencyKind::kDisconnect;
  EXPECT_EQ(*CheckEmergencyRequest(request), EmergencyKind::kDisconnect);
  request.power_kw = 5;
  EXPECT_EQ(base::ReasonOf(CheckEmergencyRequest(request).status()), "EMERGENCY_KIND_MISMATCH");
  request.kind = EmergencyKind::kAbsorb;
  EXPECT_EQ(base::ReasonOf(CheckEmergencyRequest(request).status()), "EMERGENCY_KIND_MISMATCH");
}

TEST(Plan, OtherKindsAreSaidByName) {
  using enum EmergencyKind;
  for (const EmergencyKind kind : {kCeaseToEnergize, kIsland, kBlackStart, kRestore}) {
    EmergencyRequest request = Whole(0, 1);
    request.kind = kind;
    EXPECT_EQ(*CheckEmergencyRequest(request), kind);
    request.power_kw = -5;
    EXPECT_EQ(base::ReasonOf(CheckEmergencyRequest(request).status()), "EMERGENCY_KIND_MISMATCH");
  }
  EmergencyRequest request = Whole(-5, 1);
  request.kind = kReduce;
  EXPECT_EQ(*CheckEmergencyRequest(request), kReduce);
  request.power_kw = 0;
  EXPECT_EQ(base::ReasonOf(CheckEmergencyRequest(request).status()), "EMERGENCY_KIND_MISMATCH");
}

TEST(Plan, OnlySetPointsOverrideLimits) {
  EmergencyRequest request = Whole(5, 1);
  request.override_limits = true;
  EXPECT_TRUE(CheckEmergencyRequest(request).ok());
  request.power_kw = 0;
  EXPECT_EQ(base::ReasonOf(CheckEmergencyRequest(request).status()), "OVERRIDE_WITHOUT_POWER");
}

TEST(Plan, ReducesStorageThenWeatherAndTheRestDownToItsLowestOutput) {
  const Der battery = MakeDer("BATTERY-01", DerType::kBattery, 100), solar = MakeDer("SOLAR-01", DerType::kSolar, 100),
            idle = MakeDer("BATTERY-02", DerType::kBattery, 100);
  Der hydro = MakeDer("HYDRO-01", DerType::kHydro, 100);
  hydro.parameters.min_output_kw = 30;
  const std::vector<DerState> fleet = {Measured(battery, 40, 200), Measured(solar, 60), Measured(hydro, 80),
                                       Measured(idle, -50, 200)};
  const auto plan = [&](double power_kw) {
    EmergencyRequest request = Whole(power_kw, 4);
    request.kind = EmergencyKind::kReduce;
    return *PlanEmergency(request, fleet, California(), kNow);
  };
  const auto fractions = [&](double power_kw) {
    const EmergencyOrder order = plan(power_kw);
    return std::vector<double>{FractionOf(order.shares, DerType::kBattery), FractionOf(order.shares, DerType::kSolar),
                               FractionOf(order.shares, DerType::kHydro), order.shortfall_kw};
  };
  EXPECT_EQ(fractions(-20), (std::vector<double>{0.5, 0, 0, 0}));
  EXPECT_EQ(fractions(-70), (std::vector<double>{1, 0.5, 0, 0}));
  EXPECT_EQ(fractions(-125), (std::vector<double>{1, 1, 0.5, 0}));
  EXPECT_EQ(fractions(-160), (std::vector<double>{1, 1, 1, -10})) << "what charges or stands still gives nothing less";
  EXPECT_TRUE(plan(-20).restoration);
}

TEST(Plan, AnIslandNamesThoseWhoCannot) {
  Der capable = MakeDer("B-1", DerType::kBattery, 100);
  capable.parameters.island_category = IslandCategory::kIsochronousCapable;
  const Der other = MakeDer("B-2", DerType::kBattery, 100);
  EmergencyRequest request = Whole(0, 2);
  request.kind = EmergencyKind::kIsland;
  const auto order = PlanEmergency(request, {Measured(capable, 0), Measured(other, 0)}, California(), kNow);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->der_count, 1);
  EXPECT_EQ(order->unbound, (std::vector<std::pair<std::string, std::string>>{{"B-2", "NOT_ISLAND_CAPABLE"}}));
  request.kind = EmergencyKind::kBlackStart;
  const absl::Status refused =
      PlanEmergency(request, {Measured(capable, 0), Measured(other, 0)}, California(), kNow).status();
  EXPECT_EQ(base::ReasonOf(refused), "NO_DERS_IN_SCOPE");
}

TEST(Plan, WhatTookPowerAwayComesBackByTheTermsGiven) {
  const Der der = MakeDer("HYDRO-01", DerType::kHydro, 100);
  EmergencyRequest request = Whole(0, 1);
  request.restoration.delay = absl::Seconds(10);
  const auto plan = [&] { return *PlanEmergency(request, {Measured(der, 0)}, California(), kNow); };
  EXPECT_EQ(plan().restoration->terms.delay, absl::Seconds(10));
  request.exercise = true;
  EXPECT_FALSE(plan().restoration) << "it took nobody";
  request.exercise = false;
  request.power_kw = 5;
  EXPECT_FALSE(plan().restoration) << "INJECT ends at once";
}

TEST(Plan, RefusesWhatIsIncomplete) {
  EmergencyRequest request = Whole(0, 1);
  request.reason.clear();
  EXPECT_EQ(base::ReasonOf(CheckEmergencyRequest(request).status()), "REASON_MISSING");
  request = Whole(0, 1);
  request.expected_count.reset();
  EXPECT_EQ(base::ReasonOf(CheckEmergencyRequest(request).status()), "EXPECTED_COUNT_MISSING");
  request.region_id = "CA";
  EXPECT_EQ(base::ReasonOf(CheckEmergencyRequest(request).status()), "SCOPE_MISSING");
  request.der_id.clear();
  EXPECT_TRUE(CheckEmergencyRequest(request).ok()) << "a region needs no count";
}

TEST(Plan, CountMustMatchAndIsNamed) {
  const Der one = MakeDer("HYDRO-01", DerType::kHydro, 100);
  const absl::Status refused = PlanEmergency(Whole(0, 2), {Measured(one, 0)}, California(), kNow).status();
  EXPECT_EQ(base::ReasonOf(refused), "EXPECTED_COUNT_MISMATCH");
  EXPECT_EQ(base::MetadataOf(refused)[0], (std::pair<std::string, std::string>("actual_count", "1")));
}

TEST(Plan, NamesWhomItDoesNotBind) {
  const Der up = MakeDer("HYDRO-01", DerType::kHydro, 100),
            down = MakeDer("HYDRO-02", DerType::kHydro, 100, DerStatus::kOffline),
            work = MakeDer("HYDRO-03", DerType::kHydro, 100, DerStatus::kMaintenance);
  const std::vector<DerState> fleet = {Measured(up, 0), Measured(down, 0), Measured(work, 0)};
  const auto order = PlanEmergency(Whole(40, 3), fleet, California(), kNow);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->der_count, 1);
  EXPECT_EQ(order->unbound_count, 2);
  const std::vector<std::pair<std::string, std::string>> unbound = {{"HYDRO-02", "NOT_ONLINE"},
                                                                    {"HYDRO-03", "MAINTENANCE"}};
  EXPECT_EQ(order->unbound, unbound);
  EXPECT_DOUBLE_EQ(FractionOf(order->shares, DerType::kHydro), 0.4);
  EXPECT_EQ(PlanEmergency(Whole(0, 3), fleet, California(), kNow)->der_count, 2) << "OFFLINE ones are shut, too";
  EXPECT_EQ(base::ReasonOf(PlanEmergency(Whole(-40, 3), fleet, California(), kNow).status()), "NO_DERS_IN_SCOPE");
}

TEST(Plan, ListsAtMostAThousandUnbound) {
  std::vector<Der> ders;
  for (int i = 0; i < 1500; ++i) {
    ders.push_back(MakeDer(absl::StrCat("H-", i), DerType::kHydro, 1, DerStatus::kMaintenance));
  }
  std::vector<DerState> fleet;
  for (const Der& der : ders) fleet.push_back({.der = &der, .reading = {}, .available_kw = {}});
  const auto order = PlanEmergency(Whole(0, 1500), fleet, California(), kNow);
  EXPECT_EQ(order->unbound.size(), 1000u);
  EXPECT_EQ(order->unbound_count, 1500);
}

TEST(Plan, BatteriesComeFirstAndWeatherLast) {
  Der battery = MakeDer("BATTERY-01", DerType::kBattery, 100), hydro = MakeDer("HYDRO-01", DerType::kHydro, 100),
      cell = MakeDer("FUEL_CELL-01", DerType::kFuelCell, 300), solar = MakeDer("SOLAR-01", DerType::kSolar, 100);
  battery.parameters = {.energy_capacity_kwh = 1000, .discharge_efficiency = 1, .min_energy_kwh = 0};
  DerState sun = Measured(solar, 0);
  sun.available_kw = 50;
  const std::vector<DerState> fleet = {Measured(battery, 0, 1000), Measured(hydro, 0), Measured(cell, 0), sun};
  const auto fractions = [&](double power_kw) {
    const auto order = PlanEmergency(Whole(power_kw, 4), fleet, California(), kNow);
    std::vector<double> parts;
    for (const DerType type : {DerType::kBattery, DerType::kHydro, DerType::kFuelCell, DerType::kSolar}) {
      parts.push_back(FractionOf(order->shares, type));
    }
    parts.push_back(order->shortfall_kw);
    return parts;
  };
  EXPECT_EQ(fractions(50), (std::vector<double>{0.5, 0, 0, 0, 0}));
  EXPECT_EQ(fractions(300), (std::vector<double>{1, 0.5, 0.5, 0, 0}));
  EXPECT_EQ(fractions(525), (std::vector<double>{1, 1, 1, 0.5, 0}));
  EXPECT_EQ(fractions(600), (std::vector<double>{1, 1, 1, 1, 50}));
}

// A fleet of any mix, for the properties that every plan has.
struct RandomFleet {
  std::vector<Der> ders;
  std::vector<DerState> states;
  explicit RandomFleet(unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> share(-0.2, 1.0);
    const int count = 1 + static_cast<int>(random() % 60);
    for (int i = 0; i < count; ++i) {
      const auto type = static_cast<DerType>(1 + random() % 6);
      const auto status = static_cast<DerStatus>(1 + random() % 3);
      ders.push_back(MakeDer(absl::StrCat("X-", i), type, 1 + 5000 * std::abs(share(random)), status));
    }
    for (const Der& der : ders) {
      DerState state = Measured(der, der.capacity_kw * share(random));
      if (der.type == DerType::kBattery)
        state.reading->state_of_charge_kwh = 4 * der.capacity_kw * std::abs(share(random));
      if (random() % 2 == 0) state.available_kw = der.capacity_kw * std::abs(share(random));
      if (random() % 5 == 0) state.reading.reset();
      states.push_back(state);
    }
  }
};

TEST(PlanProperty, AllocatedPlusShortfallIsWhatWasAskedAndNobodyIsAskedForMoreThanItHas) {
  int planned = 0;
  for (unsigned seed = 0; seed < 500; ++seed) {
    const RandomFleet fleet(seed);
    const double power_kw = (seed % 2 == 0 ? 1 : -1) * 37.0 * seed;
    const EmergencyRequest request = Whole(power_kw, static_cast<int>(fleet.ders.size()));
    const auto order = PlanEmergency(request, fleet.states, California(), kNow);
    if (!order.ok()) {
      EXPECT_EQ(base::ReasonOf(order.status()), "NO_DERS_IN_SCOPE");
      continue;
    }
    ++planned;
    double allocated_kw = 0;
    int bound = 0;
    for (const DerState& state : fleet.states) {
      if (!Binds(*order, *state.der, California())) continue;
      ++bound;
      const double fraction = FractionOf(order->shares, state.der->type);
      EXPECT_GE(fraction, 0);
      EXPECT_LE(fraction, 1);
      allocated_kw += fraction * HeadroomKw(order->kind, state, request.duration);
    }
    EXPECT_EQ(bound, order->der_count);
    EXPECT_EQ(order->der_count + order->unbound_count, static_cast<int>(fleet.ders.size()));
    EXPECT_NEAR(allocated_kw, std::abs(power_kw - order->shortfall_kw), 1e-6 * (1 + std::abs(power_kw))) << seed;
    EXPECT_GE(order->shortfall_kw * power_kw, 0) << "shortfall has the sign of what was asked";
    EXPECT_LE(std::abs(order->shortfall_kw), std::abs(power_kw));
  }
  EXPECT_GT(planned, 400);
}

TEST(PlanProperty, TheOrderOfTheFleetDoesNotMatter) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    RandomFleet fleet(seed);
    const EmergencyRequest request = Whole(1000, static_cast<int>(fleet.ders.size()));
    const auto one = PlanEmergency(request, fleet.states, California(), kNow);
    std::reverse(fleet.states.begin(), fleet.states.end());
    const auto two = PlanEmergency(request, fleet.states, California(), kNow);
    ASSERT_EQ(one.ok(), two.ok());
    if (!one.ok()) continue;
    EXPECT_NEAR(one->shortfall_kw, two->shortfall_kw, 1e-6);
    ASSERT_EQ(one->shares.size(), two->shares.size());
    for (std::size_t i = 0; i < one->shares.size(); ++i) {
      EXPECT_NEAR(one->shares[i].fraction, two->shares[i].fraction, 1e-9);
    }
  }
}

}  // namespace
}  // namespace derms::domain
