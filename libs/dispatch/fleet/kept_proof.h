// The last solve's proof, read on the fleet of the next one: a lower bound by arithmetic alone.
//
// Multipliers of a device's own rows (values of stored energy, prices of ramps, the value of water) leave of its
// response to prices a sum of minima over boxes (docs/dispatch.md, "Certificate"). Any values prove a bound: those of
// the last solve prove nearly as much on a fleet that is nearly the same, at the prices that they were read off, and
// take no dynamic program.
//
// Where the horizon has moved, its end is another, and with it the prices before. Prices and values are then kept for
// the first intervals only; the rest, the tail, has the newest prices. With v the kept value of the energy at the end
// of the first s intervals, a storage's part is
//     sum over t < s of minima over boxes  +  min over e in its bounds of [ v e + least cost of the tail from e ],
// and the last term is one dynamic program over the tail: it begins where another kWh is worth v there. So does a
// unit's tail, at a ramp into it that costs its kept price. Hydro, whose answer is a sort that all plants share,
// answers anew.
#pragma once

#include "libs/dispatch/fleet/response_pass.h"
#include "libs/dispatch/fleet/warm_start.h"

namespace derms::dispatch::fleet {

// Room for the values of every device; no prices yet.
void Allocate(const Fleet& fleet, KeptProof& proof);

// Sizes fit the fleet and the prices of this region are numbers.
bool FitsRegion(const KeptProof& proof, const Fleet& fleet, int region);

// How much of the last proof is kept: its horizon began `passed` intervals before, and its values hold for the first
// `kept` intervals of the new one: 0 < kept <= all - passed.
struct ProofShift {
  std::size_t passed = 0, kept = 0;
};

// The devices' part of a schedule of the region.
struct ScheduledDevices {
  const Injection& injection_kw;
  double cost_usd;
  FleetSchedule& schedule;
};

// The most intervals that can be kept at hardly a loss: of the last solve's proof on a horizon moved by `passed`
// intervals. Prices have to be kept up to where a plateau ends; how far the new end reaches is seen by what a few
// devices lose by a schedule, tail by tail. The shortest tail is taken that loses at most `tolerance_usd` against the
// best one.
ProofShift BestShift(const RegionModel& model, const RegionPrices& newest, const KeptProof& kept, std::size_t passed,
                     const ScheduledDevices& scheduled, double tolerance_usd, ResponseSpace& space);

// The last prices where they are kept, the newest where not; admissible.
RegionPrices ShiftedPrices(const RegionModel& model, const RegionPrices& last, const RegionPrices& newest,
                           const ProofShift& shift);

// After Respond for device i at `worth`: the values that prove its answer.
void KeepValues(const Fleet& fleet, DeviceKind kind, std::size_t i, std::span<const double> worth_usd_per_kw,
                const ResponseSpace& space, KeptProof& proof);

// Lower bound on the region's cost, USD, at admissible prices; the values that prove it are written to `next` unless
// that is null. Values that are no numbers are read as zero.
double KeptBound(const RegionModel& model, const RegionPrices& prices, const KeptProof& kept, const ProofShift& shift,
                 Workers& workers, std::vector<ResponseSpace>& spaces, KeptProof* next);

}  // namespace derms::dispatch::fleet
