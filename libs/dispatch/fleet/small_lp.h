// A linear program that is solved again and again with other bounds: CLP with its basis kept.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "libs/dispatch/linear_program.h"

namespace derms::dispatch::fleet {

class SmallLp {
 public:
  explicit SmallLp(const LinearProgram& program);
  ~SmallLp();
  SmallLp(const SmallLp&) = delete;
  SmallLp& operator=(const SmallLp&) = delete;

  void SetColumnBounds(int column, double lower, double upper);
  void SetRowBounds(int row, double lower, double upper);

  // Dual simplex from the basis of the last solve. DEADLINE_EXCEEDED when stopped, INTERNAL when CLP finds no optimum.
  absl::Status Solve(const EngineLimits& limits);

  // Where the last solve ended, and the start of the first solve of a program of the same shape: by the primal simplex
  // where costs have moved, by the dual where bounds have.
  std::vector<unsigned char> Basis() const;
  void StartFrom(std::span<const unsigned char> basis, bool costs_moved = true);

  double objective() const;
  std::span<const double> x() const;     // by column
  std::span<const double> dual() const;  // by row
  int iterations() const;                // of the last solve

 private:
  struct Model;
  std::unique_ptr<Model> model_;
  bool costs_moved_ = false;
};

}  // namespace derms::dispatch::fleet
