// A run between its plan and its begin: what was asked, and the problem that was built from it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "derms/v1/optimizer.pb.h"
#include "libs/dispatch/solver.h"
#include "libs/domain/access.h"
#include "libs/store/fence.h"
#include "services/optimizer/horizon.h"
#include "services/optimizer/problem_builder.h"
#include "services/optimizer/resume_shelf.h"

namespace derms::optimizer {

// What a run is made for besides its caller's wish.
struct RunOrigin {
  std::string policy_id;              // the standing policy; empty: none
  std::optional<store::Fence> fence;  // its schedule takes force only while this holds
  std::int64_t policy_revision = 0;
};

struct RunTicket {
  v1::OptimizationRun run;  // RUNNING, as it is stored when it begins
  BuiltProblem built;
  Horizon horizon;
  dispatch::SolveOptions options;  // time_limit counts from the begin
  bool apply = false;
  domain::RegionAccess access;
  std::string request_id;
  std::optional<store::Fence> fence;
  std::optional<ResumeKey> goes_on;  // a run of a standing policy: what it goes on from, and leaves to the next
  std::shared_ptr<void> place;       // among the runs that the executor takes (run_executor.h)
};

}  // namespace derms::optimizer
