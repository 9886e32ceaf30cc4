// Availability of plants that name no series: predicted from the weather of their region, for a run. Pure.
#pragma once

#include <string>
#include <vector>

#include "libs/domain/region.h"
#include "services/optimizer/problem_builder.h"

namespace derms::optimizer {

// Series with the weather of the DERs that can be scheduled, name no availability series and are SOLAR or WIND, or
// another type with a plant of its own.
std::vector<std::string> WeatherSeriesOf(const std::vector<FleetMember>& fleet, const domain::RegionTree& regions);

// Gives each of these DERs, as far as the weather in `input.series` is known over the horizon, a row of
// `input.predicted`, shared by those of one type, region and plant (of sun: and tenth of a degree). Plants are those
// that PredictAvailability takes without being told. Of what remains SOLAR and WIND are left out of the problem.
void PredictMissingAvailability(const domain::RegionTree& regions, ProblemInput& input);

// Adds to `history`, which holds weather over the window, what the models say of it, by the names of the predictions
// (NaN: not known).
void AddPastOf(const std::vector<const PredictedProfile*>& predictions, const Horizon& window, SeriesById& history);

}  // namespace derms::optimizer
