#include "libs/wire/dispatch/certificate.h"

#include "libs/wire/dispatch/multipliers.h"

namespace derms::wire {

v1::BoundProof ToProto(dispatch::BoundKind kind) {
  switch (kind) {
    case dispatch::BoundKind::kRecomputed:
      return v1::BOUND_PROOF_RECOMPUTED;
    case dispatch::BoundKind::kSolverClaimed:
      return v1::BOUND_PROOF_SOLVER_CLAIMED;
    case dispatch::BoundKind::kNone:
      break;
  }
  return v1::BOUND_PROOF_NONE;
}

dispatch::BoundKind FromProto(v1::BoundProof proof) {
  if (proof == v1::BOUND_PROOF_RECOMPUTED) return dispatch::BoundKind::kRecomputed;
  if (proof == v1::BOUND_PROOF_SOLVER_CLAIMED) return dispatch::BoundKind::kSolverClaimed;
  return dispatch::BoundKind::kNone;
}

v1::DispatchCertificate CertificateOf(const dispatch::Problem& problem, const dispatch::Solution& solution,
                                      bool with_multipliers) {
  v1::DispatchCertificate out;
  out.set_cost_usd(solution.objective_usd());
  out.set_bound_proof(ToProto(solution.bound_kind));
  if (solution.bound_kind == dispatch::BoundKind::kNone) return out;
  out.set_lower_bound_usd(solution.lower_bound_usd);
  out.set_gap_usd(solution.gap_usd());
  out.set_relative_gap(solution.relative_gap());
  if (with_multipliers && solution.bound_kind == dispatch::BoundKind::kRecomputed) {
    *out.mutable_multipliers() = ToProto(problem, solution.multipliers);
  }
  return out;
}

}  // namespace derms::wire
