// A pool of real processes for tests, started anew by each. The binary's main is solver_pool_main.cc.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "libs/dispatch/testing/random_problem.h"
#include "services/optimizer/workers/solver_pool.h"
#include "services/optimizer/workers/testing/processes.h"

namespace derms::optimizer {

// A battery for a day whose id says what the solver is to do.
inline dispatch::Problem Asking(const std::string& how) {
  dispatch::Problem problem = dispatch::testing::SingleRegion({10, 20, 30}, {0.1, 0.3, 0.2});
  problem.devices.push_back(dispatch::testing::Battery(how));
  return problem;
}

class SolverPoolTest : public ::testing::Test {
 protected:
  SolverPool& Start(const SolverPoolOptions& options = {}) {
    pool_ = std::make_unique<SolverPool>(options, logger_);
    EXPECT_TRUE(Whole(options.processes.processes));
    return *pool_;
  }
  bool Whole(int processes) {
    return testing::Eventually([&] { return pool_->figures().ready == processes; });
  }
  // How a solve that asks for it ends, and that everything is as before afterwards.
  absl::Status EndOf(const std::string& how, const dispatch::SolveOptions& options = {}) {
    const absl::Status status = pool_->Solve(Asking(how), options).status();
    EXPECT_TRUE(Whole(2));
    EXPECT_EQ(pool_->Solve(Asking("BATT"), {}).status(), absl::OkStatus());
    return status;
  }

  std::ostringstream log_;
  observe::Logger logger_{{.service = "test"}, log_};
  std::unique_ptr<SolverPool> pool_;
};

}  // namespace derms::optimizer
