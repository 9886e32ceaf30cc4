// protobuf <-> plants (libs/domain/plant.h). Pure; thread-safe.
#pragma once

#include <optional>

#include "derms/v1/plant.pb.h"
#include "libs/domain/plant.h"

namespace derms::wire {

v1::Plant ToProto(const domain::Plant& plant);
std::optional<domain::Plant> PlantFromProto(const v1::Plant& plant);  // none: no kind is set

domain::Plant FromProto(const v1::SolarPlant& plant);
domain::Plant FromProto(const v1::WindPlant& plant);
domain::Plant FromProto(const v1::HydroPlant& plant);
domain::Plant FromProto(const v1::GeothermalPlant& plant);

}  // namespace derms::wire
