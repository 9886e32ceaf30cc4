#include "services/optimizer/region_weather.h"

#include <gmock/gmock.h>

#include <limits>

#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

using domain::DerType;
using domain::SeriesKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kNoon = absl::FromUnixSeconds(1594843200);  // 2020-07-15T12:00-08:00
const Horizon kHorizon{kNoon, absl::Hours(1), 2, kNoon};
constexpr double kHole = std::numeric_limits<double>::quiet_NaN();

domain::RegionTree Regions() {
  domain::Region area, part;
  area.region_id = "CA";
  part.region_id = "NORTH";
  part.parent_region_id = "CA";
  return domain::RegionTree({area, part});
}

SeriesById Stored(std::initializer_list<domain::SeriesPiece> pieces) {
  SeriesById series;
  for (const auto& piece : pieces) series.emplace(piece.series_id, piece);
  return series;
}

domain::SeriesPiece Piece(std::string id, SeriesKind kind, std::vector<double> values) {
  return {std::move(id), kind, kNoon, absl::Hours(1), std::move(values)};
}

TEST(ConventionalIds, AreTheRegionsThenThoseOfWhatItIsPartOf) {
  const WeatherIds ids = ConventionalIds("NORTH", Regions(), DerType::kWind);
  EXPECT_THAT(ids.at(Quantity::kWindSpeed), ElementsAre("NORTH.wind_speed_m_per_s", "CA.wind_speed_m_per_s"));
  EXPECT_EQ(ids.count(Quantity::kGlobal), 0u) << "a turbine has no use for it";
  EXPECT_TRUE(ConventionalIds("NORTH", Regions(), DerType::kBattery).empty());
}

TEST(RegionWeather, TakesTheNearestThatHasAValue) {
  const WeatherIds ids = ConventionalIds("NORTH", Regions(), DerType::kWind);
  const SeriesById series = Stored({Piece("NORTH.wind_speed_m_per_s", SeriesKind::kWindSpeedMPerS, {7, kHole}),
                                    Piece("CA.wind_speed_m_per_s", SeriesKind::kWindSpeedMPerS, {3, 4}),
                                    Piece("NORTH.temperature_c", SeriesKind::kTemperatureC, {kHole, kHole}),
                                    Piece("CA.temperature_c", SeriesKind::kTemperatureC, {20, 21}),
                                    Piece("NORTH.pressure_pa", SeriesKind::kLoadKw, {1, 1})});
  const RegionWeather weather(ids, series, kHorizon);
  EXPECT_EQ(weather.At(0).wind_speed_m_per_s, 7);
  EXPECT_FALSE(weather.At(1).wind_speed_m_per_s.has_value()) << "weather of two places is not mixed";
  EXPECT_EQ(weather.At(1).air_c, 21) << "an empty series does not hide the area's";
  EXPECT_FALSE(weather.has(Quantity::kPressure)) << "of another kind";
  EXPECT_THAT(weather.series_ids(), ElementsAre("CA.temperature_c", "NORTH.wind_speed_m_per_s"));
}

TEST(PredictShares, NamesWhatIsLookedForWhenTheWeatherIsUnknown) {
  const WeatherIds ids = ConventionalIds("NORTH", Regions(), DerType::kSolar);
  const RegionWeather nothing(ids, {}, kHorizon);
  const auto shares = PredictShares(forecast::PvPlant{.place = {36, -120}}, nothing, ids, kHorizon);
  EXPECT_EQ(base::ReasonOf(shares.status()), "SERIES_MISSING");
  EXPECT_THAT(std::string(shares.status().message()), HasSubstr("NORTH.ghi_w_per_m2, CA.ghi_w_per_m2"));
}

TEST(PredictShares, ReadsTheSunWhereTheSeriesAreRead) {
  const WeatherIds ids = ConventionalIds("NORTH", Regions(), DerType::kSolar);
  const SeriesById series = Stored({Piece("CA.ghi_w_per_m2", SeriesKind::kIrradianceWPerM2, {900, 600})});
  Horizon rehearsal = kHorizon;
  rehearsal.starts_at = kNoon + absl::Hours(24 * 180 + 12);  // a night of winter, with the weather of July
  const forecast::PvPlant plant{.place = {36, -120}};
  const auto shares = PredictShares(plant, RegionWeather(ids, series, rehearsal), ids, rehearsal);
  ASSERT_TRUE(shares.ok()) << shares.status();
  EXPECT_GT((*shares)[0], (*shares)[1]);
  EXPECT_GT((*shares)[1], 0.4);
}

}  // namespace
}  // namespace derms::optimizer
