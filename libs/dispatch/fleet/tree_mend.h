// Mends a schedule in which devices behind some connection draw more than its limit lets in, though together they
// need not.
//
// In the pass every device of a lot answers for itself. Where storage has to charge and there is little else behind the
// connection, one may have taken what another needs, and none gains by giving way alone: one coordinate at a time does
// not reach the least of a function with kinks. So what stands behind such a connection moves together, by a linear
// program: as little change of power as brings the draw within the limits, load shed at what it costs. Where there is
// more than one program holds, batch after batch of devices moves given the others.
#pragma once

#include "libs/dispatch/fleet/tree_pass.h"
#include "libs/dispatch/fleet/tree_response.h"

namespace derms::dispatch::fleet {

// Changes powers in the schedule and `pass`, which fits it, until no connection's limit is exceeded or nothing helps.
// `runs` are all devices of the tree.
void MendTree(const RegionModel& model, const std::vector<DeviceRun>& runs, const EngineLimits& limits,
              FleetSchedule& schedule, TreePassResult& pass);

}  // namespace derms::dispatch::fleet
