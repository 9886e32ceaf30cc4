#include "services/optimizer/forecast_handlers.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "libs/base/error.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_fleet.h"
#include "libs/wire/convert_time.h"

namespace derms::optimizer {
namespace {

using domain::DerType;
using domain::Role;
using domain::SeriesKind;
using server::testing::CallAs;
using ::testing::_;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Invoke;
using ::testing::Not;

constexpr int kPastDays = 80, kDays = 90;
const absl::Time kYear = absl::FromUnixSeconds(1593561600);  // 2020-07-01, midnight UTC
const absl::Time kStart = kYear + absl::Hours(24 * kPastDays);

// Scaling and weighting of errors, with their constants.
auto SaysHowBandsAreMade() {
  return AllOf(HasSubstr("conformal prediction"), HasSubstr("forecasts of 0 apart"),
               HasSubstr("scaled by the size of the newest errors (half-life 3 days, by time of day 7)"),
               HasSubstr("weighing 0.97 of one a day newer"));
}

// The fleet of the tests (CA > NORTH, SOUTH) and hours of series in place of the store.
class ForecastHandlersTest : public ::testing::Test {
 protected:
  ForecastHandlersTest() {
    ON_CALL(queries_, LoadSeries).WillByDefault(Invoke(this, &ForecastHandlersTest::Load));
    ON_CALL(queries_, ListSeries).WillByDefault(Invoke(this, &ForecastHandlersTest::List));
    EXPECT_CALL(queries_, LoadSeries).Times(::testing::AnyNumber());
    EXPECT_CALL(queries_, ListSeries).Times(::testing::AnyNumber());
    Put("SUN-1", DerType::kSolar);
    Put("BAT-1", DerType::kBattery);
    Store("CA.ghi_w_per_m2", SeriesKind::kIrradianceWPerM2, [](int i) { return 600 + 100 * std::sin(i / 24); });
    Store("load", SeriesKind::kLoadKw, [](int i) { return 100 + 20 * std::sin(i * 0.2618) + 5 * std::sin(i / 24); });
  }

  void Put(std::string id, DerType type) {
    domain::Der der = server::testing::BatteryOf(std::move(id));
    der.type = type;
    der.latitude_deg = 36;
    der.longitude_deg = -120;
    fleet_.PutDer(der);
  }
  void Store(const std::string& id, SeriesKind kind, const std::function<double(int)>& value) {
    domain::SeriesPiece piece{id, kind, kYear, absl::Hours(1), {}};
    for (int i = 0; i < kDays * 24; ++i) piece.values.push_back(value(i));
    stored_[id] = std::move(piece);
  }

  absl::StatusOr<std::vector<domain::SeriesPiece>> Load(const std::vector<std::string>& ids, absl::Time from,
                                                        absl::Time until, absl::Time) {
    std::vector<domain::SeriesPiece> pieces;
    for (const std::string& id : ids) {
      const auto found = stored_.find(id);
      if (found == stored_.end()) continue;
      domain::SeriesPiece piece = found->second;
      piece.values.clear();
      piece.starts_at = from;
      for (absl::Time time = from; time < until; time += piece.interval) {
        const auto at = (time - kYear) / piece.interval;
        const bool there = at >= 0 && at < static_cast<std::int64_t>(found->second.values.size());
        piece.values.push_back(there ? found->second.values[static_cast<std::size_t>(at)] : std::nan(""));
      }
      pieces.push_back(std::move(piece));
    }
    return pieces;
  }
  absl::StatusOr<std::vector<store::SeriesInfo>> List(std::optional<std::string> id, std::string_view, std::size_t,
                                                      absl::Time) {
    const auto found = stored_.find(*id);
    if (found == stored_.end()) return std::vector<store::SeriesInfo>();
    const domain::SeriesPiece& piece = found->second;
    return std::vector<store::SeriesInfo>{{piece.series_id, piece.kind, kYear, kYear + absl::Hours(24 * kDays),
                                           piece.interval, static_cast<std::int64_t>(piece.values.size())}};
  }

