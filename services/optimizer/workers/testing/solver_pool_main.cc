// The test's binary is also what its pools start as solver processes, and a service that a test kills.
#include <gmock/gmock.h>

#include <iostream>
#include <string_view>
#include <thread>

#include "services/optimizer/workers/testing/faulty_solver.h"
#include "services/optimizer/workers/testing/solver_pool_fixture.h"
#include "services/optimizer/workers/worker_main.h"

namespace derms::optimizer {
namespace {

int RunPoolParent() {
  observe::Logger logger({.service = "parent"}, std::cerr);
  const SolverPool pool({}, logger);
  std::thread loop([&] { (void)pool.Solve(Asking("LOOP"), {.time_limit = absl::Minutes(10)}); });
  testing::Eventually([&] { return pool.figures().busy == 1 && pool.figures().ready == 1; });
  std::cout << "r" << std::flush;
  loop.join();
  return 0;
}

}  // namespace
}  // namespace derms::optimizer

int main(int argc, char** argv) {
  using derms::optimizer::testing::FaultySolver;
  if (derms::optimizer::IsSolverWorker(argc, argv)) {
    return derms::optimizer::RunSolverWorker(argc, argv, FaultySolver(FaultySolver::Role::kBest),
                                             FaultySolver(FaultySolver::Role::kQuick));
  }
  if (argc > 1 && std::string_view(argv[1]) == "pool-parent") return derms::optimizer::RunPoolParent();
  ::testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
