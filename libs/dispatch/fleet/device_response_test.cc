// Every device's response is exact: CLP, given the same device as a linear program, finds the same least cost.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "libs/dispatch/fleet/hydro_response.h"
#include "libs/dispatch/fleet/storage_response.h"
#include "libs/dispatch/fleet/testing/device_cases.h"
#include "libs/dispatch/fleet/unit_response.h"

namespace derms::dispatch::fleet {
namespace {

using namespace testing::cases;  // NOLINT(google-build-using-namespace)

// The bound that values of stored energy prove, in closed form (docs/dispatch.md, "Certificate").
double ProvenBound(const StorageTerms& storage, const Series& worth, const Series& value) {
  const auto least = [](double slope, double low, double high) { return slope * (slope > 0 ? low : high); };
  double sum = -storage.keep * value[0] * storage.initial_energy_kwh;
  for (std::size_t t = 0; t < worth.size(); ++t) {
    const bool is_last = t + 1 == worth.size();
    const double low =
        is_last ? std::max(storage.energy_min_kwh, storage.final_energy_min_kwh) : storage.energy_min_kwh;
    const double in = worth[t] - value[t] * kHours * storage.charge_efficiency;
    const double out = kHours * storage.wear_usd_per_kwh - worth[t] + value[t] * kHours / storage.discharge_efficiency;
    sum += std::min(least(in, 0, storage.charge_max_kw), least(out, 0, storage.discharge_max_kw));
    const double holding = storage.holding_usd_per_kwh.empty() ? 0.0 : storage.holding_usd_per_kwh[t];
    sum += least(value[t] - (is_last ? 0.0 : storage.keep * value[t + 1]) - holding, low, storage.energy_max_kwh);
  }
  return sum;
}

TEST(StorageResponseTest, IsTheLeastCostOfTheLinearProgramAndItsValuesProveIt) {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const std::size_t count = 4 + seed % 13;
    StorageTerms storage = RandomStorage(random, count);
    const Series worth = RandomWorth(random, count);
    Series power(count), value(count), holding;
    if (seed % 2 == 0) {  // energy earns, or costs, by being there
      for (std::size_t t = 0; t < count; ++t) holding.push_back(random.Chance(0.5) ? random.Uniform(-0.05, 0.1) : 0.0);
      storage.holding_usd_per_kwh = holding;
    }
    const double least = StorageResponse(count, kHours).Solve(storage, worth, power);
    const double tolerance = 1e-7 * (1.0 + std::abs(least));
    ASSERT_NEAR(least, LeastCost(StorageProgram(storage, worth, nullptr, 0.0)), tolerance);
    ExpectKeepsLimits(storage, power);
    EXPECT_GE(StorageCost(storage, worth, power), least - tolerance);
    if (*std::min_element(worth.begin(), worth.end()) >= 0.0) {
      EXPECT_NEAR(StorageCost(storage, worth, power), least, tolerance);
    }
    StorageMultipliers(storage, kHours, worth, power, value);
    EXPECT_LE(ProvenBound(storage, worth, value), least + tolerance);
    EXPECT_NEAR(ProvenBound(storage, worth, value), least, 1e-6 * (1.0 + std::abs(least)));
  }
}

TEST(StorageResponseTest, NearAWishIsTheLeastCostWithItsPrice) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const std::size_t count = 4 + seed % 9;
    const StorageTerms storage = RandomStorage(random, count);
    Series worth = RandomWorth(random, count), wish, power(count);
    const double rho = kHours * random.Uniform(0, 0.02);
    for (double& price : worth) price = std::abs(price) + rho;  // concave: as exact as without a wish
    for (std::size_t t = 0; t < count; ++t) {
      wish.push_back(random.Uniform(-storage.charge_max_kw, storage.discharge_max_kw));
    }
    StorageResponse(count, kHours).SolveNear(storage, worth, wish, rho, power);
    ExpectKeepsLimits(storage, power);
    double cost = StorageCost(storage, worth, power);
    for (std::size_t t = 0; t < count; ++t) cost += rho * std::abs(power[t] - wish[t]);
    EXPECT_NEAR(cost, LeastCost(StorageProgram(storage, worth, &wish, rho)), 1e-7 * (1.0 + std::abs(cost)));
  }
}

