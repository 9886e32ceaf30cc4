#include "services/optimizer/grid_run.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "libs/base/error.h"
#include "libs/domain/rollup.h"
#include "services/optimizer/grid_need.h"

namespace derms::optimizer {
namespace {

constexpr absl::Duration kMeasuredBefore = absl::Hours(1);

std::vector<std::string> IdsOf(const std::vector<const domain::Region*>& regions) {
  std::vector<std::string> ids;
  for (const domain::Region* region : regions) ids.push_back(region->region_id);
  return ids;
}

absl::Status LoadApparentRatings(const ProblemInput& input, store::Queries& queries, absl::Time deadline,
                                 BuiltProblem& built) {
  ASSIGN_OR_RETURN(const auto ratings, queries.LoadApparentRatings(IdsOf(input.regions), deadline));
  std::map<base::DerKey, double> kva_by_der;
  for (const store::ApparentRating& rating : ratings) kva_by_der[rating.der_key] = rating.kva;
  UseApparentRatings(kva_by_der, built);
  return absl::OkStatus();
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

absl::Status FindGrid(std::vector<GivenConditions> given, const ProblemInput& input, store::Queries& queries,
                      absl::Time deadline, BuiltProblem& built) {
  ConditionsInput known{.regions = input.regions,
                        .given = std::move(given),
                        .series = &input.series,
                        .horizon = input.horizon,
                        .nominal_hz = StandardCurves().nominal_hz()};
  const absl::Time at = std::min(input.now, input.horizon.starts_at);
  ASSIGN_OR_RETURN(known.measured,
                   queries.LoadGridExtremes(IdsOf(input.regions), domain::HourOf(at) - kMeasuredBefore, at, deadline));
  std::vector<RegionConditions> conditions = ConditionsOf(known);
  if (AsksForReactivePower(conditions)) RETURN_IF_ERROR(LoadApparentRatings(input, queries, deadline, built));
  FindGridNeed(std::move(conditions), built);
  return absl::OkStatus();
}

}  // namespace derms::optimizer
