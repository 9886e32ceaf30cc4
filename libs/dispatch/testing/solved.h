// Solve and judge, as most tests begin.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "libs/dispatch/checker.h"
#include "libs/dispatch/portfolio.h"
#include "libs/dispatch/validate.h"

namespace derms::dispatch::testing {

inline Solution Solved(const Problem& problem, const SolveOptions& options = {}) {
  EXPECT_EQ(Validate(problem), absl::OkStatus());
  auto solution = MakePortfolio()->Solve(problem, options);
  EXPECT_EQ(solution.status(), absl::OkStatus());
  if (!solution.ok()) return {};
  EXPECT_THAT(Check(problem, *solution).defects, ::testing::IsEmpty());
  return *std::move(solution);
}

inline std::set<std::string> RulesBroken(const Problem& problem, const Solution& solution) {
  std::set<std::string> rules;
  for (const Defect& defect : Check(problem, solution).defects) rules.insert(defect.rule);
  return rules;
}

inline auto Near(double value) {
  return ::testing::DoubleNear(value, 1e-5);
}

}  // namespace derms::dispatch::testing
