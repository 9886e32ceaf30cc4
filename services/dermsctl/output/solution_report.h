// The solution of a dispatch problem for people: cost, proof, schedule, prices, what binds.
#pragma once

#include "derms/v1/optimizer.pb.h"
#include "services/dermsctl/session.h"

namespace derms::dermsctl {

// One JSON object with --json.
void PrintSolution(Session& session, const v1::DispatchProblem& problem, const v1::SolveDispatchResponse& answer);

}  // namespace derms::dermsctl
