#include "libs/domain/stored_carbon.h"

#include <gtest/gtest.h>

#include <random>

namespace derms::domain {
namespace {

TEST(StoredCarbon, MixesWhatComesInWithWhatIsThere) {
  StoredCarbon store(10, 0.2);
  store.Charge(10, 0.6, 1);
  EXPECT_DOUBLE_EQ(store.energy_kwh(), 20);
  EXPECT_DOUBLE_EQ(store.intensity_kg_per_kwh(), 0.4);
  EXPECT_DOUBLE_EQ(store.Discharge(5, 1), 2);
  EXPECT_DOUBLE_EQ(store.intensity_kg_per_kwh(), 0.4) << "taking out does not change the mix";
}

TEST(StoredCarbon, LossesMakeWhatComesOutDirtier) {
  StoredCarbon store(0, 0);
  store.Charge(100, 0.5, 0.9);
  EXPECT_NEAR(store.intensity_kg_per_kwh(), 0.5 / 0.9, 1e-12);
  EXPECT_NEAR(store.Discharge(81, 0.9), 50, 1e-12) << "100 kWh of 0.5 kg came in, 81 kWh carry all of it";
  EXPECT_NEAR(store.energy_kwh(), 0, 1e-12);
}

TEST(StoredCarbon, RunningDownLeavesTheCarbon) {
  StoredCarbon store(10, 0.3);
  store.Lose(4);
  EXPECT_DOUBLE_EQ(store.carbon_kg(), 3);
  EXPECT_DOUBLE_EQ(store.intensity_kg_per_kwh(), 0.5);
  store.Lose(100);
  EXPECT_EQ(store.energy_kwh(), 0);
  EXPECT_EQ(store.intensity_kg_per_kwh(), 0) << "nothing is held";
  store.Charge(10, 0, 1);
  EXPECT_DOUBLE_EQ(store.Discharge(10, 1), 3) << "the next to leave carries it";
}

TEST(StoredCarbon, GivesNoMoreThanItHolds) {
  StoredCarbon store(10, 0.3);
  EXPECT_DOUBLE_EQ(store.Discharge(50, 1), 3);
  EXPECT_EQ(store.Discharge(50, 1), 0);
}

TEST(StoredCarbon, NeitherMakesNorLosesCarbon) {
  std::mt19937 random(4);
  std::uniform_real_distribution<double> any(0, 1);
  StoredCarbon store(50, 0.4);
  double in = 20, out = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double energy = 10 * any(random), intensity = any(random), efficiency = 0.8 + 0.2 * any(random);
    if (any(random) < 0.5) {
      store.Charge(energy, intensity, efficiency);
      in += energy * intensity;
    } else {
      out += store.Discharge(energy, efficiency);
    }
    if (any(random) < 0.1) store.Lose(0.1);
    ASSERT_GE(store.carbon_kg(), -1e-9);
    ASSERT_GE(store.energy_kwh(), 0);
  }
  EXPECT_NEAR(in, out + store.carbon_kg(), 1e-6);
}

}  // namespace
}  // namespace derms::domain
