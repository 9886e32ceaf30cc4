#include "libs/dispatch/clp_engine.h"

#include <ClpEventHandler.hpp>
#include <ClpSimplex.hpp>
#include <ClpSolve.hpp>
#include <CoinError.hpp>
#include <CoinPackedMatrix.hpp>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::dispatch {
namespace {

class StopHandler final : public ClpEventHandler {
 public:
  explicit StopHandler(const EngineLimits* limits) : limits_(limits) {}
  StopHandler* clone() const override { return new StopHandler(*this); }  // CLP deletes it

  int event(Event) override {
    constexpr int kGoOn = -1, kEnd = 5;
    return limits_->Stop() ? kEnd : kGoOn;
  }

 private:
  const EngineLimits* limits_;
};

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
    model.setLogLevel(0);
    const CoinPackedMatrix matrix(true, program.element_row.data(), program.element_column.data(),
                                  program.element_value.data(), static_cast<CoinBigIndex>(program.element_row.size()));
    CoinPackedMatrix sized(matrix);
    sized.setDimensions(program.rows(), program.columns());  // trailing empty rows or columns
    model.loadProblem(sized, program.lower.data(), program.upper.data(), program.cost.data(), program.row_lower.data(),
                      program.row_upper.data());
    const StopHandler handler(&limits);
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
