// Random devices and prices, and a storage as a linear program: what tests of responses are made of.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "libs/dispatch/clp_engine.h"
#include "libs/dispatch/fleet/storage_response.h"

namespace derms::dispatch::fleet::testing::cases {

inline constexpr double kHours = 0.25;

// splitmix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  double Uniform(double low, double high) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return low + (high - low) * static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
  }
  bool Chance(double probability) { return Uniform(0, 1) < probability; }

 private:
  std::uint64_t state_;
};

// Worth of a kW: noise, or few levels with many ties; sometimes negative.
inline Series RandomWorth(Random& random, std::size_t count) {
  Series worth;
  const bool ties = random.Chance(0.5), negative = random.Chance(0.4);
  for (std::size_t t = 0; t < count; ++t) {
    double price = random.Uniform(negative ? -0.9 : 0.0, 0.4);
    if (ties) price = std::round(price * 5.0) / 5.0;
    worth.push_back(kHours * price);
  }
  return worth;
}

inline double LeastCost(const LinearProgram& program) {
  const auto result = SolveWithClp(program, {});
  EXPECT_EQ(result.status(), absl::OkStatus());
  EXPECT_EQ(result->status, EngineStatus::kOptimal);
  return result->objective;
}

// |power - wish| of column `power` costs rho.
inline void AddDeviation(LinearProgram& lp, std::vector<std::pair<int, double>> power, double wish, double rho) {
  const int row = lp.AddRow(wish, wish);
  for (const auto& [column, sign] : power) lp.Add(row, column, sign);
  lp.Add(row, lp.AddColumn(0.0, kUnlimited, rho), -1.0);
  lp.Add(row, lp.AddColumn(0.0, kUnlimited, rho), 1.0);
}

inline StorageTerms RandomStorage(Random& random, std::size_t count) {
  StorageTerms storage{};
  storage.charge_max_kw = random.Uniform(1, 10);
  storage.discharge_max_kw = random.Uniform(1, 10);
  storage.energy_max_kwh = random.Uniform(2, 30);
  storage.energy_min_kwh = storage.energy_max_kwh * random.Uniform(0, 0.2);
  storage.initial_energy_kwh = random.Uniform(storage.energy_min_kwh, storage.energy_max_kwh);
  storage.charge_efficiency = random.Uniform(0.8, 1);
  storage.discharge_efficiency = random.Uniform(0.8, 1);
  storage.keep = random.Chance(0.3) ? random.Uniform(0.97, 1) : 1.0;
  storage.wear_usd_per_kwh = random.Chance(0.3) ? 0.0 : random.Uniform(0, 0.05);
  // What can still be reached: all losses made up first.
  double reachable = storage.initial_energy_kwh;
  for (std::size_t t = 0; t < count; ++t) {
    reachable = std::min(storage.keep * reachable + kHours * storage.charge_efficiency * storage.charge_max_kw,
                         storage.energy_max_kwh);
  }
  storage.final_energy_min_kwh = reachable * random.Uniform(0, 1);
  const double lasting = storage.energy_max_kwh * (1.0 - storage.keep);  // what holding any level costs
  if (lasting > kHours * storage.charge_efficiency * storage.charge_max_kw) storage.keep = 1.0;
  return storage;
}

// One direction at a time is, as a convex hull, charge/max + discharge/max <= 1.
inline LinearProgram StorageProgram(const StorageTerms& storage, const Series& worth, const Series* wish, double rho) {
  LinearProgram lp;
  int before = -1;
  for (std::size_t t = 0; t < worth.size(); ++t) {
    const bool is_last = t + 1 == worth.size();
    const int charge = lp.AddColumn(0, storage.charge_max_kw, worth[t]);
    const int discharge = lp.AddColumn(0, storage.discharge_max_kw, kHours * storage.wear_usd_per_kwh - worth[t]);
    const double low =
        is_last ? std::max(storage.energy_min_kwh, storage.final_energy_min_kwh) : storage.energy_min_kwh;
    const double holding = storage.holding_usd_per_kwh.empty() ? 0.0 : storage.holding_usd_per_kwh[t];
    const int energy = lp.AddColumn(low, storage.energy_max_kwh, -holding);
    const double start = t == 0 ? storage.keep * storage.initial_energy_kwh : 0.0;
    const int row = lp.AddRow(start, start);
    lp.Add(row, energy, 1);
    lp.Add(row, charge, -kHours * storage.charge_efficiency);
    lp.Add(row, discharge, kHours / storage.discharge_efficiency);
    if (before >= 0) lp.Add(row, before, -storage.keep);
    before = energy;
    const int one_way = lp.AddRow(-kUnlimited, 1);
    lp.Add(one_way, charge, 1 / storage.charge_max_kw);
    lp.Add(one_way, discharge, 1 / storage.discharge_max_kw);
    if (wish != nullptr) AddDeviation(lp, {{discharge, 1.0}, {charge, -1.0}}, (*wish)[t], rho);
  }
  return lp;
}

// At the end of each interval.
inline Series EnergiesOf(const StorageTerms& storage, const Series& power) {
  Series energies;
  double energy = storage.initial_energy_kwh;
  for (double kw : power) {
    energy = storage.keep * energy + kHours * storage.charge_efficiency * std::max(-kw, 0.0) -
             kHours * std::max(kw, 0.0) / storage.discharge_efficiency;
    energies.push_back(energy);
  }
  return energies;
}

inline double StorageCost(const StorageTerms& storage, const Series& worth, const Series& power) {
  double cost = 0.0;
  const Series energies = EnergiesOf(storage, power);
  for (std::size_t t = 0; t < worth.size(); ++t) {
    cost += kHours * storage.wear_usd_per_kwh * std::max(power[t], 0.0) - worth[t] * power[t];
    if (!storage.holding_usd_per_kwh.empty()) cost -= storage.holding_usd_per_kwh[t] * energies[t];
  }
  return cost;
}

inline void ExpectKeepsLimits(const StorageTerms& storage, const Series& power) {
  const double small = 1e-9 * (1.0 + storage.energy_max_kwh);
  const Series energies = EnergiesOf(storage, power);
  for (std::size_t t = 0; t < power.size(); ++t) {
    EXPECT_LE(power[t], storage.discharge_max_kw + small);
    EXPECT_GE(power[t], -storage.charge_max_kw - small);
    EXPECT_LE(energies[t], storage.energy_max_kwh + small);
    EXPECT_GE(energies[t], storage.energy_min_kwh - small);
  }
  EXPECT_GE(energies.back(), storage.final_energy_min_kwh - small);
}

}  // namespace derms::dispatch::fleet::testing::cases
