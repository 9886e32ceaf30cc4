// The fleet engine: surrogate-anchored price coordination ("SAPC"), a schedule with a certified gap for millions of
// devices at two answers per device.
//
//   surrogate      a small LP of virtual devices           -> prices and a plan          surrogate.h
//   bound          every device's own answer to the prices -> lower bound                response_pass.h, grid_bound.h
//   anchored pass  devices follow the plan, block by block -> schedule                   anchored_pass.h
//   balance        the grid's part of it                   -> cost                       grid_balance.h
//   polish         where the gap is above the tolerance    -> better prices, schedule    polish.h
//
// Roots are independent and solved side by side; one with regions below it goes its own way through the same phases
// (tree_run.h). At any time there is a schedule with a valid gap once the first pass
// is through; a deadline that leaves no room for more gets that (see SolveFleet).
#pragma once

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/dispatch/fleet/anchored_pass.h"
#include "libs/dispatch/fleet/fleet_schedule.h"
#include "libs/dispatch/fleet/polish.h"
#include "libs/dispatch/fleet/warm_start.h"
#include "libs/dispatch/solver.h"

namespace derms::dispatch::fleet {

struct SapcOptions {
  absl::Duration time_limit = absl::Seconds(30);
  double relative_gap = 1e-3;  // polished until there, while time allows
  int threads = 1;
  const std::atomic<bool>* cancelled = nullptr;
  std::function<void(const SolveProgress&)> progress = {};  // on the calling thread; phases as above

  ClusterCounts clusters = {};
  AnchorOptions anchor = {};
  std::vector<FinerPass> polish = DefaultPolish();

  const WarmStart* warm = nullptr;  // what SolveFleet kept of the last solve; must outlive the call
  WarmOptions rolling = {};
};

// Where the work went; processor seconds of the threads that lead the regions. Those of the polish are counted in the
// other phases as well.
struct SapcReport {
  double model_seconds = 0, surrogate_seconds = 0, bound_seconds = 0, anchored_seconds = 0;
  double polish_seconds = 0;
  int simplex_iterations = 0;
  int polish_passes = 0;     // over all regions
  int priced_lots = 0;       // small regions below others whose limits were priced by themselves (lot_prices.h)
  double device_solves = 0;  // per device that is not a renewable
  int resumed_regions = 0;   // that the warm start was enough for
  bool finished = true;      // false: cut short by the time limit
};

// CANCELLED, or NO_SCHEDULE_FOUND where storage that must charge asks for more than limits let in. Deterministic for
// any number of threads, if it finished. A fleet that would take most of the time limit first gets a schedule in
// which storage rests (resting_answer.h), and region after region is then improved as time allows.
//
// With a warm start (of a fleet with the same devices in the same order) a region is re-solved from it and, where that
// ends above WarmOptions::relative_gap, solved from scratch. `next` becomes the warm start of the next solve; it may be
// options.warm.
absl::StatusOr<FleetSchedule> SolveFleet(const Fleet& fleet, const SapcOptions& options, SapcReport* report = nullptr,
                                         WarmStart* next = nullptr);

}  // namespace derms::dispatch::fleet
