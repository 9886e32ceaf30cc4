// What all users of CLP share: a LinearProgram in COIN's form, and the end at a deadline. Not for others: COIN's
// headers come along.
#pragma once

#include <ClpEventHandler.hpp>
#include <ClpSimplex.hpp>
#include <CoinPackedMatrix.hpp>

#include "libs/dispatch/linear_program.h"

namespace derms::dispatch {

inline CoinPackedMatrix MatrixOf(const LinearProgram& program) {
  CoinPackedMatrix matrix(true, program.element_row.data(), program.element_column.data(), program.element_value.data(),
                          static_cast<CoinBigIndex>(program.element_row.size()));
  matrix.setDimensions(program.rows(), program.columns());  // trailing empty rows or columns
  return matrix;
}

inline void LoadQuietly(const LinearProgram& program, ClpSimplex& model) {
  model.setLogLevel(0);
  model.loadProblem(MatrixOf(program), program.lower.data(), program.upper.data(), program.cost.data(),
                    program.row_lower.data(), program.row_upper.data());
}

// Asked by CLP between iterations; the limits must outlive the solve.
class ClpStop final : public ClpEventHandler {
 public:
  explicit ClpStop(const EngineLimits* limits) : limits_(limits) {}
  ClpStop* clone() const override { return new ClpStop(*this); }  // CLP deletes it

  int event(Event) override {
    constexpr int kGoOn = -1, kEnd = 5;
    return limits_->Stop() ? kEnd : kGoOn;
  }

 private:
  const EngineLimits* limits_;
};

}  // namespace derms::dispatch
