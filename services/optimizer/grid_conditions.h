// Frequency and voltage that are expected in each region and interval, and where they come from: the request, else a
// forecast, else what DERs measured, else the nominal values. docs/dispatch.md "Grid stability" has the rules. Pure.
//
// By convention the forecasts of a region are in series named as NORTH.lowest_frequency_hz, .highest_frequency_hz,
// .lowest_voltage_pu and .highest_voltage_pu.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/error.h"
#include "libs/domain/region.h"
#include "libs/gridcode/stability.h"
#include "services/optimizer/horizon.h"

namespace derms::optimizer {

// Numbers are those of derms.v1.GridConditionSource.
enum class ConditionSource { kGiven = 1, kForecast = 2, kMeasured = 3, kNominal = 4 };

// What a request says of a region and its parts; absent: nothing.
struct GivenConditions {
  std::string region_id;  // empty: the area
  std::optional<double> lowest_hz, highest_hz, lowest_v_pu, highest_v_pu;
};

// What the DERs of a region itself, not of its parts, measured. der_count 0: nothing.
struct GridExtremes {
  struct Extremes {
    int der_count = 0;
    double lowest = 0, highest = 0;
  };
  std::string region_id;
  Extremes frequency_hz;
  Extremes voltage_pu;  // of DERs whose nameplate has the nominal voltage
};

struct RegionConditions {
  std::vector<gridcode::GridConditions> by_interval;
  ConditionSource frequency = ConditionSource::kNominal, voltage = ConditionSource::kNominal;
  int frequency_der_count = 0, voltage_der_count = 0;  // that measured it
};

struct ConditionsInput {
  std::vector<const domain::Region*> regions;  // the area first, then its parts (RegionTree::WithParts)
  std::vector<GivenConditions> given;          // checked (CheckGiven)
  const SeriesById* series = nullptr;          // those of ForecastSeriesOf, over the horizon
  std::vector<GridExtremes> measured;          // by region
  Horizon horizon;
  double nominal_hz = 0;
};

// Adds what is wrong, as a violation of `prefix` grid_conditions[i]: a region outside the area or named twice, a lowest
// value above the highest, nothing said.
void CheckGiven(const std::vector<GivenConditions>& given, const std::vector<const domain::Region*>& regions,
                const std::string& prefix, base::Violations& violations);

// Ids of series that may hold forecasts for these regions.
std::vector<std::string> ForecastSeriesOf(const std::vector<const domain::Region*>& regions);

// By region, the lowest and the highest value each by itself. What is given or forecast of a region holds for its parts
// that have none of their own; what is given counts before any forecast. A region has measured what its DERs and those
// of its parts did; one without any takes the frequency, which is one for the whole area, from the region above it, but
// no voltage. Intervals that a forecast leaves out are as measured, else nominal.
std::vector<RegionConditions> ConditionsOf(const ConditionsInput& input);

}  // namespace derms::optimizer
