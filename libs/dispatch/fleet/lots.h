// Lots: what the pass over a tree of regions schedules at a time.
//
// A small region with all below it is one lot, so that its limits can be kept while its last devices are scheduled. The
// devices of the root and of large areas, whose limits the surrogate keeps, are cut into lots that are stratified
// samples of them. A block is a set of lots that is a stratified sample of the whole tree.
#pragma once

#include <vector>

#include "libs/dispatch/fleet/blocks.h"
#include "libs/dispatch/fleet/region_model.h"

namespace derms::dispatch::fleet {

struct LotDevice {
  DeviceKind kind;
  Headroom headroom;
  std::uint32_t index;    // in the columns of its kind
  std::uint32_t cluster;  // in RegionModel::clusters
  std::uint32_t place;    // in Lot::parts
};

struct Lot {
  std::vector<std::size_t> parts;  // [0] the lot's own region, then all below it, parents first
  std::vector<int> above;          // in `parts`; -1 for [0]
  std::vector<LotDevice> devices;  // units, then hydro, then storage
  bool keeps_limits = false;       // of all its parts; false: a sample of a large region
  std::size_t block = 0;
};

// Lots for the blocks of a pass. `all_below_root`: every region below the root is a lot, however large: for a pass
// without a surrogate that would keep the limits of areas.
std::vector<Lot> MakeLots(const RegionModel& model, const Forest& forest, const Blocks& blocks, bool all_below_root);

}  // namespace derms::dispatch::fleet
