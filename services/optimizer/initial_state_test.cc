// Specification of the state at the start of a horizon, as tables of what is known and what follows from it.
#include "services/optimizer/initial_state.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace derms::optimizer {
namespace {

const absl::Time kNoon = absl::FromUnixSeconds(1'600'000'000 / 86400 * 86400 + 43200);
constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

absl::Time At(double minutes) {
  return kNoon + absl::Minutes(minutes);
}

// Slots of a quarter of an hour from 11:45 on, which is quarter 0; the horizon begins at 12:15, after quarter 1.
domain::PlannedStates Quarters(std::vector<float> power_kw, std::vector<float> energy_kwh) {
  domain::PlannedStates planned;
  for (std::size_t i = 0; i <= power_kw.size(); ++i) planned.bounds.push_back(At(15.0 * static_cast<double>(i) - 15));
  planned.power_kw = std::move(power_kw);
  planned.state_of_charge_kwh = std::move(energy_kwh);
  return planned;
}

const absl::Time kStart = At(15);

// 100 kWh, of which 20 stay in; charging loses a tenth, discharging a fifth; 50 when it begins to work.
domain::EffectiveParameters Battery() {
  domain::EffectiveParameters parameters;
  parameters.energy_capacity_kwh = 100;
  parameters.min_energy_kwh = 20;
  parameters.initial_energy_kwh = 50;
  parameters.charge_efficiency = 0.9;
  parameters.discharge_efficiency = 0.8;
  return parameters;
}

struct EnergyRow {
  const char* what;
  std::optional<double> measured_at_min;  // minutes after noon; none: no fresh reading
  std::optional<double> measured_kwh;
  domain::PlannedStates planned;
  double initial_kwh;
};

TEST(InitialEnergy, IsTheMeasuredOneMovedAlongTheSchedule) {
  const std::vector<float> unknown = {kNone, kNone};
  const std::vector<EnergyRow> rows = {
      {"nothing known: the parameters", {}, {}, {}, 50},
      {"a reading alone", 5, 70, {}, 70},
      {"a reading below the band starts at its edge", 5, 3, {}, 20},
      {"a reading above it too", 5, 101, {}, 100},
      {"a reading without a charge is none", 5, {}, {}, 50},
      {"discharging 16 kW takes 20 kW out", 0, 70, Quarters({0, 16}, unknown), 65},
      {"charging -20 kW brings 18 kW in", 0, 70, Quarters({0, -20}, unknown), 74.5},
      {"within a quarter it is linear", 7.5, 70, Quarters({0, 16}, unknown), 67.5},
      {"from one quarter into the next", -7.5, 70, Quarters({-20, 16}, unknown), 70 + 2.25 - 5},
      {"what is planned after the start does not count", 0, 70, Quarters({0, 16, 99}, {kNone, kNone, kNone}), 65},
      {"measured at the start or after", 15, 70, Quarters({16, 16, 16}, {kNone, kNone, kNone}), 70},
      {"where nothing is planned it stays", 0, 70, Quarters({16, kNone}, unknown), 70},
      {"full is full", 0, 99, Quarters({0, -40}, unknown), 100},
      {"empty is empty", 0, 21, Quarters({0, 40}, unknown), 20},
      {"full on the way, then discharging", -15, 99, Quarters({-40, 16}, unknown), 95},
      {"the reading counts more than the plan's own energy", 0, 70, Quarters({0, 16}, {90, 85}), 65},
      {"a schedule alone: its energy at the start", {}, {}, Quarters({0, 16}, {40, 35}), 35},
      {"the interval goes on beyond the start: back from its end",
       {},
       {},
       Quarters({16, 16, 16}, {kNone, kNone, 30}),
       35},
      {"the schedule ended before the start", {}, {}, Quarters({0, kNone}, {40, kNone}), 40},
      {"the run in force at the start, not the one before", {}, {}, Quarters({0, 16, 16}, {90, kNone, 30}), 35},
      {"a new schedule follows on an old one", {}, {}, Quarters({0, -20}, {40, kNone}), 44.5},
      {"a plan below the band starts at its edge", {}, {}, Quarters({0, 16}, {kNone, 19}), 20},
  };
  for (const EnergyRow& row : rows) {
    domain::Reading reading;
    Evidence evidence;
    if (row.measured_at_min) {
      reading.measured_at = At(*row.measured_at_min);
      reading.state_of_charge_kwh = row.measured_kwh;
      evidence.reading = &reading;
    }
    if (!row.planned.bounds.empty()) evidence.planned = &row.planned;
    EXPECT_NEAR(InitialEnergyKwh(evidence, Battery(), kStart), row.initial_kwh, 1e-9) << row.what;
  }
}

struct PowerRow {
  const char* what;
  std::optional<double> measured_at_min;
  std::optional<double> measured_kw;
  domain::PlannedStates planned;
  std::optional<double> initial_kw;
};

TEST(InitialPower, IsTheMeasuredOnePlusTheChangeThatIsPlanned) {
  const std::vector<float> none = {kNone, kNone, kNone};
  const std::vector<PowerRow> rows = {
      {"nothing known", {}, {}, {}, {}},
      {"a reading alone", 5, 40, {}, 40},
      {"a schedule alone: the interval before the start", {}, {}, Quarters({10, 30, 60}, none), 30},
      {"a reading without power is none", 5, {}, Quarters({10, 30, 60}, none), 30},
      {"measured in the interval before the start", 5, 28, Quarters({10, 30, 60}, none), 28},
      {"measured before the schedule rose: it follows", -5, 8, Quarters({10, 30, 60}, none), 28},
      {"measured at the start", 15, 40, Quarters({10, 30, 60}, none), 40},
      {"it stood still when measured and is planned to", -5, 0, Quarters({0, 0, 60}, none), 0},
      {"it was off when measured and is switched on before", -5, 0, Quarters({0, 30, 60}, none), 30},
      {"nothing planned when it was measured", -5, 40, Quarters({kNone, 30, 60}, none), 40},
      {"nothing planned before the start", 5, 40, Quarters({10, kNone, 60}, none), 40},
  };
  for (const PowerRow& row : rows) {
    domain::Reading reading;
    Evidence evidence;
    if (row.measured_at_min) {
      reading.measured_at = At(*row.measured_at_min);
      reading.power_kw = row.measured_kw;
      evidence.reading = &reading;
    }
    if (!row.planned.bounds.empty()) evidence.planned = &row.planned;
    EXPECT_EQ(InitialPowerKw(evidence, kStart), row.initial_kw) << row.what;
  }
}

TEST(InitialState, EachDerHasItsOwnRow) {
  domain::PlannedStates planned = Quarters({0, 0}, {kNone, 40});
  planned.power_kw.insert(planned.power_kw.end(), {5, 6});
  planned.state_of_charge_kwh.insert(planned.state_of_charge_kwh.end(), {kNone, 60});
  EXPECT_EQ(InitialEnergyKwh({.planned = &planned, .planned_row = 1}, Battery(), kStart), 60);
  EXPECT_EQ(InitialPowerKw({.planned = &planned, .planned_row = 1}, kStart), 6);
  EXPECT_EQ(InitialEnergyKwh({.planned = &planned, .planned_row = 0}, Battery(), kStart), 40);
}

TEST(InitialState, OnlyAHorizonThatStartsNearNowBeginsWithWhatIsNow) {
  const Horizon horizon{kStart, absl::Hours(1), 24, kStart};
  EXPECT_TRUE(StartsNear(horizon, kStart - absl::Hours(1)));
  EXPECT_TRUE(StartsNear(horizon, kStart + absl::Hours(1)));
  EXPECT_FALSE(StartsNear(horizon, kStart - absl::Hours(1) - absl::Seconds(1)));
  EXPECT_FALSE(StartsNear(horizon, kStart + absl::Hours(24)));
}

TEST(InitialState, AFreshReadingIsValidAndOfTheLastQuarterOfAnHour) {
  domain::Reading reading{.measured_at = kNoon};
  EXPECT_TRUE(IsFresh(reading, kNoon + absl::Minutes(15)));
  EXPECT_FALSE(IsFresh(reading, kNoon + absl::Minutes(15) + absl::Microseconds(1)));
  reading.quality = domain::ReadingQuality::kEstimated;
  EXPECT_TRUE(IsFresh(reading, kNoon));
  for (const auto quality : {domain::ReadingQuality::kInvalid, domain::ReadingQuality::kStale}) {
    reading.quality = quality;
    EXPECT_FALSE(IsFresh(reading, kNoon));
  }
}

}  // namespace
}  // namespace derms::optimizer
