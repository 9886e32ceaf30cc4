// The plant that a forecast is made for: as it was given, defaults for the rest, and every default named.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "derms/v1/forecast.pb.h"
#include "libs/domain/der.h"
#include "libs/forecast/plant.h"

namespace derms::optimizer {

struct GivenPlant {
  domain::SharedPlant plant;  // none: a plant of defaults
  v1::PlantSource source = v1::PLANT_SOURCE_DEFAULTS;
};
// The one of the request, else the one that the DER was registered with.
GivenPlant GivenPlantOf(const domain::Der& der, const v1::PredictAvailabilityRequest& request);

struct DescribedPlant {
  forecast::Plant plant;
  std::vector<std::string> assumptions;  // a sentence for each default
};

// FAILED_PRECONDITION NO_FORECAST_MODEL for a battery or fuel cell; INVALID_ARGUMENT INVALID_PLANT when the plant is of
// another type than the DER, contradicts itself (domain::CheckPlant), or a hydro plant is not described.
absl::StatusOr<DescribedPlant> PlantOf(const domain::Der& der, const domain::SharedPlant& given);

}  // namespace derms::optimizer
