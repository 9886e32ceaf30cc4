#include "libs/dispatch/clp_engine.h"

#include <CoinError.hpp>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/coin_model.h"

namespace derms::dispatch {
namespace {

// CLP's status codes.
constexpr int kOptimal = 0, kPrimalInfeasible = 1, kDualInfeasible = 2;

void Solve(ClpSimplex& model, const EngineLimits& limits) {
  ClpSolve how;
  how.setSolveType(ClpSolve::useDual);
  how.setPresolveType(ClpSolve::presolveOn);
  model.initialSolve(how);
  // Presolve may call a program infeasible that is feasible within tolerance: ask again without it.
  if (model.status() != kOptimal && !limits.Stop()) model.dual();
}

}  // namespace

absl::StatusOr<LpResult> SolveWithClp(const LinearProgram& program, const EngineLimits& limits) {
  try {
    ClpSimplex model;
    LoadQuietly(program, model);
    const ClpStop handler(&limits);
    model.passInEventHandler(&handler);
    Solve(model, limits);

    LpResult result;
    if (model.status() == kPrimalInfeasible) {
      result.status = EngineStatus::kInfeasible;
      return result;
    }
    if (model.status() != kOptimal) {
      if (limits.Stop()) return result;
      const char* what = model.status() == kDualInfeasible ? "unbounded" : "not solved";
      return base::Internal("SOLVER_FAILED", absl::StrCat("CLP says ", what, ", status ", model.status()));
    }
    result.status = EngineStatus::kOptimal;
    result.objective = model.objectiveValue() + program.constant;
    result.x.assign(model.primalColumnSolution(), model.primalColumnSolution() + program.columns());
    result.dual.assign(model.dualRowSolution(), model.dualRowSolution() + program.rows());
    return result;
  } catch (const CoinError& error) {
    return base::Internal("SOLVER_FAILED", absl::StrCat("CLP: ", error.message()));
  }
}

}  // namespace derms::dispatch
