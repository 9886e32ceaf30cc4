// The plant that a forecast is made for: as the request describes it, defaults for the rest, and every default named.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "derms/v1/forecast.pb.h"
#include "libs/domain/der.h"
#include "libs/forecast/plant.h"

namespace derms::optimizer {

struct DescribedPlant {
  forecast::Plant plant;
  std::vector<std::string> assumptions;  // a sentence for each default
};

// FAILED_PRECONDITION NO_FORECAST_MODEL for a battery or fuel cell; INVALID_ARGUMENT INVALID_PLANT when the plant is of
// another type than the DER, a hydro plant is not described or a power curve does not rise in speed.
absl::StatusOr<DescribedPlant> PlantOf(const domain::Der& der, const v1::PredictAvailabilityRequest& request);

}  // namespace derms::optimizer
