#include "libs/dispatch/cbc_engine.h"

#include <CbcEventHandler.hpp>
#include <CbcHeuristic.hpp>
#include <CbcHeuristicFPump.hpp>
#include <CbcHeuristicRINS.hpp>
#include <CbcModel.hpp>
#include <CglGomory.hpp>
#include <CglKnapsackCover.hpp>
#include <CglMixedIntegerRounding2.hpp>
#include <CglProbing.hpp>
#include <CoinError.hpp>
#include <OsiClpSolverInterface.hpp>
#include <OsiPresolve.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/coin_model.h"

namespace derms::dispatch {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class StopHandler final : public CbcEventHandler {
 public:
  explicit StopHandler(const EngineLimits* limits) : limits_(limits) {}
  StopHandler* clone() const override { return new StopHandler(*this); }  // CBC deletes it
  CbcAction event(CbcEvent) override { return limits_->Stop() ? stop : noAction; }

 private:
  const EngineLimits* limits_;
};

void Load(const LinearProgram& program, OsiClpSolverInterface& osi) {
  osi.messageHandler()->setLogLevel(0);
  osi.getModelPtr()->setLogLevel(0);
  osi.setHintParam(OsiDoReducePrint, true, OsiHintDo);
  osi.loadProblem(MatrixOf(program), program.lower.data(), program.upper.data(), program.cost.data(),
                  program.row_lower.data(), program.row_upper.data());
  for (int column = 0; column < program.columns(); ++column) {
    if (program.integer[static_cast<std::size_t>(column)] != 0) osi.setInteger(column);
  }
}

// Cuts at the root and rarely below, as CBC's own driver has them for problems of this shape.
void AddCutsAndHeuristics(CbcModel& model, bool quick) {
  CglProbing probing;
  probing.setUsingObjective(1);
  probing.setMaxPass(1);
  probing.setMaxProbe(10);
  probing.setMaxLook(10);
  probing.setRowCuts(3);
  CglGomory gomory;
  gomory.setLimit(100);
  CglKnapsackCover cover;
  CglMixedIntegerRounding2 rounding_cuts;
  model.addCutGenerator(&probing, -1, "probing");
  model.addCutGenerator(&gomory, -1, "gomory");
  model.addCutGenerator(&cover, -1, "cover");
  model.addCutGenerator(&rounding_cuts, -1, "mir");

  CbcRounding rounding(model);
  model.addHeuristic(&rounding);
  if (quick) return;
  CbcHeuristicFPump pump(model);
  pump.setMaximumPasses(10);
  model.addHeuristic(&pump);
  CbcHeuristicRINS rins(model);
  model.addHeuristic(&rins);
}

void Configure(const MipOptions& options, CbcModel& model) {
  model.setLogLevel(0);
  model.setUseElapsedTime(true);
  const double seconds = absl::ToDoubleSeconds(options.limits.deadline - absl::Now());
  model.setMaximumSeconds(std::clamp(seconds, 0.0, 1e9));
  model.setRandomSeed(options.seed);
  const StopHandler handler(&options.limits);
  model.passInEventHandler(&handler);
}

// CBC measures its relative gap against an objective without the constant, which may be of any size: the gap is told to
// it in the objective's unit instead. The cost will lie between the relaxation's and that of the best known schedule.
void SetGap(const MipOptions& options, double constant, CbcModel& model) {
  const double relaxed = std::abs(model.solver()->getObjValue() + constant);
  const double size = std::isfinite(options.cutoff) ? std::min(relaxed, std::abs(options.cutoff)) : relaxed;
  model.setAllowableFractionGap(0.0);
  model.setAllowableGap(options.relative_gap * std::max(size, 1.0) + 1e-9);
}

MipResult ReadResult(const CbcModel& model, const LinearProgram& program, double cutoff) {
  MipResult result;
  if (const double* best = model.bestSolution(); best != nullptr) result.x.assign(best, best + program.columns());
  if (model.isProvenInfeasible()) {
    result.status = EngineStatus::kInfeasible;
    result.lower_bound = cutoff;
    return result;
  }
  if (model.isProvenOptimal()) result.status = EngineStatus::kOptimal;
  const double bound = model.getBestPossibleObjValue();
  const bool known = std::isfinite(bound) && std::abs(bound) < 1e50;  // CBC starts from +-1e100
  result.lower_bound = known ? std::min(bound + program.constant, cutoff) : -kInfinity;
  return result;
}

// Where most is fixed, most goes away. The bound of a part of the problem is nobody's interest.
MipResult SolvePresolved(const LinearProgram& program, const MipOptions& options, OsiClpSolverInterface& osi) {
  MipResult result;
  result.lower_bound = -kInfinity;
  OsiPresolve presolve;
  const std::unique_ptr<OsiSolverInterface> smaller(presolve.presolvedModel(osi, 1e-8, true, 5));
  if (smaller == nullptr) return result;
  smaller->messageHandler()->setLogLevel(0);
  CbcModel model(*smaller);
  Configure(options, model);
  model.initialSolve();
  if (!model.solver()->isProvenOptimal()) return result;
  SetGap(options, program.constant, model);
  AddCutsAndHeuristics(model, true);
  if (std::isfinite(options.cutoff)) model.setCutoff(options.cutoff - program.constant);
  model.branchAndBound();
  const double* best = model.bestSolution();
  if (best == nullptr) return result;
  for (int column = 0; column < smaller->getNumCols(); ++column) {
    if (smaller->isInteger(column)) smaller->setColBounds(column, std::round(best[column]), std::round(best[column]));
  }
  smaller->resolve();
  if (!smaller->isProvenOptimal()) return result;
  presolve.postsolve(true);
  result.x.assign(osi.getColSolution(), osi.getColSolution() + program.columns());
  return result;
}

}  // namespace

absl::StatusOr<MipResult> SolveWithCbc(const LinearProgram& program, const MipOptions& options) {
  try {
    OsiClpSolverInterface osi;
    Load(program, osi);
    if (options.quick) return SolvePresolved(program, options, osi);
    CbcModel model(osi);
    Configure(options, model);
    model.initialSolve();
    if (!model.solver()->isProvenOptimal()) {
      MipResult result;
      result.lower_bound = -kInfinity;
      if (model.solver()->isProvenPrimalInfeasible()) result.status = EngineStatus::kInfeasible;
      return result;
    }
    SetGap(options, program.constant, model);
    AddCutsAndHeuristics(model, false);
    if (std::isfinite(options.cutoff)) model.setCutoff(options.cutoff - program.constant);
    model.branchAndBound();
    return ReadResult(model, program, options.cutoff);
  } catch (const CoinError& error) {
    return base::Internal("SOLVER_FAILED", absl::StrCat("CBC: ", error.message()));
  }
}

}  // namespace derms::dispatch
