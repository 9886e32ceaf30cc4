// How DERs come back after an order that took their power away. Pure functions of the order's row, the DER and the
// time: no row per DER, and an order that ends while no service runs is restored in the same stages.
//
//     end of the order --- delay ---+--- window: each DER up to 500 kW at its own random moment, at once
//                                   +--- ramp: each larger one in ten steps from nothing to its capacity
//
// After IEEE 1547-2018 clause 4.10: the random moment is for DERs up to 500 kVA and never goes with a ramp. The steps
// of a ramp, each a tenth of it, begin at a random moment of a tenth, so that a feeder sees a slope. INJECT and ABSORB
// orders have no stages: holding their DERs longer would use energy that nobody promised.
//
// A feeder's export limit (where it has none, its import limit) stretches window and ramp of its DERs: with capacity C
// bound in a region of limit L, both last at least C / (L * pickup share per minute) minutes, so that what returns in a
// minute is, in the mean over the random moments, at most that share of L.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/domain/control.h"
#include "libs/domain/emergency.h"
#include "libs/domain/restoration_terms.h"

namespace derms::domain {

inline constexpr double kRampsAboveKw = 500;
inline constexpr int kRampSteps = 10;

// Whether DERs come back in stages from orders of this kind. Exercises held nobody, and have no plan.
bool ComesBackInStages(EmergencyKind kind);

// Where the random moment of a DER lies in its window or step, [0, 1): of the ids alone, the same in every process.
double PlaceInWindow(const std::string& emergency_id, base::DerKey der);

// The way back of one DER.
struct WayBack {
  absl::Time turn;      // until then it is held as by the order
  absl::Time back;      // from then on it is free; between the two it rises
  absl::Duration step;  // from one step to the next, the last at `back`; zero: it comes back at once
  bool ramps() const { return turn < back; }
};
WayBack WayBackOf(const EmergencyOrder& order, const Der& der);

// The same for those who look at many DERs of an order; window and ramp are those of the DER's region.
class Returns {
 public:
  explicit Returns(const EmergencyOrder& order);  // which has a restoration
  WayBack Of(base::DerKey der, double capacity_kw, absl::Duration window, absl::Duration ramp) const;

 private:
  std::uint64_t order_hash_;
  absl::Time first_;
};

// Part of its capacity that a DER may use, in kRampSteps steps that never exceed the straight line of its ramp: 0 at
// `turn`, 1 from `back` on.
double RisenShare(const WayBack& way, absl::Time at);

// Whether the order holds the DER: it binds the DER and is in force, or it is over and the DER is not back yet. What
// makes a DER's status EMERGENCY and its headroom nobody else's.
bool Holds(const EmergencyOrder& order, const Der& der, const RegionTree& regions, absl::Time at);

// The steps of a DER's rise as controls, each from its moment to the next; none when it comes back at once. Before
// `turn` it is the order's own control that holds (emergency_control.h). `from_kw`: its power while it was held.
std::vector<Control> StepsOf(const EmergencyOrder& order, const Der& der, double from_kw);

// DERs that come back, by where they are.
struct RestorationCount {
  int waiting = 0, ramping = 0, restored = 0;

  int all() const { return waiting + ramping + restored; }
  void Add(const WayBack& way, absl::Time at);
};

// Of the capacity that an order binds, by region of DERs.
LoadsByRegion LoadByRegion(const std::map<std::string, double>& capacity_kw, const RegionTree& regions);

// RESTORE. The orders in force whose scope lies within the scope of `restore`: they end now. FAILED_PRECONDITION
// NOTHING_TO_RESTORE when there is none; WIDER_ORDER_IN_FORCE when an order of a wider scope binds DERs of it, with its
// id as metadata emergency_id. `region_of_der`: the region of the DER that an order for one DER is for.
struct ScopedOrder {
  const EmergencyOrder* order;
  std::string region_id;  // of the scope; a single DER's own; empty: the whole fleet
};
absl::StatusOr<std::vector<const EmergencyOrder*>> OrdersToEnd(const ScopedOrder& restore,
                                                               const std::vector<ScopedOrder>& live,
                                                               const RegionTree& regions);

}  // namespace derms::domain
