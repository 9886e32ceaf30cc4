#include "services/optimizer/robust_reserve.h"

#include <gmock/gmock.h>

#include <cmath>

#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kStart = absl::FromUnixSeconds(1594800000);
const Horizon kTwoHalves{kStart, absl::Hours(12), 2, kStart};  // a day of two intervals

// A series that ends where the horizon begins.
domain::SeriesPiece Past(const std::string& id, std::vector<double> values) {
  const auto begin = kStart - absl::Hours(12) * static_cast<double>(values.size());
  return {id, domain::SeriesKind::kLoadKw, begin, absl::Hours(12), std::move(values)};
}
domain::SeriesPiece Ahead(const std::string& id, std::vector<double> values) {
  return {id, domain::SeriesKind::kLoadKw, kStart, absl::Hours(12), std::move(values)};
}

// Confidence 0.5: three quarters on each side, three errors at least.
RobustSettings Settings() {
  RobustSettings settings;
  settings.confidence = 0.5;
  settings.history_days = 4;
  return settings;
}

const std::vector<UncertainSeries> kLoadAndSun = {{"load", 1, -1}, {"sun", -100, 0}};

TEST(UncertainSeries, AreLoadsAndAvailabilitiesWithTheKilowattsOfTheirErrors) {
  domain::Region area, part;
  area.load_series_id = part.load_series_id = "load";
  BuiltProblem built;
  built.problem.interval_count = 1;
  built.problem.regions.resize(1);
  built.problem.profiles = {{0.5}, {1.0}};
  built.profile_series = {"sun", ""};
  dispatch::Device solar, river;
  solar.kind = dispatch::Renewable{.availability_kw = {.profile = 0, .scale = 80}};
  river.kind = dispatch::Hydro{.availability_kw = {.profile = 1, .scale = 20}};
  built.problem.devices = {solar, river};
  const auto uncertain = UncertainSeriesOf({&area, &part}, built);
  ASSERT_EQ(uncertain.size(), 2u) << "what is always available does not err";
  EXPECT_EQ(uncertain[0].id, "load");
  EXPECT_EQ(uncertain[0].up_kw, 2) << "two regions with this load";
  EXPECT_EQ(uncertain[0].down_kw, -2);
  EXPECT_EQ(uncertain[1].up_kw, -80);
  EXPECT_EQ(uncertain[1].down_kw, 0) << "sun can be turned down";
}

// Errors of the load by day: +10, -20, +4 in the first half; the sun errs against it, so they partly cancel.
TEST(SizeRobustReserve, TakesErrorsOfAllSeriesTogether) {
  const SeriesById history = {{"load", Past("load", {100, 0, 110, 0, 90, 0, 94, 0})},
                              {"sun", Past("sun", {0.5, 0, 0.58, 0, 0.5, 0, 0.5, 0})}};
  const auto need = SizeRobustReserve(Settings(), kLoadAndSun, kTwoHalves, history, {});
  ASSERT_TRUE(need.ok()) << need.status();
  EXPECT_THAT(need->up_kw, ElementsAre(DoubleNear(4, 1e-9), 0)) << "of 10 - 8, -20 + 8, 4 the largest";
  EXPECT_THAT(need->down_kw, ElementsAre(DoubleNear(20, 1e-9), 0)) << "of -10, 20, -4, load alone";
  EXPECT_EQ(need->error_count, 3);
}

TEST(SizeRobustReserve, ASkilledForecastErrsLess) {
  const SeriesById history = {{"load", Past("load", {100, 0, 110, 0, 90, 0, 94, 0})}};
  RobustSettings settings = Settings();
  settings.forecast_skill = 0.6;
  EXPECT_THAT(SizeRobustReserve(settings, {{"load", 1, -1}}, kTwoHalves, history, {})->up_kw,
              ElementsAre(DoubleNear(4, 1e-9), 0));
}

TEST(SizeRobustReserve, TooShortAPastNamesTheSeriesAndWhatIsNeeded) {
  const SeriesById history = {{"load", Past("load", {100, 0, 110, 0, 90, 0, 94, 0})},
                              {"sun", Past("sun", {0.5, 0, 0.5, 0})}};
  const absl::Status status = SizeRobustReserve(Settings(), kLoadAndSun, kTwoHalves, history, {}).status();
  EXPECT_EQ(base::ReasonOf(status), "HISTORY_TOO_SHORT");
  EXPECT_THAT(std::string(status.message()), HasSubstr("needs 3 past errors and interval 0 has 1"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("of sun"));
}

TEST(SizeRobustReserve, GivenQuantilesNeedNoPast) {
  RobustSettings settings = Settings();
  settings.quantiles = {{"load", "load-low", "load-high"}, {"sun", "sun-low", "sun-high"}};
  const SeriesById given = {{"load", Ahead("load", {100, 100})},           {"load-low", Ahead("load-low", {90, 80})},
                            {"load-high", Ahead("load-high", {130, 100})}, {"sun", Ahead("sun", {0.5, 0})},
                            {"sun-low", Ahead("sun-low", {0.1, 0})},       {"sun-high", Ahead("sun-high", {0.9, 0})}};
  auto need = SizeRobustReserve(settings, kLoadAndSun, kTwoHalves, {}, given);
  ASSERT_TRUE(need.ok()) << need.status();
  EXPECT_THAT(need->up_kw, ElementsAre(DoubleNear(30 + 40, 1e-9), 0));
  EXPECT_THAT(need->down_kw, ElementsAre(DoubleNear(10, 1e-9), DoubleNear(20, 1e-9)));
  EXPECT_EQ(need->error_count, std::nullopt);
  settings.dependence = dispatch::ErrorDependence::kIndependent;
  need = SizeRobustReserve(settings, kLoadAndSun, kTwoHalves, {}, given);
  EXPECT_THAT(need->up_kw, ElementsAre(DoubleNear(50, 1e-9), 0));
}

TEST(SizeRobustReserve, QuantilesOfAStrangerOrWithoutSeriesAreRefused) {
  RobustSettings settings = Settings();
  settings.quantiles = {{"load", "load-low", "load-high"}};
  EXPECT_EQ(base::ReasonOf(SizeRobustReserve(settings, {{"load", 1, -1}}, kTwoHalves, {}, {}).status()),
            "SERIES_MISSING");
  settings.quantiles[0].series_id = "price";
  const absl::Status status = SizeRobustReserve(settings, {}, kTwoHalves, {}, {}).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("robust.quantiles[0].series_id must be a load"));
}

}  // namespace
}  // namespace derms::optimizer
