#include "services/optimizer/forecast_handlers.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/forecast/backtest.h"
#include "libs/server/find_der.h"
#include "libs/wire/convert_time.h"
#include "services/optimizer/availability_band.h"
#include "services/optimizer/forecast_inputs.h"
#include "services/optimizer/plant_convert.h"

namespace derms::optimizer {
namespace {

constexpr int kDefaultIntervalCount = 24;
constexpr int kDefaultCalibrationDays = 60;
constexpr int kDefaultHistoryDays = 365;
constexpr int kDefaultTestDays = 28;
constexpr int kMostShownTerms = 20;
constexpr std::int64_t kMostTestedValues = 10'000;
constexpr absl::Duration kDay = absl::Hours(24);

int OrDefault(int given, int otherwise) {
  return given > 0 ? given : otherwise;
}

absl::StatusOr<Horizon> HorizonOf(const v1::PredictAvailabilityRequest& request, absl::Time now) {
  Horizon horizon;
  horizon.interval = request.has_interval() ? wire::FromProto(request.interval()) : absl::Hours(1);
  if (!DividesADay(horizon.interval)) return RefusedField("interval", kIntervalRule);
  horizon.interval_count = OrDefault(request.interval_count(), kDefaultIntervalCount);
  horizon.starts_at = request.has_starts_at()
                          ? wire::FromProto(request.starts_at())
                          : absl::UnixEpoch() + absl::Ceil(now - absl::UnixEpoch(), horizon.interval);
  horizon.series_starts_at = horizon.starts_at;
  return horizon;
}

// The days before a horizon, on intervals of its length.
Horizon Before(const Horizon& horizon, int days) {
  Horizon past = horizon;
  past.interval_count = static_cast<int>(kDay / horizon.interval) * days;
  past.starts_at = past.series_starts_at = horizon.starts_at - horizon.interval * past.interval_count;
  return past;
}

absl::StatusOr<SeriesById> Load(store::Queries& queries, const std::vector<std::string>& ids, const Horizon& horizon,
                                absl::Time deadline) {
  ASSIGN_OR_RETURN(auto pieces, queries.LoadSeries(ids, horizon.series_starts_at, horizon.series_ends_at(), deadline));
  SeriesById series;
  for (auto& piece : pieces) {
    std::string id = piece.series_id;
    series.emplace(std::move(id), std::move(piece));
  }
  return series;
}

// What was measured and what the model says of it.
struct Past {
  std::vector<double> shares, measured;
};

absl::StatusOr<Past> PastOf(const SeriesById& series, const std::string& measured_id, const forecast::Plant& plant,
                            const WeatherIds& ids, const Horizon& horizon) {
  const auto measured = series.find(measured_id);
  if (measured == series.end() || measured->second.kind != domain::SeriesKind::kAvailabilityShare) {
    return RefusedField("measured_series_id", "must name a series of kind AVAILABILITY_SHARE");
  }
  return Past{KnownShares(plant, RegionWeather(ids, series, horizon), horizon), AlignKnown(measured->second, horizon)};
}

std::vector<std::string> AssumptionsOf(std::vector<std::string> plant, domain::DerType type,
                                       const RegionWeather& weather) {
  const auto lacks = [&](Quantity quantity, const char* text) {
    const std::vector<Quantity> used = QuantitiesFor(type);
    const bool wanted = std::find(used.begin(), used.end(), quantity) != used.end();
    if (wanted && !weather.has(quantity)) plant.emplace_back(text);
  };
  if (type == domain::DerType::kSolar) {
    if (weather.has(Quantity::kGlobal) && !weather.has(Quantity::kDirect) && !weather.has(Quantity::kDiffuse)) {
      plant.emplace_back("direct and diffuse irradiance follow from the global one (Erbs)");
    }
    lacks(Quantity::kTemperature, "no air temperature is known: 20 C");
    lacks(Quantity::kWindSpeed, "no wind speed is known: 1 m/s cools the modules");
  }
  if (type == domain::DerType::kWind && !(weather.has(Quantity::kPressure) && weather.has(Quantity::kTemperature))) {
    plant.emplace_back("air of standard density, 1.225 kg/m3");
  }
  return plant;
}

v1::ForecastPoint PointWithoutBand(absl::Time starts_at, double share) {
  v1::ForecastPoint point;
  *point.mutable_starts_at() = wire::ToProto(starts_at);
  point.set_p50(share);
  return point;
}

void SetScore(const forecast::Score& score, v1::ForecastScore& out) {
  out.set_mean_absolute_error(score.mean_absolute_error);
  out.set_root_mean_square_error(score.root_mean_square_error);
  out.set_pinball_loss(score.pinball_loss);
  out.set_coverage(score.coverage);
  out.set_mean_width(score.mean_width);
}

struct TestWindow {
  absl::Time from;
  int days = 0;
};

absl::StatusOr<TestWindow> TestWindowOf(const v1::BacktestForecastRequest& request, const store::SeriesInfo& info) {
  const absl::Time until = request.has_test_until() ? wire::FromProto(request.test_until()) : info.ends_at;
  const absl::Time from =
      request.has_test_from() ? wire::FromProto(request.test_from()) : until - kDay * kDefaultTestDays;
  RETURN_IF_ERROR(CheckAligned("test_from", from, info.interval));
  const std::int64_t days = (until - from) / kDay;
  if (days < 1 || days * (kDay / info.interval) > kMostTestedValues) {
    return RefusedField("test_until", absl::StrCat("must lie a day or more after test_from, and at most ",
                                                   kMostTestedValues, " values of the series"));
  }
  return TestWindow{from, static_cast<int>(days)};
}

}  // namespace

absl::StatusOr<v1::PredictAvailabilityResponse> ForecastHandlers::PredictAvailability(
    server::Call& call, const v1::PredictAvailabilityRequest& request) const {
  ASSIGN_OR_RETURN(const auto der, server::FindDer(call, fleet_, request.der_id()));
  const std::shared_ptr<const domain::RegionTree> regions = fleet_.Regions();
  RETURN_IF_ERROR(call.RequireDer(der->ownership(), *regions).status());
  ASSIGN_OR_RETURN(const Horizon horizon, HorizonOf(request, call.now()));
  const GivenPlant given = GivenPlantOf(*der, request);
  ASSIGN_OR_RETURN(DescribedPlant described, PlantOf(*der, given.plant));
  const WeatherIds ids = WeatherIdsFor(request.weather(), der->region_id, *regions, der->type);
  ASSIGN_OR_RETURN(const SeriesById series, Load(queries_, AllOf(ids), horizon, call.deadline()));
  RETURN_IF_ERROR(CheckGiven(request.weather(), series));
  const RegionWeather weather(ids, series, horizon);
  const absl::StatusOr<std::vector<double>> predicted = PredictShares(described.plant, weather, ids, horizon);
  if (!predicted.ok()) {
    call.DoubtMemory();  // the region may have been put a moment ago
    return predicted.status();
  }
  const std::vector<double>& shares = *predicted;

  v1::PredictAvailabilityResponse response;
  response.set_der_id(der->der_id);
  *response.mutable_interval() = wire::ToProto(horizon.interval);
  response.set_plant_source(given.source);
  response.set_method(forecast::MethodOf(described.plant));
  for (auto& text : AssumptionsOf(std::move(described.assumptions), der->type, weather)) response.add_assumptions(text);
  for (const std::string& id : weather.series_ids()) response.add_series_ids(id);
  if (request.measured_series_id().empty()) {
    for (int i = 0; i < horizon.interval_count; ++i) {
      *response.add_points() = PointWithoutBand(horizon.interval_start(i), shares[static_cast<std::size_t>(i)]);
    }
    return response;
  }
  const Horizon before = Before(horizon, OrDefault(request.history_days(), kDefaultCalibrationDays));
  std::vector<std::string> wanted = AllOf(ids);
  wanted.push_back(request.measured_series_id());
  ASSIGN_OR_RETURN(const SeriesById past_series, Load(queries_, wanted, before, call.deadline()));
  ASSIGN_OR_RETURN(const Past past, PastOf(past_series, request.measured_series_id(), described.plant, ids, before));
  const auto slots = static_cast<std::size_t>(kDay / horizon.interval);
  ASSIGN_OR_RETURN(const BandedShares banded, PutBandAround(shares, past.shares, past.measured, slots));
  response.set_method(absl::StrCat(response.method(), "; ", AvailabilityBandMethod()));
  response.set_error_count(static_cast<int>(banded.error_count));
  response.add_series_ids(request.measured_series_id());
  for (int i = 0; i < horizon.interval_count; ++i) {
    *response.add_points() = ToProto(horizon.interval_start(i), banded.points[static_cast<std::size_t>(i)]);
  }
  return response;
}

absl::StatusOr<v1::PredictSeriesResponse> ForecastHandlers::PredictSeries(
    server::Call& call, const v1::PredictSeriesRequest& request) const {
  ASSIGN_OR_RETURN(const auto info, FindForecastable(queries_, request.series_id(), call.deadline()));
  const auto per_day = static_cast<int>(kDay / info.interval);
  const int count = OrDefault(request.interval_count(), per_day);
  if (count > per_day * static_cast<int>(forecast::kMostLeadDays)) {
    return RefusedField("interval_count", "must cover at most a week");
  }
  const absl::Time starts_at = request.has_starts_at()
                                   ? wire::FromProto(request.starts_at())
                                   : absl::UnixEpoch() + absl::Ceil(call.now() - absl::UnixEpoch(), info.interval);
  RETURN_IF_ERROR(CheckAligned("starts_at", starts_at, info.interval));
  const int history_days = OrDefault(request.history_days(), kDefaultHistoryDays);
  ASSIGN_OR_RETURN(const auto past,
                   LoadPast(queries_, info, starts_at - kDay * history_days, starts_at, call.deadline()));
  ASSIGN_OR_RETURN(const auto temperature, LoadTemperature(queries_, request.temperature_series_id(), past,
                                                           starts_at + info.interval * count, call.deadline()));
  ASSIGN_OR_RETURN(
      const forecast::SeriesForecast found,
      forecast::ForecastSeries(past, temperature,
                               {starts_at, static_cast<std::size_t>(count), static_cast<std::size_t>(history_days)}));
  v1::PredictSeriesResponse response;
  response.set_series_id(info.series_id);
  *response.mutable_interval() = wire::ToProto(info.interval);
  for (int i = 0; i < count; ++i) {
    *response.add_points() = ToProto(starts_at + info.interval * i, found.points[static_cast<std::size_t>(i)]);
  }
  response.set_method(SeriesMethod());
  *response.mutable_learned_from() = wire::ToProto(std::max(past.starts_at, info.starts_at));
  response.set_learned_count(static_cast<int>(found.sample_count));
  response.set_error_count(static_cast<int>(found.error_count));
  for (const forecast::Term& term : found.terms) {
    if (response.terms_size() == kMostShownTerms || term.weight == 0) break;
    v1::ForecastTerm& shown = *response.add_terms();
    shown.set_name(term.name);
    shown.set_weight(term.weight);
  }
  return response;
}

absl::StatusOr<v1::BacktestForecastResponse> ForecastHandlers::BacktestForecast(
    server::Call& call, const v1::BacktestForecastRequest& request) const {
  ASSIGN_OR_RETURN(const auto info, FindForecastable(queries_, request.series_id(), call.deadline()));
  ASSIGN_OR_RETURN(const TestWindow window, TestWindowOf(request, info));
  const absl::Time until = window.from + kDay * window.days;
  const int history_days = OrDefault(request.history_days(), kDefaultHistoryDays);
  ASSIGN_OR_RETURN(const auto past,
                   LoadPast(queries_, info, window.from - kDay * history_days, until, call.deadline()));
  ASSIGN_OR_RETURN(const auto temperature,
                   LoadTemperature(queries_, request.temperature_series_id(), past, until, call.deadline()));
  ASSIGN_OR_RETURN(const forecast::Backtest found,
                   forecast::RunBacktest(
                       past, temperature,
                       {window.from, static_cast<std::size_t>(window.days), static_cast<std::size_t>(history_days)}));
  v1::BacktestForecastResponse response;
  response.set_series_id(info.series_id);
  *response.mutable_test_from() = wire::ToProto(window.from);
  *response.mutable_test_until() = wire::ToProto(until);
  response.set_value_count(static_cast<int>(found.value_count));
  SetScore(found.forecast, *response.mutable_forecast());
  SetScore(found.persistence, *response.mutable_persistence());
  response.set_skill(found.skill());
  response.set_method(SeriesMethod());
  return response;
}

}  // namespace derms::optimizer
