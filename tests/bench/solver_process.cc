// What it costs to solve in a process of its own: the same problem by the same solver here and there, one JSON line per
// size. Started again as solver process by its own pool.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "libs/dispatch/fleet/testing/fleet_generator.h"
#include "libs/dispatch/portfolio.h"
#include "libs/wire/dispatch/problem.h"
#include "libs/wire/dispatch/solution.h"
#include "services/optimizer/workers/messages.h"
#include "services/optimizer/workers/quick_solver.h"
#include "services/optimizer/workers/solver_pool.h"
#include "services/optimizer/workers/worker_main.h"

namespace derms::bench {
namespace {

using dispatch::Problem;
using dispatch::Solution;
using Json = nlohmann::json;

struct Size {
  std::size_t devices;
  int intervals, calls;
};
constexpr Size kSizes[] = {{3, 24, 300}, {1000, 24, 5}, {100'000, 24, 3}, {1'000'000, 24, 1}};

template <typename Run>
double MedianMs(int calls, Run run) {
  std::vector<double> taken;
  for (int call = 0; call < calls; ++call) {
    const absl::Time start = absl::Now();
    run();
    taken.push_back(absl::ToDoubleMilliseconds(absl::Now() - start));
  }
  std::sort(taken.begin(), taken.end());
  return taken[taken.size() / 2];
}

Solution MustSolve(const dispatch::Solver& solver, const Problem& problem) {
  auto solution = solver.Solve(problem, {.time_limit = absl::Seconds(100), .relative_gap = 1e-3});
  if (solution.ok()) return *std::move(solution);
  std::fprintf(stderr, "cannot measure: %s\n", solution.status().ToString().c_str());
  std::exit(1);
}

// Largest resident memory of any process that this one has started, MiB.
double PeakOfChildrenMib() {
  double peak = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream status(entry.path() / "status");
    std::string word;
    long parent = 0, kib = 0;
    while (status >> word) {
      if (word == "PPid:") status >> parent;
      if (word == "VmHWM:") status >> kib;
    }
    if (parent == getpid()) peak = std::max(peak, static_cast<double>(kib) / 1024.0);
  }
  return peak;
}

// To bytes and back, problem and solution, as the pool does and as protobuf messages.
void MeasureCodecs(const Size& size, const Problem& problem, const Solution& solution, Json& line) {
  line["problem_bytes"] = optimizer::EncodeJob({}, problem).size();
  line["solution_bytes"] = optimizer::EncodeAnswer(solution).size();
  line["codec_ms"] = MedianMs(size.calls, [&] {
    optimizer::Job job;
    absl::StatusOr<Solution> answer;
    if (!optimizer::Decode(optimizer::EncodeJob({}, problem), job)) std::abort();
    if (!optimizer::Decode(optimizer::EncodeAnswer(solution), answer)) std::abort();
  });
  line["protobuf_ms"] = MedianMs(size.calls, [&] {
    v1::DispatchProblem problem_message;
    v1::DispatchSolution solution_message;
    if (!problem_message.ParseFromString(wire::ToProto(problem).SerializeAsString())) std::abort();
    if (!wire::FromProto(problem_message).ok()) std::abort();
    if (!solution_message.ParseFromString(wire::ToProto(problem, solution).SerializeAsString())) std::abort();
    wire::FromProto(problem, solution_message, {});
  });
}

void Measure(const Size& size, const optimizer::SolverPool& pool) {
  const Problem problem = dispatch::fleet::testing::ProblemOf(
      dispatch::fleet::testing::GenerateFleet({.devices = size.devices, .intervals = size.intervals}));
  const auto here = dispatch::MakePortfolio();
  const Solution solution = MustSolve(*here, problem);
  MustSolve(pool, problem);  // warm
  Json line{{"figure", "solver_process"}, {"devices", size.devices}, {"intervals", size.intervals}};
  line["here_ms"] = MedianMs(size.calls, [&] { MustSolve(*here, problem); });
  line["process_ms"] = MedianMs(size.calls, [&] { MustSolve(pool, problem); });
  line["ratio"] = line["process_ms"].get<double>() / line["here_ms"].get<double>();
  line["process_peak_mib"] = PeakOfChildrenMib();
  MeasureCodecs(size, problem, solution, line);
  std::cout << line.dump() << std::endl;
}

}  // namespace
}  // namespace derms::bench

int main(int argc, char** argv) {
  using namespace derms;
  if (optimizer::IsSolverWorker(argc, argv)) {
    return optimizer::RunSolverWorker(argc, argv, *dispatch::MakePortfolio(), optimizer::QuickSolver());
  }
  observe::Logger logger({.service = "solver_process"}, std::cerr);
  std::size_t largest = SIZE_MAX;  // the one argument: no more devices than this
  if (argc > 1 && !absl::SimpleAtoi(argv[1], &largest)) return 2;
  for (const bench::Size& size : bench::kSizes) {
    if (size.devices > largest) continue;
    const optimizer::SolverPool pool({.processes = {.processes = 1}}, logger);  // its peak is of this size
    bench::Measure(size, pool);
  }
}
