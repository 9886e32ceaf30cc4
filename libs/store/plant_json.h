// Plants of DERs as JSON, inside the parameters of their rows: {"wind": {"hub_height_m": 100}}. Pure; thread-safe.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "libs/domain/plant.h"

namespace derms::store {

nlohmann::json PlantJson(const domain::Plant& plant);
// None for a kind that is not known: of a newer version.
domain::SharedPlant PlantOfJson(const nlohmann::json& json);

}  // namespace derms::store
