// What the forecast calls read from the store, and the words of their answers.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "derms/v1/forecast.pb.h"
#include "libs/domain/records.h"
#include "libs/forecast/series_forecast.h"
#include "libs/store/queries.h"
#include "services/optimizer/region_weather.h"

namespace derms::optimizer {

// How PredictSeries and BacktestForecast forecast.
std::string SeriesMethod();
// How PredictAvailability puts a band around what a plant's model says.
std::string AvailabilityBandMethod();

// INVALID_REQUEST: what the rule says of the field is not so.
absl::Status RefusedField(const char* field, const std::string& rule);

// Of a series that a forecast can be made of: its interval divides a day and is 5 minutes or more (INVALID_REQUEST
// otherwise). FAILED_PRECONDITION SERIES_MISSING when it is not there or holds nothing. Blocks.
absl::StatusOr<store::SeriesInfo> FindForecastable(store::Queries& queries, const std::string& series_id,
                                                   absl::Time deadline);

// [from, until) of it; NaN where nothing is stored. Blocks.
absl::StatusOr<domain::SeriesPiece> LoadPast(store::Queries& queries, const store::SeriesInfo& info, absl::Time from,
                                             absl::Time until, absl::Time deadline);

// The air temperature on the intervals of the series; none when `temperature_id` is empty. SERIES_MISSING when it is
// not there, INVALID_REQUEST when it is no temperature. Blocks.
absl::StatusOr<std::optional<domain::SeriesPiece>> LoadTemperature(store::Queries& queries,
                                                                   const std::string& temperature_id,
                                                                   const domain::SeriesPiece& series, absl::Time until,
                                                                   absl::Time deadline);

// `time` is a start of an interval of the series: INVALID_REQUEST naming the field otherwise.
absl::Status CheckAligned(const char* field, absl::Time time, absl::Duration interval);

// The series that hold the weather of a DER: those that the request names, else the conventional ones.
WeatherIds WeatherIdsFor(const v1::WeatherSeries& given, std::string_view region_id, const domain::RegionTree& regions,
                         domain::DerType type);
// INVALID_REQUEST for a named one that is of another kind, SERIES_MISSING for one that does not exist.
absl::Status CheckGiven(const v1::WeatherSeries& given, const SeriesById& series);

v1::ForecastPoint ToProto(absl::Time starts_at, const forecast::ForecastPoint& point);

}  // namespace derms::optimizer
