#include "services/dermsctl/commands/solving_options.h"

#include <algorithm>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/error.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/session.h"

namespace derms::dermsctl {
namespace {

absl::Status AddObjective(const std::string& text, v1::OptimizeResourcesRequest& request) {
  const std::size_t equals = text.find('=');
  double weight = 1;
  if (equals != std::string::npos && !absl::SimpleAtod(text.substr(equals + 1), &weight)) {
    return base::InvalidArgument("INVALID_OBJECTIVE", absl::StrCat("'", text, "': write an objective as cost=1"));
  }
  ASSIGN_OR_RETURN(const v1::Objective objective, ParseWord<v1::Objective>(text.substr(0, equals)));
  auto* entry = request.add_objectives();
  entry->set_objective(objective);
  entry->set_weight(weight);
  return absl::OkStatus();
}

void DeclareRobust(CLI::App& command, RobustOptions& options) {
  AddValue(command, "--robust", options.confidence, "CONFIDENCE",
           "Keep reserve for the errors of the forecasts, so that it suffices in an interval with this probability, as "
           "0.95.");
  AddValue(command, "--sustain", options.sustain, "DURATION",
           "With --robust: storage counts with what it sustains for so long, 0 with its power alone; default 1h.");
  AddValue(command, "--history-days", options.history_days, "N",
           "With --robust: past days whose errors count; default 60.");
  AddValue(command, "--forecast-skill", options.forecast_skill, "SHARE",
           "With --robust: how much better the series are than yesterday's values, 0 to 0.99; default 0.");
  AddValue(command, "--shortfall-price", options.shortfall_price_usd_per_kwh, "USD/KWH",
           "With --robust: price of a missing kW for an hour; default a quarter of that of lost load (up) and of "
           "over-generation (down).");
  AddList(command, "--quantiles", options.quantiles, "SERIES=LOWER,UPPER",
          "With --robust: stored series between which a load or an availability will lie with this confidence, instead "
          "of its past errors.");
  AddFlag(command, "--independent-errors", options.independent_errors,
          "With --quantiles: errors of different series have nothing to do with each other; otherwise they add up.");
}

bool SaysHow(const RobustOptions& options) {
  return !options.sustain.empty() || options.history_days != 0 || options.forecast_skill != 0 ||
         options.shortfall_price_usd_per_kwh >= 0 || !options.quantiles.empty() || options.independent_errors;
}

absl::Status AddQuantiles(const std::string& text, v1::RobustReserve& robust) {
  const std::vector<std::string> sides = absl::StrSplit(text, '=');
  const std::vector<std::string> bounds = absl::StrSplit(sides.back(), ',');
  const bool named = sides.size() == 2 && bounds.size() == 2;
  if (!named || sides[0].empty() || bounds[0].empty() || bounds[1].empty()) {
    return base::InvalidArgument("INVALID_QUANTILES",
                                 absl::StrCat("'", text, "': write ids of series as load_kw=load_low_kw,load_high_kw"));
  }
  auto* entry = robust.add_quantiles();
  entry->set_series_id(sides[0]);
  entry->set_lower_series_id(bounds[0]);
  entry->set_upper_series_id(bounds[1]);
  return absl::OkStatus();
}

absl::Status AddRobust(const RobustOptions& options, v1::OptimizeResourcesRequest& request) {
  if (options.confidence < 0) {
    if (!SaysHow(options)) return absl::OkStatus();
    return base::InvalidArgument("ROBUST_MISSING", "options that say how to be robust need --robust with a confidence");
  }
  v1::RobustReserve& robust = *request.mutable_robust();
  robust.set_confidence(options.confidence);
  if (options.sustain == "0") {
    robust.mutable_sustain()->set_seconds(0);
  } else if (!options.sustain.empty()) {
    ASSIGN_OR_RETURN(const absl::Duration sustain, ParseDuration(options.sustain));
    *robust.mutable_sustain() = ToDurationMessage(sustain);
  }
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();  // the service names its own limit
  robust.set_history_days(static_cast<int>(std::clamp<std::int64_t>(options.history_days, -1, kMost)));
  robust.set_forecast_skill(options.forecast_skill);
  if (options.shortfall_price_usd_per_kwh >= 0) {
    robust.set_shortfall_price_usd_per_kwh(options.shortfall_price_usd_per_kwh);
  }
  for (const std::string& text : options.quantiles) RETURN_IF_ERROR(AddQuantiles(text, robust));
  if (options.independent_errors) robust.set_dependence(v1::ERROR_DEPENDENCE_INDEPENDENT);
  return absl::OkStatus();
}

absl::Status AddGridConditions(const std::string& text, v1::OptimizeResourcesRequest& request) {
  const base::ErrorBuilder wrong = base::InvalidArgument(
      "INVALID_GRID_CONDITIONS",
      absl::StrCat("'", text, "': write them as NORTH:lowest_hz=59.5,lowest_pu=0.95 with names of ",
                   "lowest_hz, highest_hz, lowest_pu, highest_pu"));
  v1::GridConditions& conditions = *request.add_grid_conditions();
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos) conditions.set_region_id(text.substr(0, colon));
  const std::string values = colon == std::string::npos ? text : text.substr(colon + 1);
  for (const std::string& value : std::vector<std::string>(absl::StrSplit(values, ','))) {
    const std::vector<std::string> sides = absl::StrSplit(value, '=');
    double number = 0;
    if (sides.size() != 2 || !absl::SimpleAtod(sides[1], &number)) return wrong;
    if (sides[0] == "lowest_hz") {
      conditions.set_lowest_frequency_hz(number);
    } else if (sides[0] == "highest_hz") {
      conditions.set_highest_frequency_hz(number);
    } else if (sides[0] == "lowest_pu") {
      conditions.set_lowest_voltage_pu(number);
    } else if (sides[0] == "highest_pu") {
      conditions.set_highest_voltage_pu(number);
    } else {
      return wrong;
    }
  }
  return absl::OkStatus();
}

}  // namespace

