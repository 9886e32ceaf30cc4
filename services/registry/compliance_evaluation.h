// EvaluateGridSupport: nameplate, settings and samples in, power and state out; nothing is read or stored.
#pragma once

#include "absl/status/statusor.h"
#include "derms/v1/compliance.pb.h"
#include "libs/gridcode/profile_shelf.h"
#include "libs/server/call.h"

namespace derms::registry {

// Ten thousand samples take milliseconds: runs on the worker pool. Thread-safe.
class ComplianceEvaluation {
 public:
  explicit ComplianceEvaluation(const gridcode::ProfileShelf& profiles) : profiles_(profiles) {}  // outlives this

  // INVALID_ARGUMENT UNKNOWN_PROFILE, INVALID_NAMEPLATE, INVALID_SETTINGS, INVALID_SAMPLES (times fall).
  absl::StatusOr<v1::EvaluateGridSupportResponse> EvaluateGridSupport(
      server::Call& call, const v1::EvaluateGridSupportRequest& request) const;

 private:
  const gridcode::ProfileShelf& profiles_;
};

}  // namespace derms::registry
