// From the fleet, its regions and series to a dispatch problem. Pure: no database, no transport.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/robust_reserve.h"
#include "libs/domain/der.h"
#include "libs/domain/records.h"
#include "libs/domain/region.h"
#include "libs/forecast/plant.h"
#include "services/optimizer/grid_state.h"
#include "services/optimizer/horizon.h"
#include "services/optimizer/region_weather.h"

namespace derms::optimizer {

// A DER as it stands now.
struct FleetMember {
  domain::Der der;
  domain::DerStatus status = domain::DerStatus::kOffline;  // derived
  std::optional<domain::Reading> reading;                  // newest; used only when it is fresh
  std::optional<std::size_t> planned_row;                  // of ProblemInput::planned
  std::optional<std::size_t> water_row;                    // of ProblemInput::water
  std::optional<std::size_t> predicted_row;                // of ProblemInput::predicted
};

struct ExcludedDer {
  std::string der_id;
  std::string reason;  // NOT_ONLINE, MAINTENANCE, EMERGENCY, EXCLUDED_TYPE, SERIES_MISSING
  std::string detail;  // a sentence
};

// Availability that a model says where no series does (predicted_availability.h).
struct PredictedProfile {
  std::string name;                     // no series has such a one
  std::vector<double> share;            // by interval
  std::vector<std::string> series_ids;  // of the weather it was predicted from
  forecast::Plant plant;                // what it was predicted with, and where weather is looked for
  WeatherIds weather;
};

struct ProblemInput {
  std::vector<const domain::Region*> regions;  // the area first, then its parts (RegionTree::WithParts)
  std::vector<FleetMember> fleet;              // active DERs of these regions, by der_id
  std::vector<domain::DerType> excluded_types;
  SeriesById series;                        // covering the horizon where known
  std::vector<PredictedProfile> predicted;  // for DERs that name no series
  domain::PlannedStates planned;            // around the start of the horizon
  domain::PlannedStates water;              // from the day of its start until then
  Horizon horizon;
  absl::Time now;
};

// What a problem asks for beyond an ordinary one when its reserve was sized from the errors of forecasts.
struct RobustAsk {
  double confidence = 0;
  absl::Duration sustain;
  std::optional<int> error_count;   // fewest past errors behind an interval; none: all quantiles were given
  dispatch::ReserveTerms before;    // what the area asks for without it
  bool covers_predictions = false;  // of availability, as far as the weather of the past tells their errors
};

struct BuiltProblem {
  dispatch::Problem problem;                // device i is der_ids[i]
  std::vector<std::string> profile_series;  // by profile: the series, or name of the prediction; empty: always 1
  std::optional<RobustAsk> robust;
  std::vector<std::string> der_ids;
  std::vector<ExcludedDer> excluded;
  std::vector<std::string> predicted_ids;         // DERs whose availability was predicted
  std::vector<std::string> predicted_series_ids;  // from which weather
  int predicted_plant_count = 0;                  // of these DERs, with a plant of their own
  GridState grid;  // BuildProblem knows the inverters, taken for rated like their power; the rest: grid_need.h
};

// Gives a row of the planned states to every DER whose schedule depends on where it comes from; their keys, by row.
std::vector<base::DerKey> KeysOfPlannedRows(std::vector<FleetMember>& fleet);

// The same for ProblemInput::water and those whose energy for a day is limited.
std::vector<base::DerKey> KeysOfWaterRows(std::vector<FleetMember>& fleet);

// Series that a problem over these regions and DERs needs.
std::vector<std::string> NeededSeries(const std::vector<const domain::Region*>& regions,
                                      const std::vector<FleetMember>& fleet);

// FAILED_PRECONDITION SERIES_MISSING when the area's load or price is not known over the whole horizon (a DER whose
// own series is missing is left out instead), NO_ELIGIBLE_DERS when nothing is left.
absl::StatusOr<BuiltProblem> BuildProblem(const ProblemInput& input);

// SHA-256 over everything that decides the answer, hexadecimal: two runs with one digest solved the same problem.
std::string ProblemDigest(const dispatch::Problem& problem);

}  // namespace derms::optimizer