  v1::PredictAvailabilityRequest AskFor(const std::string& der_id) const {
    v1::PredictAvailabilityRequest request;
    request.set_der_id(der_id);
    *request.mutable_starts_at() = wire::ToProto(kStart);
    return request;
  }
  absl::StatusOr<v1::PredictAvailabilityResponse> Predict(const v1::PredictAvailabilityRequest& request,
                                                          domain::Caller caller = server::testing::Operator()) {
    server::Call call = CallAs(std::move(caller), {Role::kOperator, Role::kAdmin});
    return handlers_.PredictAvailability(call, request);
  }

  server::testing::TestFleet fleet_;
  ::testing::NiceMock<server::testing::MockQueries> queries_;
  std::map<std::string, domain::SeriesPiece> stored_;
  const ForecastHandlers handlers_{fleet_, queries_};
};

TEST_F(ForecastHandlersTest, PredictsFromTheWeatherOfTheRegionAndSaysWhatItAssumed) {
  const auto found = Predict(AskFor("SUN-1"));
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->points_size(), 24);
  EXPECT_EQ(found->points(8).p50(), 0) << "midnight in California";
  EXPECT_GT(found->points(20).p50(), 0.3) << "noon";
  EXPECT_FALSE(found->points(20).has_p10()) << "there is no past to judge by";
  EXPECT_THAT(found->series_ids(), ElementsAre("CA.ghi_w_per_m2"));
  EXPECT_THAT(found->assumptions(), ::testing::Contains(HasSubstr("no air temperature is known")));
  EXPECT_THAT(found->method(), HasSubstr("PVWatts"));
  EXPECT_EQ(found->plant_source(), v1::PLANT_SOURCE_DEFAULTS);
  EXPECT_TRUE(found->points(8).has_p50()) << "a zero shows";
}

TEST_F(ForecastHandlersTest, GoesByTheStoredPlantUnlessTheRequestBringsOne) {
  const auto usual = Predict(AskFor("SUN-1"));
  domain::Der der = *fleet_.FindDer("SUN-1");
  der.parameters.plant = domain::Plant(domain::SolarPlant{.losses_share = 0.9});
  fleet_.PutDer(der);
  auto request = AskFor("SUN-1");
  const auto stored = Predict(request);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(stored->plant_source(), v1::PLANT_SOURCE_DER);
  EXPECT_LT(stored->points(20).p50(), 0.3 * usual->points(20).p50());
  request.mutable_solar()->set_albedo(0.2);
  const auto given = Predict(request);
  EXPECT_EQ(given->plant_source(), v1::PLANT_SOURCE_REQUEST);
  EXPECT_EQ(given->points(20).p50(), usual->points(20).p50()) << "as a whole: the losses are those of defaults";
}

TEST_F(ForecastHandlersTest, WhatWasMeasuredMakesABand) {
  auto request = AskFor("SUN-1");
  const auto model = Predict(request);
  ASSERT_TRUE(model.ok());
  Store("measured", SeriesKind::kAvailabilityShare, [](int i) { return i % 24 >= 16 ? 0.2 + 0.01 * (i % 7) : 0; });
  request.set_measured_series_id("measured");
  const auto found = Predict(request);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->error_count(), 266) << "60 days, dusk and the four hours before it, where they had sun as well";
  EXPECT_LT(found->points(20).p10(), found->points(20).p50());
  EXPECT_LT(found->points(20).p50(), found->points(20).p90());
  EXPECT_LT(found->points(20).p50(), model->points(20).p50()) << "the plant gives less than the model says";
  EXPECT_EQ(found->points(8).p90(), 0);
  EXPECT_THAT(found->method(), AllOf(HasSubstr("PVWatts"), HasSubstr("P50 corrected"), SaysHowBandsAreMade()));
  EXPECT_THAT(model->method(), Not(SaysHowBandsAreMade()));
}

