#include "libs/dispatch/fleet/tree_response.h"

#include <algorithm>
#include <atomic>

#include "libs/base/error.h"

namespace derms::dispatch::fleet {
namespace {

constexpr std::uint32_t kDevicesPerJob = 512;

}  // namespace

std::vector<DeviceRun> RunsOf(const RegionModel& model, const Forest& forest) {
  std::vector<DeviceRun> runs;
  const auto add = [&](std::size_t part, DeviceKind kind, const DeviceGroup& group) {
    for (std::uint32_t begin = group.begin; begin < group.end; begin += kDevicesPerJob) {
      runs.push_back({part, kind, group.headroom, begin, std::min(begin + kDevicesPerJob, group.end)});
    }
  };
  for (std::size_t p = 0; p < model.parts.size(); ++p) {
    const Forest::Node& node = forest[model.parts[p].region];
    for (std::size_t g : node.unit) add(p, DeviceKind::kUnit, model.fleet.units.groups[g]);
    for (std::size_t g : node.hydro) add(p, DeviceKind::kHydro, model.fleet.hydros.groups[g]);
    for (std::size_t g : node.storage) add(p, DeviceKind::kStorage, model.fleet.storages.groups[g]);
  }
  return runs;
}

absl::StatusOr<double> RespondInTree(const RegionModel& model, const std::vector<DeviceRun>& runs,
                                     const TreeWorth& worth, Workers& workers, std::vector<ResponseSpace>& spaces,
                                     const EngineLimits& limits) {
  std::vector<double> values(runs.size(), 0.0);
  std::atomic<bool> stopped = false;
  workers.Run(runs.size(), [&](std::size_t number, std::size_t worker) {
    if (stopped || limits.Stop()) {
      stopped = true;
      return;
    }
    const DeviceRun& run = runs[number];
    const Series& here = worth(run.part, run.headroom);
    for (std::size_t i = run.begin; i < run.end; ++i) {
      values[number] += Respond(model.fleet, run.kind, i, here, spaces[worker]).value_usd;
    }
  });
  if (stopped) return base::DeadlineExceeded("STOPPED", "the pass over all devices was stopped");
  double sum = 0.0;
  for (double value : values) sum += value;
  return sum;
}

}  // namespace derms::dispatch::fleet
