// SolveDispatch: a problem in, its solution out; nothing is read or stored.
#pragma once

#include "absl/status/statusor.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/dispatch/solver.h"
#include "libs/server/call.h"

namespace derms::optimizer {

// The solver must outlive the handlers. Computes for long: runs on the worker pool, and ends soon after the caller has
// gone. Thread-safe.
class SolveHandlers {
 public:
  explicit SolveHandlers(const dispatch::Solver& solver) : solver_(solver) {}

  absl::StatusOr<v1::SolveDispatchResponse> SolveDispatch(server::Call& call,
                                                          const v1::SolveDispatchRequest& request) const;

 private:
  const dispatch::Solver& solver_;
};

}  // namespace derms::optimizer
