// One lot's devices follow the plan, and keep the limits of the lot's regions.
//
// As in the anchored pass (anchored_pass.h) a device answers prices near its share of its cluster's plan, and what it
// misses goes to the next few. A lot with limits adds to that: of every region in it we know what it draws if the
// devices not yet scheduled keep to the plan. Where that lies beyond a limit, each storage is asked for its part of the
// excess, and where it does not, for no more than the slack: a band that its power should stay in, whose price is what
// else would happen there (load shed, renewables curtailed, energy thrown away). The last storage meets what is left.
// What even that leaves is asked of each storage once more, in full.
#pragma once

#include "libs/dispatch/fleet/lot_prices.h"
#include "libs/dispatch/fleet/response_pass.h"
#include "libs/dispatch/fleet/tree_prices.h"

namespace derms::dispatch::fleet {

struct LotOptions {
  double rho_usd_per_kwh = 0.002;
  double diffusion_devices = 8;
};

// What the pass has at hand when a lot is scheduled. A lot with a plan of its own follows that, and how the surrogate's
// has changed since.
struct LotGuide {
  const TreeWorth* worth = nullptr;                                       // by part
  const std::vector<Series>* kw_per_size = nullptr;                       // planned, by cluster; null: no plan
  const std::vector<Series>* first_kw_per_size = nullptr;                 // before the first block
  const LotPlan* own = nullptr;                                           // null: none
  const std::vector<std::array<Series, kHeadroomKinds>>* news = nullptr;  // to add to the worth, by pool; null: nothing
};

struct LotResult {
  std::vector<Injection> injection_kw;  // by Lot::parts
  double cost_usd = 0.0;                // of a lot that is improved: more than before
};

// Writes the powers into the schedule.
LotResult RunLot(const RegionModel& model, const Lot& lot, const LotOptions& options, const LotGuide& guide,
                 ResponseSpace& space, FleetSchedule& schedule);

// What a lot with limits, already scheduled, is asked for besides.
struct LotWish {
  const TreeWorth* worth = nullptr;
  Series more_kw;           // injection, where no limit of the lot has a price; there the limit is what is asked for
  Series price_usd_per_kw;  // above the lot
  double pull_usd_per_kw = 0.0;  // what missing it may cost a device
};

struct LotImproved {
  LotResult lot;
  Series more_draw_kw;  // from above, than before
};

// Every device of it once more, near what it does.
LotImproved ImproveLot(const RegionModel& model, const Lot& lot, const LotOptions& options, const LotWish& wish,
                       ResponseSpace& space, FleetSchedule& schedule);

}  // namespace derms::dispatch::fleet
