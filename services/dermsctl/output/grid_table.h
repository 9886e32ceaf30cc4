// The grid of a run's regions: what is expected, needed and scheduled, and how far it is from trouble.
#pragma once

#include "derms/v1/run.pb.h"
#include "services/dermsctl/session.h"

namespace derms::dermsctl {

// A line for each region, with extremes over the horizon and the interval whose score is least; --json has all.
void PrintGridStability(Session& session, const v1::GridStabilityReport& report);

}  // namespace derms::dermsctl
