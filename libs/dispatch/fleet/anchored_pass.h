// From prices to a schedule: devices follow the plan of the surrogate, block by block, and each block repairs what the
// blocks before it missed.
//
// At good prices most storage is indifferent within a price plateau; answering the same price they would all move
// together. An anchor breaks the tie in the direction of a plan that is feasible for all: a device minimises
//     cost - worth . p + rho sum_t |p_t - wish_t|,      wish = its share of its cluster's trajectory in the surrogate
// and loses at most rho x deviation by it. Three feedbacks keep the sum on the plan:
//   within a block   what devices so far fell short of the plan is added to the wishes of the next few (error
//                    diffusion, as in halftoning: Floyd and Steinberg 1976); units and hydro go first and storage
//                    makes up for them;
//   between blocks   the surrogate is solved again for what remains of fleet and demand;
//   at the end       blocks get smaller, so the last correction is of what the last few devices miss.
#pragma once

#include <span>
#include <vector>

#include "libs/dispatch/fleet/response_pass.h"
#include "libs/dispatch/fleet/surrogate.h"

namespace derms::dispatch::fleet {

struct AnchorOptions {
  int equal_blocks = 32;  // of the fleet; the last one is halved again and again
  int tail_blocks = 4;
  double rho_usd_per_kwh = 0.002;
  double newest_price_share = 0.8;  // of the newest prices against the first ones
  double diffusion_devices = 8;     // over how many devices an error is spread
};

struct AnchoredResult {
  Injection injection_kw;  // storage, units, hydro
  double cost_usd = 0.0;
  std::vector<ClusterResponse> clusters;
};

// Writes the schedule of the region's storage, units and hydro. `surrogate` has solved the whole region, `first` are
// its prices. Stops with an error when the surrogate does; what is not yet written then keeps its powers.
absl::StatusOr<AnchoredResult> AnchoredPass(const RegionModel& model, const AnchorOptions& options,
                                            const RegionPrices& first, Surrogate& surrogate, Workers& workers,
                                            std::vector<ResponseSpace>& spaces, const EngineLimits& limits,
                                            FleetSchedule& schedule);

}  // namespace derms::dispatch::fleet
