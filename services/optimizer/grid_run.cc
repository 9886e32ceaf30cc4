#include "services/optimizer/grid_run.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "libs/base/error.h"
#include "libs/domain/rollup.h"
#include "services/optimizer/grid_need.h"
#include "services/optimizer/initial_state.h"

namespace derms::optimizer {
namespace {

constexpr absl::Duration kMeasuredBefore = absl::Hours(1);
constexpr std::size_t kPartLeftOut = 100;  // of this many meters one, either way

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

absl::StatusOr<std::vector<store::GridExtremes>> Measured(bool thorough, const ProblemInput& input,
                                                          store::Queries& queries, absl::Time deadline) {
  const absl::Time at = std::min(input.now, input.horizon.starts_at);
  if (thorough) {
    return queries.LoadGridExtremes(IdsOf(input.regions), domain::HourOf(at) - kMeasuredBefore, at, deadline);
  }
  if (!StartsNear(input.horizon, input.now)) return std::vector<store::GridExtremes>();
  return NewestFrequencies(input.fleet, input.now);
}

}  // namespace

std::vector<store::GridExtremes> NewestFrequencies(const std::vector<FleetMember>& fleet, absl::Time now) {
  std::map<std::string, std::vector<double>> by_region;
  for (const FleetMember& member : fleet) {
    if (!member.reading || !member.reading->frequency_hz) continue;
    if (member.reading->quality == domain::ReadingQuality::kInvalid) continue;
    if (now - member.reading->measured_at > domain::kLongestHold) continue;
    by_region[member.der.region_id].push_back(*member.reading->frequency_hz);
  }
  std::vector<store::GridExtremes> measured;
  for (auto& [region_id, hz] : by_region) {
    const auto left_out = static_cast<std::ptrdiff_t>((hz.size() - 1) / kPartLeftOut);
    std::nth_element(hz.begin(), hz.begin() + left_out, hz.end());
    const double lowest = hz[static_cast<std::size_t>(left_out)];
    std::nth_element(hz.begin(), hz.end() - 1 - left_out, hz.end());
    const double highest = *(hz.end() - 1 - left_out);
    measured.push_back({region_id, {static_cast<int>(hz.size()), lowest, highest}, {}});
  }
  return measured;
}

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
                      store::Queries& queries, absl::Time deadline, BuiltProblem& built) {
  ConditionsInput known{.regions = input.regions,
                        .given = std::move(given),
                        .series = &input.series,
                        .horizon = input.horizon,
                        .nominal_hz = StandardCurves().nominal_hz()};
  ASSIGN_OR_RETURN(known.measured, Measured(thorough, input, queries, deadline));
  std::vector<RegionConditions> conditions = ConditionsOf(known);
  if (thorough && AsksForReactivePower(conditions))
    RETURN_IF_ERROR(LoadApparentRatings(input, queries, deadline, built));
  FindGridNeed(std::move(conditions), built);
  return absl::OkStatus();
}

}  // namespace derms::optimizer
