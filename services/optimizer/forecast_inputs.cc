#include "services/optimizer/forecast_inputs.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/forecast/error_history.h"
#include "libs/wire/convert_time.h"
#include "services/optimizer/horizon.h"

namespace derms::optimizer {
namespace {

constexpr absl::Duration kShortestInterval = absl::Minutes(5);

absl::Status NoSeries(const std::string& series_id) {
  return base::FailedPrecondition("SERIES_MISSING",
                                  absl::StrCat("series ", series_id, " holds nothing; store it with PutSeries"))
      .Metadata("series_id", series_id);
}

struct GivenId {
  Quantity quantity;
  const char* field;
  const std::string& id;
};

std::vector<GivenId> GivenIds(const v1::WeatherSeries& given) {
  return {{Quantity::kGlobal, "weather.ghi_series_id", given.ghi_series_id()},
          {Quantity::kDirect, "weather.dni_series_id", given.dni_series_id()},
          {Quantity::kDiffuse, "weather.dhi_series_id", given.dhi_series_id()},
          {Quantity::kTemperature, "weather.temperature_series_id", given.temperature_series_id()},
          {Quantity::kWindSpeed, "weather.wind_speed_series_id", given.wind_speed_series_id()},
          {Quantity::kPressure, "weather.pressure_series_id", given.pressure_series_id()},
          {Quantity::kFlow, "weather.flow_series_id", given.flow_series_id()}};
}

}  // namespace

std::string SeriesMethod() {
  return "robust ridge regression, by time of day, of the change against the newest day; " + forecast::BandMethod();
}

std::string AvailabilityBandMethod() {
  return "P50 corrected by the median past error of the time of day; " + forecast::BandMethod();
}

absl::Status RefusedField(const char* field, const std::string& rule) {
  return base::InvalidArgument("INVALID_REQUEST", absl::StrCat(field, " ", rule)).Field(field, rule);
}

absl::StatusOr<store::SeriesInfo> FindForecastable(store::Queries& queries, const std::string& series_id,
                                                   absl::Time deadline) {
  ASSIGN_OR_RETURN(const auto found, queries.ListSeries(series_id, "", 1, deadline));
  if (found.empty() || found[0].stored_count == 0) return NoSeries(series_id);
  if (!DividesADay(found[0].interval) || found[0].interval < kShortestInterval) {
    return RefusedField("series_id", "must name a series whose interval divides a day and is 5 minutes or more");
  }
  return found[0];
}

absl::StatusOr<domain::SeriesPiece> LoadPast(store::Queries& queries, const store::SeriesInfo& info, absl::Time from,
                                             absl::Time until, absl::Time deadline) {
  ASSIGN_OR_RETURN(auto pieces, queries.LoadSeries({info.series_id}, from, until, deadline));
  if (pieces.empty()) return NoSeries(info.series_id);
  return std::move(pieces[0]);
}

absl::StatusOr<std::optional<domain::SeriesPiece>> LoadTemperature(store::Queries& queries,
                                                                   const std::string& temperature_id,
                                                                   const domain::SeriesPiece& series, absl::Time until,
                                                                   absl::Time deadline) {
  if (temperature_id.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(auto pieces, queries.LoadSeries({temperature_id}, series.starts_at, until, deadline));
  if (pieces.empty()) return NoSeries(temperature_id);
  if (pieces[0].kind != domain::SeriesKind::kTemperatureC) {
    return RefusedField("temperature_series_id", "must name a series of kind TEMPERATURE_C");
  }
  const auto count = static_cast<int>((until - series.starts_at) / series.interval);
  domain::SeriesPiece aligned{temperature_id, pieces[0].kind, series.starts_at, series.interval, {}};
  aligned.values = AlignKnown(pieces[0], {series.starts_at, series.interval, count, series.starts_at});
  return aligned;
}

absl::Status CheckAligned(const char* field, absl::Time time, absl::Duration interval) {
  if ((time - absl::UnixEpoch()) % interval == absl::ZeroDuration()) return absl::OkStatus();
  return RefusedField(field, absl::StrCat("must be a multiple of the series' interval, ",
                                          absl::FormatDuration(interval), ", since 1970-01-01T00:00Z"));
}

WeatherIds WeatherIdsFor(const v1::WeatherSeries& given, std::string_view region_id, const domain::RegionTree& regions,
                         domain::DerType type) {
  WeatherIds ids = ConventionalIds(region_id, regions, type);
  for (const GivenId& each : GivenIds(given)) {
    const auto wanted = ids.find(each.quantity);
    if (!each.id.empty() && wanted != ids.end()) wanted->second = {each.id};
  }
  return ids;
}

absl::Status CheckGiven(const v1::WeatherSeries& given, const SeriesById& series) {
  for (const GivenId& each : GivenIds(given)) {
    if (each.id.empty()) continue;
    const auto found = series.find(each.id);
    if (found == series.end()) return NoSeries(each.id);
    if (found->second.kind != KindOf(each.quantity)) {
      return RefusedField(
          each.field, absl::StrCat("must name a series of the kind of ", std::string(QuantityName(each.quantity)), "; ",
                                   each.id, " is another"));
    }
  }
  return absl::OkStatus();
}

v1::ForecastPoint ToProto(absl::Time starts_at, const forecast::ForecastPoint& point) {
  v1::ForecastPoint out;
  *out.mutable_starts_at() = wire::ToProto(starts_at);
  out.set_p50(point.p50);
  out.set_p10(point.p10);
  out.set_p90(point.p90);
  return out;
}

}  // namespace derms::optimizer
