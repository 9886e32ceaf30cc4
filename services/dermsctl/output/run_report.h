// An optimisation run in words.
#pragma once

#include <vector>

#include "derms/v1/optimizer.pb.h"
#include "services/dermsctl/session.h"

namespace derms::dermsctl {

// Horizon, cost with its parts, bound, gap, certificate and the DERs left out; or how far it is, or why it failed.
void PrintRun(Session& session, const v1::OptimizationRun& run);
// A line: since when, phase, cost and gap so far.
void PrintRunProgress(Session& session, const v1::OptimizationRun& run);
// One line each.
void PrintRuns(Session& session, const std::vector<v1::OptimizationRun>& runs);

}  // namespace derms::dermsctl
