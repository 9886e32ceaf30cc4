#include "tests/sim/simulated_der.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace derms::sim {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);
constexpr double kInfinity = std::numeric_limits<double>::infinity();

DerTraits Battery() {
  DerTraits traits{.der_id = "BATT-1", .type = domain::DerType::kBattery, .capacity_kw = 100};
  traits.parameters.ramp_up_kw_per_min = traits.parameters.ramp_down_kw_per_min = kInfinity;
  traits.parameters.energy_capacity_kwh = 400;
  traits.parameters.charge_capacity_kw = 50;
  traits.parameters.initial_energy_kwh = 200;
  return traits;
}

TEST(SimulatedDer, MovesAtItsRampRateUpAndDown) {
  DerTraits traits = Battery();
  traits.parameters.ramp_up_kw_per_min = 60;
  traits.parameters.ramp_down_kw_per_min = 120;
  SimulatedDer der(traits, 1, kStart);
  der.Follow({.power_kw = 40});
  der.Advance(kStart + absl::Seconds(10));
  EXPECT_NEAR(der.power_kw(), 10, 1e-9);
  der.Advance(kStart + absl::Seconds(50));
  EXPECT_NEAR(der.power_kw(), 40, 1e-9);
  EXPECT_TRUE(der.HasReachedTarget());
  der.Follow({.power_kw = 0});
  der.Advance(kStart + absl::Seconds(60));
  EXPECT_NEAR(der.power_kw(), 20, 1e-9);
}

TEST(SimulatedDer, WithoutARampRateNinetyPercentOfTheStepAreDoneAfterTheOpenLoopResponseTime) {
  SimulatedDer der(Battery(), 1, kStart);
  der.Follow({.power_kw = 100});
  der.Advance(kStart + kOpenLoopResponse / 2);
  EXPECT_NEAR(der.power_kw(), 100 * (1 - 1 / std::sqrt(10)), 1e-6);
  der.Advance(kStart + kOpenLoopResponse);
  EXPECT_NEAR(der.power_kw(), 90, 1e-6);
  EXPECT_FALSE(der.HasReachedTarget());
}

TEST(SimulatedDer, EntersServiceAfterItsDelayAndAlongItsRamp) {
  const EnterServiceOptions options{.delay = absl::Seconds(60), .ramp = absl::Seconds(100), .random = {}};
  const EnterService device(options, 1, "BATT-1", 100);
  SimulatedDer der(Battery(), 1, kStart, device);
  der.Follow({.power_kw = 80});
  der.Advance(kStart + absl::Seconds(60));
  EXPECT_TRUE(der.HasReachedTarget()) << "nobody has taken it off the grid yet";
  der.Follow({.power_kw = 0, .connected = false});
  der.Advance(kStart + absl::Seconds(61));
  EXPECT_EQ(der.power_kw(), 0);
  der.Follow({.power_kw = 80});
  const absl::Time enters_at = kStart + absl::Seconds(61) + device.Wait(1);
  der.Advance(enters_at);
  EXPECT_EQ(der.power_kw(), 0);
  EXPECT_FALSE(der.HasReachedTarget());
  EXPECT_FALSE(der.IsStuckShort()) << "it waits";
  der.Advance(enters_at + absl::Seconds(50));
  EXPECT_NEAR(der.power_kw(), 50, 1);
  EXPECT_FALSE(der.IsStuckShort()) << "it rises";
  der.Advance(enters_at + absl::Seconds(100));
  EXPECT_TRUE(der.HasReachedTarget());
  der.Follow({.power_kw = 0});
  der.Follow({.power_kw = 80});
  der.Advance(enters_at + absl::Seconds(130));
  EXPECT_TRUE(der.HasReachedTarget()) << "it was on the grid all the time";
}

TEST(SimulatedDer, HowOftenItIsLookedAtChangesNothing) {
  SimulatedDer often(Battery(), 1, kStart), rarely(Battery(), 1, kStart);
  often.Follow({.power_kw = 70});
  rarely.Follow({.power_kw = 70});
  for (int i = 1; i <= 300; ++i) often.Advance(kStart + i * absl::Milliseconds(100));
  rarely.Advance(kStart + absl::Seconds(30));
  EXPECT_NEAR(often.power_kw(), rarely.power_kw(), 1e-9);
  EXPECT_NEAR(often.energy_kwh(), rarely.energy_kwh(), 1e-2);
}

