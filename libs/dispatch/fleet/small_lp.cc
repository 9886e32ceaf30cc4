#include "libs/dispatch/fleet/small_lp.h"

#include <ClpEventHandler.hpp>
#include <ClpSimplex.hpp>
#include <CoinError.hpp>
#include <CoinPackedMatrix.hpp>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::dispatch::fleet {
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

}  // namespace

struct SmallLp::Model {
  ClpSimplex clp;

  absl::Status Solve(const EngineLimits& limits, bool primal) {
    const StopHandler handler(&limits);
    try {
      clp.passInEventHandler(&handler);
      if (primal) {
        clp.primal();
      } else {
        clp.dual(0, 7);
      }
      // Lost its way numerically: the other method from the same basis.
      if (clp.status() != 0 && !limits.Stop()) {
        if (primal) {
          clp.dual(0, 7);
        } else {
          clp.primal();
        }
      }
    } catch (const CoinError& error) {
      return base::Internal("SOLVER_FAILED", absl::StrCat("CLP: ", error.message()));
    }
    if (clp.status() == 0) return absl::OkStatus();
    if (limits.Stop()) return base::DeadlineExceeded("STOPPED", "the linear program was stopped");
    return base::Internal("SOLVER_FAILED", absl::StrCat("CLP found no optimum, status ", clp.status()));
  }
};

SmallLp::SmallLp(const LinearProgram& program) : model_(std::make_unique<Model>()) {
  CoinPackedMatrix matrix(true, program.element_row.data(), program.element_column.data(), program.element_value.data(),
                          static_cast<CoinBigIndex>(program.element_row.size()));
  matrix.setDimensions(program.rows(), program.columns());  // trailing empty rows or columns
  model_->clp.setLogLevel(0);
  model_->clp.loadProblem(matrix, program.lower.data(), program.upper.data(), program.cost.data(),
                          program.row_lower.data(), program.row_upper.data());
}

SmallLp::~SmallLp() = default;

void SmallLp::SetColumnBounds(int column, double lower, double upper) {
  model_->clp.setColumnBounds(column, lower, upper);
}
void SmallLp::SetRowBounds(int row, double lower, double upper) {
  model_->clp.setRowBounds(row, lower, upper);
}
void SmallLp::SetCost(int column, double cost) {
  model_->clp.setObjectiveCoefficient(column, cost);
}
void SmallLp::AddColumn(double lower, double upper, double cost, std::span<const int> rows,
                        std::span<const double> values) {
  model_->clp.addColumn(static_cast<int>(rows.size()), rows.data(), values.data(), lower, upper, cost);
  if (model_->clp.statusExists()) {
    model_->clp.setColumnStatus(model_->clp.numberColumns() - 1, ClpSimplex::atLowerBound);
  }
}

absl::Status SmallLp::SolveDual(const EngineLimits& limits) {
  return model_->Solve(limits, false);
}
absl::Status SmallLp::SolvePrimal(const EngineLimits& limits) {
  return model_->Solve(limits, true);
}

double SmallLp::objective() const {
  return model_->clp.objectiveValue();
}
std::span<const double> SmallLp::x() const {
  return {model_->clp.primalColumnSolution(), static_cast<std::size_t>(model_->clp.numberColumns())};
}
std::span<const double> SmallLp::dual() const {
  return {model_->clp.dualRowSolution(), static_cast<std::size_t>(model_->clp.numberRows())};
}
int SmallLp::columns() const {
  return model_->clp.numberColumns();
}
int SmallLp::iterations() const {
  return model_->clp.numberIterations();
}

}  // namespace derms::dispatch::fleet
