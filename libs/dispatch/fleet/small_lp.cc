#include "libs/dispatch/fleet/small_lp.h"

#include <CoinError.hpp>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/coin_model.h"

namespace derms::dispatch::fleet {

struct SmallLp::Model {
  ClpSimplex clp;
};

SmallLp::SmallLp(const LinearProgram& program) : model_(std::make_unique<Model>()) {
  LoadQuietly(program, model_->clp);
}

SmallLp::~SmallLp() = default;

void SmallLp::SetColumnBounds(int column, double lower, double upper) {
  model_->clp.setColumnBounds(column, lower, upper);
}
void SmallLp::SetRowBounds(int row, double lower, double upper) {
  model_->clp.setRowBounds(row, lower, upper);
}

absl::Status SmallLp::Solve(const EngineLimits& limits) {
  constexpr int kKeepFactorisation = 7;  // and work areas, between solves
  ClpSimplex& clp = model_->clp;
  const ClpStop handler(&limits);
  try {
    clp.passInEventHandler(&handler);
    if (costs_moved_) {
      clp.primal();
    } else {
      clp.dual(0, kKeepFactorisation);
    }
    costs_moved_ = false;
    if (clp.status() != 0 && !limits.Stop()) clp.primal();  // lost its way numerically: from the same basis
  } catch (const CoinError& error) {
    return base::Internal("SOLVER_FAILED", absl::StrCat("CLP: ", error.message()));
  }
  if (clp.status() == 0) return absl::OkStatus();
  if (limits.Stop()) return base::DeadlineExceeded("STOPPED", "the linear program was stopped");
  return base::Internal("SOLVER_FAILED", absl::StrCat("CLP found no optimum, status ", clp.status()));
}

std::vector<unsigned char> SmallLp::Basis() const {
  const unsigned char* status = model_->clp.statusArray();
  return {status, status + model_->clp.numberColumns() + model_->clp.numberRows()};
}

void SmallLp::StartFrom(std::span<const unsigned char> basis, bool costs_moved) {
  model_->clp.copyinStatus(basis.data());
  costs_moved_ = costs_moved;
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
int SmallLp::iterations() const {
  return model_->clp.numberIterations();
}

}  // namespace derms::dispatch::fleet