TEST_F(ForecastHandlersTest, RefusesWhatItCannotTell) {
  EXPECT_EQ(base::ReasonOf(Predict(AskFor("BAT-1")).status()), "NO_FORECAST_MODEL");
  stored_.erase("CA.ghi_w_per_m2");
  EXPECT_EQ(base::ReasonOf(Predict(AskFor("SUN-1")).status()), "SERIES_MISSING");
  auto request = AskFor("SUN-1");
  request.mutable_weather()->set_ghi_series_id("load");
  EXPECT_EQ(base::ReasonOf(Predict(request).status()), "INVALID_REQUEST") << "a load is no irradiance";
  request.mutable_weather()->set_ghi_series_id("nothing");
  EXPECT_EQ(base::ReasonOf(Predict(request).status()), "SERIES_MISSING");
}

TEST_F(ForecastHandlersTest, AnOperatorSeesOnlyItsRegions) {
  EXPECT_TRUE(Predict(AskFor("SUN-1"), server::testing::Operator({"NORTH"})).ok());
  EXPECT_EQ(base::ReasonOf(Predict(AskFor("SUN-1"), server::testing::Operator({"SOUTH"})).status()), "UNAUTHORIZED");
}

TEST_F(ForecastHandlersTest, PredictsASeriesFromItsPast) {
  v1::PredictSeriesRequest request;
  request.set_series_id("load");
  *request.mutable_starts_at() = wire::ToProto(kStart);
  server::Call call = CallAs(server::testing::Operator());
  const auto found = handlers_.PredictSeries(call, request);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->points_size(), 24);
  const auto& actual = stored_["load"].values;
  for (int i = 0; i < 24; ++i) {
    EXPECT_NEAR(found->points(i).p50(), actual[static_cast<std::size_t>(kPastDays * 24 + i)], 6);
    EXPECT_LE(found->points(i).p10(), found->points(i).p50());
  }
  EXPECT_GT(found->terms_size(), 3);
  EXPECT_THAT(found->method(), AllOf(HasSubstr("robust ridge regression"), SaysHowBandsAreMade()));
  EXPECT_EQ(wire::FromProto(found->learned_from()), kYear);
}

TEST_F(ForecastHandlersTest, RefusesHorizonsItCannotSeeOver) {
  v1::PredictSeriesRequest request;
  request.set_series_id("load");
  request.set_interval_count(169);
  server::Call call = CallAs(server::testing::Operator());
  EXPECT_EQ(base::ReasonOf(handlers_.PredictSeries(call, request).status()), "INVALID_REQUEST");
  request.set_interval_count(24);
  *request.mutable_starts_at() = wire::ToProto(kStart + absl::Minutes(10));
  EXPECT_EQ(base::ReasonOf(handlers_.PredictSeries(call, request).status()), "INVALID_REQUEST");
  *request.mutable_starts_at() = wire::ToProto(kYear + absl::Hours(24 * 10));
  EXPECT_EQ(base::ReasonOf(handlers_.PredictSeries(call, request).status()), "HISTORY_TOO_SHORT");
  request.set_series_id("nothing");
  EXPECT_EQ(base::ReasonOf(handlers_.PredictSeries(call, request).status()), "SERIES_MISSING");
}

TEST_F(ForecastHandlersTest, BacktestsTheLastFourWeeksUnlessToldOtherwise) {
  v1::BacktestForecastRequest request;
  request.set_series_id("load");
  server::Call call = CallAs(server::testing::Operator());
  const auto found = handlers_.BacktestForecast(call, request);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->value_count(), 28 * 24);
  EXPECT_EQ(wire::FromProto(found->test_until()), kYear + absl::Hours(24 * kDays));
  EXPECT_GT(found->skill(), 0);
  EXPECT_NEAR(found->skill(), 1 - found->forecast().mean_absolute_error() / found->persistence().mean_absolute_error(),
              1e-12);
  EXPECT_THAT(found->method(), AllOf(HasSubstr("robust ridge regression"), SaysHowBandsAreMade()));
  *request.mutable_test_from() = found->test_until();
  EXPECT_EQ(base::ReasonOf(handlers_.BacktestForecast(call, request).status()), "INVALID_REQUEST");
}

}  // namespace
}  // namespace derms::optimizer
