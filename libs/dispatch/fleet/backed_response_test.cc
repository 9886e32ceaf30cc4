// Headroom that energy must back, against a linear program in which it is a column.
#include <gtest/gtest.h>

#include "libs/dispatch/fleet/backing.h"
#include "libs/dispatch/fleet/promised_response.h"
#include "libs/dispatch/fleet/testing/device_cases.h"

namespace derms::dispatch::fleet {
namespace {

using namespace testing::cases;  // NOLINT(google-build-using-namespace)

// Headroom that energy must back, as columns: at most what power leaves and at most what energy carries.
struct BackedProgram {
  LinearProgram lp;
  std::vector<int> energy_rows_up, energy_rows_down;
};
constexpr double kReserveHours = 1.5;

BackedProgram ProgramOf(const StorageTerms& storage, const Series& worth, const Series* wish, double rho,
                        const Series& up, const Series& down) {
  BackedProgram program{StorageProgram(storage, worth, wish, rho), {}, {}};
  LinearProgram& lp = program.lp;
  const Carried carried = Carried::By(storage, kReserveHours);
  const int stride = wish == nullptr ? 3 : 5;  // charge, discharge, energy; two of the deviation
  for (std::size_t t = 0; t < worth.size(); ++t) {
    const int charge = static_cast<int>(t) * stride, discharge = charge + 1, energy = charge + 2;
    const auto add = [&](double price, double sign, double power_kw, double carried_kw_per_kwh, double bound_kwh) {
      const int headroom = lp.AddColumn(-kUnlimited, kUnlimited, -price);
      const int by_power = lp.AddRow(-kUnlimited, power_kw),
                by_energy = lp.AddRow(-kUnlimited, -sign * carried_kw_per_kwh * bound_kwh);
      lp.Add(by_power, headroom, 1.0);
      lp.Add(by_power, discharge, sign);
      lp.Add(by_power, charge, -sign);
      lp.Add(by_energy, headroom, 1.0);
      lp.Add(by_energy, energy, -sign * carried_kw_per_kwh);
      return by_energy;
    };
    program.energy_rows_up.push_back(
        add(up[t], 1.0, storage.discharge_max_kw, carried.up_kw_per_kwh, storage.energy_min_kwh));
    program.energy_rows_down.push_back(
        add(down[t], -1.0, storage.charge_max_kw, carried.down_kw_per_kwh, storage.energy_max_kwh));
  }
  return program;
}

struct BackedCase {
  StorageTerms storage;
  Series worth, up, down;
};
BackedCase RandomBackedCase(Random& random, std::size_t count) {
  BackedCase random_case{RandomStorage(random, count), {}, {}, {}};
  for (std::size_t t = 0; t < count; ++t) {
    random_case.worth.push_back(kHours * random.Uniform(0.1, 0.4));
    random_case.up.push_back(random.Chance(0.5) ? kHours * random.Uniform(0, 0.09) : 0.0);
    random_case.down.push_back(random.Chance(0.3) ? kHours * random.Uniform(0, 0.09) : 0.0);
  }
  return random_case;
}

// Least cost less worth of headroom at prices of the energy terms that are a part of the headroom's.
double SplitValue(const BackedCase& of, BackingPrices split) {
  Series worth = of.worth, holding(worth.size()), power(worth.size());
  double by_power = 0.0;
  for (std::size_t t = 0; t < worth.size(); ++t) {
    worth[t] += of.down[t] - of.up[t];
    by_power += of.up[t] * of.storage.discharge_max_kw + of.down[t] * of.storage.charge_max_kw;
  }
  AddToWorth(split, worth);
  StorageTerms storage = of.storage;
  HoldingOf(storage, kReserveHours, split, holding);
  storage.holding_usd_per_kwh = holding;
  return StorageResponse(worth.size(), kHours).Solve(storage, worth, power) - by_power +
         BackingConstant(storage, kReserveHours, split);
}

TEST(BackedHeadroomTest, AnySplitOfItsPriceProvesABoundAndThatOfTheLinearProgramProvesAll) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const std::size_t count = 4 + seed % 9;
    const BackedCase of = RandomBackedCase(random, count);
    const BackedProgram program = ProgramOf(of.storage, of.worth, nullptr, 0.0, of.up, of.down);
    const auto optimum = SolveWithClp(program.lp, {});
    ASSERT_EQ(optimum.status(), absl::OkStatus());
    const double rounding = 1e-6 * (1.0 + std::abs(optimum->objective));
    BackingPrices dual, any;
    for (std::size_t t = 0; t < count; ++t) {
      dual.up.push_back(-optimum->dual[static_cast<std::size_t>(program.energy_rows_up[t])]);
      dual.down.push_back(-optimum->dual[static_cast<std::size_t>(program.energy_rows_down[t])]);
      any.up.push_back(random.Uniform(0, of.up[t]));
      any.down.push_back(random.Uniform(0, of.down[t]));
    }
    EXPECT_NEAR(SplitValue(of, dual), optimum->objective, rounding);
    EXPECT_LE(SplitValue(of, any), optimum->objective + rounding);
  }
}

TEST(BackedHeadroomTest, EveryFurtherPromiseCostsNoMoreAndThreeAnswersComeNearTheOptimum) {
  double after_one = 0.0, after_three = 0.0, optima = 0.0;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const std::size_t count = 4 + seed % 9;
    const BackedCase of = RandomBackedCase(random, count);
    const StorageTerms& storage = of.storage;
    const double rho = kHours * 0.002;
    Series wish, power(count);
    for (std::size_t t = 0; t < count; ++t) {
      wish.push_back(random.Uniform(-storage.charge_max_kw, storage.discharge_max_kw));
    }
    const Carried carried = Carried::By(storage, kReserveHours);
    const double optimum = LeastCost(ProgramOf(storage, of.worth, &wish, rho, of.up, of.down).lp);
    double before = kUnlimited;
    for (int answers = 1; answers <= 3; ++answers) {
      PromisedResponse(count, kHours, kReserveHours)
          .SolveNear(storage, of.worth, wish, rho, {of.up, of.down}, power, answers);
      ExpectKeepsLimits(storage, power);
      const Series energies = EnergiesOf(storage, power);
      double cost = StorageCost(storage, of.worth, power);
      for (std::size_t t = 0; t < count; ++t) {
        cost += rho * std::abs(power[t] - wish[t]);
        cost -= of.up[t] * std::min(storage.discharge_max_kw - power[t],
                                    carried.up_kw_per_kwh * (energies[t] - storage.energy_min_kwh));
        cost -= of.down[t] * std::min(storage.charge_max_kw + power[t],
                                      carried.down_kw_per_kwh * (storage.energy_max_kwh - energies[t]));
      }
      const double rounding = 1e-7 * (1.0 + std::abs(cost));
      EXPECT_GE(cost, optimum - rounding);
      EXPECT_LE(cost, before + rounding);
      before = cost;
      if (answers == 1) after_one += cost - optimum;
    }
    after_three += before - optimum;
    optima += std::abs(optimum);
  }
  RecordProperty("loss_after_one", std::to_string(after_one / optima));
  RecordProperty("loss_after_three", std::to_string(after_three / optima));
  EXPECT_LE(after_three, 0.5 * after_one);
  EXPECT_LE(after_three, 0.01 * optima);
}

}  // namespace
}  // namespace derms::dispatch::fleet
