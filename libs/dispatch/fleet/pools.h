// Which regions of a tree the surrogate treats as one.
//
// A large area is a pool of its own, so that its limits are rows of the surrogate. Small regions below the same pool
// are sorted by what presses on their limits (draw at the peak, renewable surplus, storage) and cut into a few classes:
// a class stands for the sum of its feeders, which press on their limits in the same hours. What the sum hides of
// single feeders, lots.h makes good.
#pragma once

#include "libs/dispatch/fleet/region_model.h"

namespace derms::dispatch::fleet {

inline constexpr std::size_t kLeastAreaDevices = 400;  // that are no renewables; what has fewer is small

// Fills the pools of a model whose parts are complete. Every part of a model with a priced root is its own pool.
void MakePools(RegionModel& model, const Forest& forest);

}  // namespace derms::dispatch::fleet
