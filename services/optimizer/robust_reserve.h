// From a request for robust reserve, with the past of the series, to what the area asks for. Pure: no database, no
// transport. The rules of sizing: libs/dispatch/robust_reserve.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/dispatch/robust_reserve.h"
#include "libs/domain/records.h"
#include "libs/domain/region.h"
#include "services/optimizer/horizon.h"
#include "services/optimizer/problem_builder.h"

namespace derms::optimizer {

// Values between which a series will lie, as series.
struct GivenQuantiles {
  std::string series_id, lower_series_id, upper_series_id;
};

struct RobustSettings {
  double confidence = 0.95;
  absl::Duration sustain = absl::Hours(1);
  int history_days = 60;
  double forecast_skill = 0.0;
  std::optional<double> shortfall_price_usd_per_kwh;
  std::vector<GivenQuantiles> quantiles;
  dispatch::ErrorDependence dependence = dispatch::ErrorDependence::kUnknown;
};

// A series whose forecast errs, with the kW that one unit of its error adds to the errors up and down.
struct UncertainSeries {
  std::string id;
  double up_kw = 0;
  double down_kw = 0;
};
// Loads of the regions and availabilities of the devices in the problem, by id.
std::vector<UncertainSeries> UncertainSeriesOf(const std::vector<const domain::Region*>& regions,
                                               const BuiltProblem& built);

// The intervals before the horizon whose values count as history; only its series_* times mean anything.
Horizon HistoryOf(const Horizon& horizon, const RobustSettings& settings);

struct RobustNeed {
  dispatch::Series up_kw, down_kw;  // by interval of the horizon
  std::optional<int> error_count;   // as in RobustAsk
};

// Errors of the series without given quantiles are taken from `history` all together, so that they count as they came
// at the same time; each series with given quantiles (read from `given`) is a source of its own. FAILED_PRECONDITION
// HISTORY_TOO_SHORT, SERIES_MISSING (of given quantiles); INVALID_ARGUMENT for quantiles of a series that is not
// uncertain.
absl::StatusOr<RobustNeed> SizeRobustReserve(const RobustSettings& settings,
                                             const std::vector<UncertainSeries>& uncertain, const Horizon& horizon,
                                             const SeriesById& history, const SeriesById& given);

}  // namespace derms::optimizer