TEST(SimulatedDer, DisconnectedCeasesAtOnceAndComesBackOverItsRamp) {
  SimulatedDer der(Battery(), 1, kStart);
  der.Follow({.power_kw = 80});
  der.Advance(kStart + absl::Minutes(2));
  der.Follow({.power_kw = 80, .connected = false});
  der.Advance(kStart + absl::Minutes(2) + absl::Seconds(1));
  EXPECT_EQ(der.power_kw(), 0);
  EXPECT_TRUE(der.HasReachedTarget()) << "it is off as told";
  der.Follow({.power_kw = 80});
  der.Advance(kStart + absl::Minutes(2) + absl::Seconds(3));
  EXPECT_GT(der.power_kw(), 0);
  EXPECT_LT(der.power_kw(), 80);
}

TEST(SimulatedDer, InAnIslandItCarriesTheLoadBehindIt) {
  using enum domain::OperatingMode;
  SimulatedDer der(Battery(), 1, kStart);
  der.Follow({.power_kw = 40});
  der.Advance(kStart + absl::Minutes(2));
  const double before_kw = der.power_kw();
  der.Follow({.power_kw = 0, .mode = kIslanded});
  der.Advance(kStart + absl::Minutes(4));
  EXPECT_NEAR(der.power_kw(), before_kw, 0.1);
  der.Follow({.power_kw = 0});
  der.Advance(kStart + absl::Minutes(6));
  EXPECT_NEAR(der.power_kw(), 0, 0.1) << "with the grid again";
  der.Follow({.power_kw = 0, .mode = kBlackStart});
  der.Advance(kStart + absl::Minutes(8));
  EXPECT_NEAR(der.power_kw(), kColdLoadShare * der.traits().capacity_kw, 0.1);
}

TEST(SimulatedDer, EnergyGoesWithTheEfficienciesAndTheStoreEndsWhereItsBandEnds) {
  DerTraits traits = Battery();
  traits.parameters.charge_efficiency = 0.9;
  traits.parameters.discharge_efficiency = 0.8;
  traits.parameters.min_energy_kwh = 190;
  traits.parameters.ramp_up_kw_per_min = traits.parameters.ramp_down_kw_per_min = 1e9;
  SimulatedDer der(traits, 1, kStart);
  der.Follow({.power_kw = -50});
  der.Advance(kStart + absl::Minutes(4));
  const double charged_kwh = der.energy_kwh();
  EXPECT_NEAR(charged_kwh, 200 + 0.9 * 50 * 4 / 60, 0.05);
  der.Follow({.power_kw = 100});
  der.Advance(kStart + absl::Minutes(8));
  EXPECT_NEAR(der.energy_kwh(), charged_kwh - 100 / 0.8 * 4 / 60, 0.05);
  EXPECT_TRUE(der.HasReachedTarget());
  for (int minute = 9; minute < 20; ++minute) der.Advance(kStart + minute * absl::Minutes(1));
  EXPECT_EQ(der.power_kw(), 0);
  EXPECT_NEAR(der.energy_kwh(), 190, 1e-9);
  EXPECT_TRUE(der.IsStuckShort());
}

TEST(SimulatedDer, ChargingEndsWhenTheStoreIsFull) {
  DerTraits traits = Battery();
  traits.parameters.initial_energy_kwh = 399;
  SimulatedDer der(traits, 1, kStart);
  der.Follow({.power_kw = -50});
  der.Advance(kStart + absl::Minutes(4));
  EXPECT_EQ(der.power_kw(), 0);
  EXPECT_NEAR(der.energy_kwh(), 400, 1e-9);
  EXPECT_TRUE(der.IsStuckShort());
}

TEST(SimulatedDer, WhatTheWeatherDoesNotOfferIsOutOfReach) {
  DerTraits traits{.der_id = "PV-1", .type = domain::DerType::kSolar, .capacity_kw = 100};
  traits.parameters.ramp_up_kw_per_min = traits.parameters.ramp_down_kw_per_min = kInfinity;
  SimulatedDer der(traits, 1, absl::FromUnixSeconds(0));
  der.Follow({.power_kw = 80});
  der.Advance(absl::FromUnixSeconds(120));  // midnight at longitude 0
  EXPECT_EQ(der.power_kw(), 0);
  EXPECT_TRUE(der.IsStuckShort());
}

}  // namespace
}  // namespace derms::sim
