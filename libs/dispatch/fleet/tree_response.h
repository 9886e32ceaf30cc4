// Every device's own best answer to prices, in a tree of regions: response_pass.h with prices that differ by region.
#pragma once

#include "libs/dispatch/fleet/response_pass.h"
#include "libs/dispatch/fleet/tree_prices.h"

namespace derms::dispatch::fleet {

// Devices of one kind, region and headroom: begin, end in the columns of their kind.
struct DeviceRun {
  std::size_t part;
  DeviceKind kind;
  Headroom headroom;
  std::uint32_t begin, end;
};
std::vector<DeviceRun> RunsOf(const RegionModel& model, const Forest& forest);

// Sum of least cost - worth x power over all devices: the bound's share. DEADLINE_EXCEEDED when stopped.
absl::StatusOr<double> RespondInTree(const RegionModel& model, const std::vector<DeviceRun>& runs,
                                     const TreeWorth& worth, Workers& workers, std::vector<ResponseSpace>& spaces,
                                     const EngineLimits& limits);

}  // namespace derms::dispatch::fleet
