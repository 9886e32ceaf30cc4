// Held to real data: on weeks held back, forecasts made from what was known before beat persistence, and their bands
// hold what they promise.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_format.h"
#include "libs/forecast/backtest.h"
#include "libs/forecast/testing/demo_series.h"

namespace derms::forecast {
namespace {

using domain::SeriesKind;

struct Held {
  const char* series;
  SeriesKind kind;
  double least_skill;  // below what was found, so that a change for the worse is seen
};

constexpr Held kHeld[] = {
    {"load_kw", SeriesKind::kLoadKw, 0.35},
    {"price_usd_per_kwh", SeriesKind::kPriceUsdPerKwh, 0.02},
    {"grid_co2_kg_per_kwh", SeriesKind::kCarbonKgPerKwh, 0.1},
    {"solar_a", SeriesKind::kAvailabilityShare, 0.05},
    {"solar_b", SeriesKind::kAvailabilityShare, 0.03},
    {"solar_c", SeriesKind::kAvailabilityShare, 0.05},
    {"wind_a", SeriesKind::kAvailabilityShare, 0.05},
    {"wind_b", SeriesKind::kAvailabilityShare, 0.1},
    {"hydro_a", SeriesKind::kAvailabilityShare, 0.02},
    {"hydro_b", SeriesKind::kAvailabilityShare, 0.1},
};

class RealYear : public ::testing::TestWithParam<Held> {};

TEST_P(RealYear, HeldBackWeeksBeatPersistence) {
  const Held& held = GetParam();
  const domain::SeriesPiece series = testing::DemoSeries(held.series, held.kind);
  constexpr int kFirstTestDay = 200, kTestDays = 161;  // 23 weeks of the second half of the year
  const auto found = RunBacktest(series, std::nullopt,
                                 {.test_from = series.starts_at + absl::Hours(24 * kFirstTestDay),
                                  .test_days = kTestDays,
                                  .history_days = kFirstTestDay});
  ASSERT_TRUE(found.ok()) << found.status();
  const auto figures = [](const Score& score) {
    return absl::StrFormat("MAE %.4g, pinball %.4g, coverage %.3f", score.mean_absolute_error, score.pinball_loss,
                           score.coverage);
  };
  SCOPED_TRACE(figures(found->forecast) + " against " + figures(found->persistence));
  RecordProperty("forecast", figures(found->forecast));
  RecordProperty("persistence", figures(found->persistence));
  EXPECT_EQ(found->value_count, 24u * kTestDays);
  EXPECT_GT(found->skill(), held.least_skill);
  EXPECT_LT(found->forecast.pinball_loss, found->persistence.pinball_loss);
  // Bands that do not follow the season hold 74 to 77 % of wind and water; those that cannot tell dusk from night 86 %
  // of the sun.
  EXPECT_NEAR(found->forecast.coverage, 0.8, 0.025);
}

INSTANTIATE_TEST_SUITE_P(Demo, RealYear, ::testing::ValuesIn(kHeld),
                         [](const auto& held) { return std::string(held.param.series); });

}  // namespace
}  // namespace derms::forecast
