#include "services/optimizer/grid_run.h"

#include <algorithm>
#include <utility>

#include "libs/base/error.h"
#include "libs/domain/rollup.h"
#include "services/optimizer/der_curves.h"
#include "services/optimizer/grid_need.h"
#include "services/optimizer/initial_state.h"
#include "services/optimizer/measured_grid.h"

namespace derms::optimizer {
namespace {

constexpr absl::Duration kMeasuredBefore = absl::Hours(1);

std::vector<base::DerKey> KeysOf(const std::vector<FleetMember>& fleet) {
  std::vector<base::DerKey> keys;
  keys.reserve(fleet.size());
  for (const FleetMember& member : fleet) keys.push_back(base::DerKeyOf(member.der.der_id));
  return keys;
}

// Of a run that serves the grid: how its DERs answer it goes into `built`.
absl::StatusOr<std::vector<GridExtremes>> LookThoroughly(const ProblemInput& input,
                                                         const gridcode::ProfileShelf& profiles,
                                                         store::Queries& queries, absl::Time deadline,
                                                         BuiltProblem& built) {
  const std::vector<base::DerKey> keys = KeysOf(input.fleet);
  ASSIGN_OR_RETURN(const auto settings, queries.LoadGridSettings(keys, deadline));
  RETURN_IF_ERROR(UseGridSettings(settings, profiles, built));
  const absl::Time at = std::min(input.now, input.horizon.starts_at);
  ASSIGN_OR_RETURN(const auto hours, queries.LoadGridHours(keys, domain::HourOf(at) - kMeasuredBefore, at, deadline));
  return ExtremesInHours(input.fleet, keys, hours, settings);
}

std::vector<GridExtremes> LookQuickly(const ProblemInput& input, const gridcode::ProfileShelf& profiles,
                                      BuiltProblem& built) {
  if (!StartsNear(input.horizon, input.now)) return {};
  std::vector<GridExtremes> measured = NewestFrequencies(input.fleet, input.now);
  if (!measured.empty()) UseProfileNear(measured.front().frequency_hz.lowest, profiles, built);
  return measured;
}

}  // namespace

std::vector<GivenConditions> GivenOf(const v1::OptimizeResourcesRequest& request) {
  std::vector<GivenConditions> all;
  for (const v1::GridConditions& of : request.grid_conditions()) {
    GivenConditions given{.region_id = of.region_id()};
    if (of.has_lowest_frequency_hz()) given.lowest_hz = of.lowest_frequency_hz();
    if (of.has_highest_frequency_hz()) given.highest_hz = of.highest_frequency_hz();
    if (of.has_lowest_voltage_pu()) given.lowest_v_pu = of.lowest_voltage_pu();
    if (of.has_highest_voltage_pu()) given.highest_v_pu = of.highest_voltage_pu();
    all.push_back(std::move(given));
  }
  return all;
}

absl::Status FindGrid(std::vector<GivenConditions> given, bool thorough, const ProblemInput& input,
                      const gridcode::ProfileShelf& profiles, store::Queries& queries, absl::Time deadline,
                      BuiltProblem& built) {
  std::vector<GridExtremes> measured;
  if (thorough) {
    ASSIGN_OR_RETURN(measured, LookThoroughly(input, profiles, queries, deadline, built));
  } else {
    measured = LookQuickly(input, profiles, built);
  }
  FindGridNeed(ConditionsOf({.regions = input.regions,
                             .given = std::move(given),
                             .series = &input.series,
                             .measured = std::move(measured),
                             .horizon = input.horizon,
                             .nominal_hz = built.grid.standard().nominal_hz()}),
               built);
  return absl::OkStatus();
}

}  // namespace derms::optimizer