void DeclareRegion(CLI::App& command, SolvingOptions& options) {
  AddValue(command, "--region", options.region, "REGION", "Area to optimise with its parts; default the only one.");
}

void DeclareSolving(CLI::App& command, SolvingOptions& options) {
  AddList(command, "--objective", options.objectives, "NAME[=WEIGHT]", Choices<v1::Objective>() + "; default cost=1.");
  AddValue(command, "--time-limit", options.time_limit, "DURATION",
           "Answer after this with what there is; default 30s.");
  AddValue(command, "--gap", options.gap, "SHARE", "Stop at this gap; default 0.0001.");
  AddList(command, "--grid-conditions", options.grid_conditions, "[REGION:]NAME=VALUE,...",
          "Frequency and voltage expected in a region and its parts, default the area, as "
          "NORTH:lowest_hz=59.5,lowest_pu=0.95; also highest_hz, highest_pu. The schedule keeps what they ask for.");
  DeclareRobust(command, options.robust);
}

absl::Status FillRequest(const SolvingOptions& options, v1::OptimizeResourcesRequest& request) {
  request.set_region_id(options.region);
  for (const std::string& text : options.objectives) RETURN_IF_ERROR(AddObjective(text, request));
  if (!options.time_limit.empty()) {
    ASSIGN_OR_RETURN(const absl::Duration limit, ParseDuration(options.time_limit));
    *request.mutable_time_limit() = ToDurationMessage(limit);
  }
  if (options.gap >= 0) request.set_gap_tolerance(options.gap);
  for (const std::string& text : options.grid_conditions) RETURN_IF_ERROR(AddGridConditions(text, request));
  return AddRobust(options.robust, request);
}

}  // namespace derms::dermsctl