struct UnitCase {
  UnitTerms terms;
  std::vector<float> kw, usd;
};

UnitCase RandomUnit(Random& random) {
  UnitCase unit;
  unit.terms.min_kw = random.Uniform(0, 3);
  unit.terms.max_kw = unit.terms.min_kw;
  double price = random.Uniform(0.02, 0.15);
  const int pieces = 1 + static_cast<int>(random.Uniform(0, 4));
  for (int k = 0; k < pieces; ++k) {
    unit.kw.push_back(static_cast<float>(random.Uniform(0.5, 4)));
    unit.usd.push_back(static_cast<float>(price));
    unit.terms.max_kw += static_cast<double>(unit.kw.back());
    price += random.Uniform(0, 0.1);
  }
  const double range = unit.terms.max_kw - unit.terms.min_kw;
  unit.terms.ramp_up_kw = random.Chance(0.2) ? range : range * random.Uniform(0.05, 0.6);
  unit.terms.ramp_down_kw = random.Chance(0.2) ? range : range * random.Uniform(0.05, 0.6);
  unit.terms.initial_kw = random.Chance(0.2) ? std::numeric_limits<double>::quiet_NaN()
                                             : random.Uniform(unit.terms.min_kw, unit.terms.max_kw);
  unit.terms.cost_at_min_usd_per_hour = random.Uniform(0, 1);
  return unit;
}

// Least cost - worth p + rho |p - wish| over the unit's rules.
LinearProgram ProgramOf(const UnitTerms& terms, const Series& worth, const Series& wish, double rho) {
  LinearProgram lp;
  int before = -1;
  for (std::size_t t = 0; t < worth.size(); ++t) {
    const int power = lp.AddColumn(terms.min_kw, terms.max_kw, -worth[t]);
    const int sum = lp.AddRow(terms.min_kw, terms.min_kw);
    lp.Add(sum, power, 1);
    for (std::size_t k = 0; k < terms.piece_kw.size(); ++k) {
      const double high = static_cast<double>(terms.piece_kw[k]) + 1e-9;
      lp.Add(sum, lp.AddColumn(0, high, kHours * static_cast<double>(terms.piece_usd_per_kwh[k])), -1);
    }
    lp.constant += kHours * terms.cost_at_min_usd_per_hour;
    if (t > 0 || !terms.starts_anywhere()) {
      const double from = t == 0 ? terms.initial_kw : 0.0;
      const int ramp = lp.AddRow(from - terms.ramp_down_kw, from + terms.ramp_up_kw);
      lp.Add(ramp, power, 1);
      if (t > 0) lp.Add(ramp, before, -1);
    }
    if (rho > 0.0) {
      const int deviation = lp.AddRow(wish[t], wish[t]);
      lp.Add(deviation, power, 1);
      lp.Add(deviation, lp.AddColumn(0, kUnlimited, rho), -1);
      lp.Add(deviation, lp.AddColumn(0, kUnlimited, rho), 1);
    }
    before = power;
  }
  return lp;
}

TEST(UnitResponseTest, FollowsAWishAsFarAsItPays) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const std::size_t count = 3 + seed % 12;
    UnitCase unit = RandomUnit(random);
    UnitTerms& terms = unit.terms;
    terms.piece_kw = unit.kw;
    terms.piece_usd_per_kwh = unit.usd;
    const Series worth = RandomWorth(random, count);
    Series wish(count), power(count);
    for (double& kw : wish) kw = random.Uniform(terms.min_kw - 1.0, terms.max_kw + 1.0);
    const double rho = random.Uniform(0.001, 0.05);
    double cost = UnitResponse(count, kHours).SolveNear(terms, worth, wish, rho, power);
    for (std::size_t t = 0; t < count; ++t) cost += rho * std::abs(power[t] - wish[t]) - worth[t] * power[t];
    ASSERT_NEAR(cost, LeastCost(ProgramOf(terms, worth, wish, rho)), 1e-6 * (1.0 + std::abs(cost)));
  }
}

