// Feeders below a region of a synthetic fleet: which device hangs on which, and their demand and limits.
#pragma once

#include "libs/dispatch/fleet/testing/fleet_generator.h"
#include "libs/dispatch/fleet/testing/random.h"

namespace derms::dispatch::fleet::testing {

class FeederPlan {
 public:
  // For the area of this number, which becomes `region` of the fleet; its feeders come right after it.
  FeederPlan(const FleetShape& shape, int number, int region, std::size_t intervals);

  // Where the next device belongs.
  int Next() { return feeders_.empty() ? region_ : region_ + 1 + random_.Below(static_cast<int>(feeders_.size())); }
  void AddRenewable(int place, double capacity_kw, const Series& profile);

  // Adds the feeders behind the region, the fleet's last one, and moves four fifths of its demand there.
  void HangBelow(Fleet& fleet);

 private:
  // Feeder without limits and storage: what it would draw, at most and at least.
  void SetLimits(FleetRegion& feeder, const Series& renewable_kw);

  const int region_;
  Random random_;
  std::vector<Series> feeders_;  // renewable output, kW
};

}  // namespace derms::dispatch::fleet::testing
