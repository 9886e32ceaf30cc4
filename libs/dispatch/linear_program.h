// A linear program with integer columns, in plain vectors: what the model builder makes and the engines solve.
//   minimise constant + cost x   subject to   row_lower <= A x <= row_upper,  lower <= x <= upper
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace derms::dispatch {

struct LinearProgram {
  std::vector<double> lower, upper, cost;  // by column
  std::vector<std::uint8_t> integer;
  std::vector<double> row_lower, row_upper;
  std::vector<int> element_row, element_column;  // A as triplets
  std::vector<double> element_value;
  double constant = 0.0;

  int columns() const { return static_cast<int>(lower.size()); }
  int rows() const { return static_cast<int>(row_lower.size()); }

  int AddColumn(double low, double high, double price) {
    lower.push_back(low);
    upper.push_back(high);
    cost.push_back(price);
    integer.push_back(0);
    return columns() - 1;
  }
  int AddBinary(double price) {
    const int column = AddColumn(0.0, 1.0, price);
    integer.back() = 1;
    return column;
  }
  int AddRow(double low, double high) {
    row_lower.push_back(low);
    row_upper.push_back(high);
    return rows() - 1;
  }
  void Add(int row, int column, double value) {
    element_row.push_back(row);
    element_column.push_back(column);
    element_value.push_back(value);
  }
};

// When an engine has to stop.
struct EngineLimits {
  absl::Time deadline = absl::InfiniteFuture();  // of the machine's clock
  const std::atomic<bool>* cancelled = nullptr;

  bool Stop() const { return (cancelled != nullptr && cancelled->load()) || absl::Now() >= deadline; }
};

enum class EngineStatus { kOptimal, kInfeasible, kStopped };

struct LpResult {
  EngineStatus status = EngineStatus::kStopped;
  double objective = 0.0;
  std::vector<double> x;     // by column
  std::vector<double> dual;  // by row: change of the objective per unit of the row's bound
};

struct MipResult {
  EngineStatus status = EngineStatus::kStopped;  // kInfeasible: nothing below the cutoff
  std::vector<double> x;                         // best found; empty: none
  double lower_bound = 0.0;                      // the solver's word; -infinity when it has none
};

}  // namespace derms::dispatch
