// The last solve's proof, read on the fleet of the next one: a lower bound by arithmetic alone.
//
// Multipliers of a device's own rows (values of stored energy, prices of ramps, the value of water) leave of its
// response to prices a sum of minima over boxes (docs/dispatch.md, "Certificate"). Any values prove a bound: those of
// the last solve prove nearly as much on a fleet that is nearly the same, at the prices that they were read off, and
// take no dynamic program.
#pragma once

#include "libs/dispatch/fleet/response_pass.h"
#include "libs/dispatch/fleet/warm_start.h"

namespace derms::dispatch::fleet {

// Room for the values of every device; no prices yet.
void Allocate(const Fleet& fleet, KeptProof& proof);

// Sizes fit the fleet and the prices of this region are numbers.
bool FitsRegion(const KeptProof& proof, const Fleet& fleet, int region);

// After Respond for device i at `worth`: the values that prove its answer.
void KeepValues(const Fleet& fleet, DeviceKind kind, std::size_t i, std::span<const double> worth_usd_per_kw,
                const ResponseSpace& space, KeptProof& proof);

// Lower bound on the region's cost, USD: admissible prices, and the kept values, which are written on to `next`
// unless that is null. Values that are no numbers are read as zero.
double KeptBound(const RegionModel& model, const RegionPrices& prices, const KeptProof& kept, Workers& workers,
                 std::vector<ResponseSpace>& spaces, KeptProof* next);

}  // namespace derms::dispatch::fleet