TEST(UnitResponseTest, IsTheLeastCostOfTheLinearProgramAndItsRampPricesProveIt) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const std::size_t count = 3 + seed % 12;
    UnitCase unit = RandomUnit(random);
    UnitTerms& terms = unit.terms;
    terms.piece_kw = unit.kw;
    terms.piece_usd_per_kwh = unit.usd;
    const Series worth = RandomWorth(random, count);
    Series power(count), ramp(count);
    double cost = UnitResponse(count, kHours).Solve(terms, worth, power);
    for (std::size_t t = 0; t < count; ++t) cost -= worth[t] * power[t];
    ASSERT_NEAR(cost, LeastCost(ProgramOf(terms, worth, {}, 0.0)), 1e-6 * (1.0 + std::abs(cost)));
    UnitMultipliers(terms, kHours, worth, power, ramp);
    double bound = terms.starts_anywhere() ? 0.0 : -ramp[0] * terms.initial_kw;
    for (std::size_t t = 0; t < count; ++t) {
      const double slope = ramp[t] - (t + 1 < count ? ramp[t + 1] : 0.0) - worth[t];
      double least = kUnlimited, at = terms.min_kw;
      for (std::size_t k = 0; k <= unit.kw.size(); ++k) {
        least = std::min(least, kHours * terms.CostUsdPerHour(at) + slope * at);
        if (k < unit.kw.size()) at += static_cast<double>(unit.kw[k]);
      }
      bound += least - std::max(ramp[t], 0.0) * terms.ramp_up_kw - std::max(-ramp[t], 0.0) * terms.ramp_down_kw;
    }
    EXPECT_LE(bound, cost + 1e-7 * (1.0 + std::abs(cost)));
    EXPECT_NEAR(bound, cost, 1e-6 * (1.0 + std::abs(cost)));
  }
}

TEST(HydroResponseTest, IsTheLeastCostOfTheLinearProgram) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const std::size_t count = 3 + seed % 12;
    Series profile, wish;
    for (std::size_t t = 0; t < count; ++t) profile.push_back(random.Uniform(0.3, 1));
    const double capacity = random.Uniform(2, 10), low = 0.2 * capacity;
    const double budget =
        random.Chance(0.2) ? kUnlimited : kHours * static_cast<double>(count) * random.Uniform(low, capacity);
    const HydroTerms hydro{low, capacity, budget, random.Uniform(0, 0.02), profile};
    const Series worth = RandomWorth(random, count);
    const double rho = random.Chance(0.5) ? kHours * random.Uniform(0, 0.05) : 0.0;
    LinearProgram lp;
    const int row = std::isfinite(budget) ? lp.AddRow(-kUnlimited, budget) : -1;
    for (std::size_t t = 0; t < count; ++t) {
      wish.push_back(random.Uniform(low, capacity * profile[t]));
      const int power = lp.AddColumn(low, capacity * profile[t], kHours * hydro.marginal_cost_usd_per_kwh - worth[t]);
      if (row >= 0) lp.Add(row, power, kHours);
      if (rho > 0.0) AddDeviation(lp, {{power, 1.0}}, wish[t], rho);
    }
    Series power(count);
    HydroResponse response(count, kHours);
    double cost = rho > 0.0 ? response.SolveNear(hydro, worth, wish, rho, power) : response.Solve(hydro, worth, power);
    for (std::size_t t = 0; t < count; ++t) cost += rho * std::abs(power[t] - wish[t]) - worth[t] * power[t];
    ASSERT_NEAR(cost, LeastCost(lp), 1e-7 * (1.0 + std::abs(cost)));
  }
}

}  // namespace
}  // namespace derms::dispatch::fleet
