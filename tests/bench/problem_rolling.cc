// A rolling horizon of a synthetic fleet as the product solves it: a Problem, by the fleet engine behind its Solver and
// by the portfolio, devices in another order at each step. Processor time of solves that go on from the last one
// against solves from scratch, one JSON line for each solver.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "libs/dispatch/checker.h"
#include "libs/dispatch/fleet/sapc_solver.h"
#include "libs/dispatch/fleet/testing/fleet_generator.h"
#include "libs/dispatch/fleet/testing/rolling_fleet.h"
#include "libs/dispatch/portfolio.h"
#include "libs/dispatch/resume_point.h"
#include "tests/bench/program.h"

namespace derms::bench {
namespace {

namespace fleet = dispatch::fleet;

struct Shape {
  fleet::testing::FleetShape fleet;
  int steps = 4, passed = 1;
  double new_share = 0.0, gap_tolerance = 1e-3;
};

// A solution that the checker passes, and what it took.
dispatch::Solution Solved(const dispatch::Solver& solver, const dispatch::Problem& problem,
                          const dispatch::SolveOptions& options, double& cpu_seconds) {
  const double start = CpuSeconds();
  auto solution = solver.Solve(problem, options);
  cpu_seconds += CpuSeconds() - start;
  if (!solution.ok()) throw CLI::RuntimeError(std::string(solution.status().message()), 1);
  if (!dispatch::Check(problem, *solution).valid()) throw CLI::RuntimeError("refused by the checker", 1);
  return *std::move(solution);
}

class Roll {
 public:
  Roll(const dispatch::Solver& solver, const Shape& shape)
      : solver_(solver), shape_(shape), fleet_(fleet::testing::GenerateFleet(shape.fleet)) {
    cold_.time_limit = absl::Minutes(5);
    cold_.relative_gap = shape.gap_tolerance;
  }

  nlohmann::json Run() {
    double unused = 0.0;
    Solve(unused);
    for (int step = 1; step <= shape_.steps; ++step) Step(step);
    return {{"figure", "dispatch_problem_rolling_ratio"},
            {"solver", solver_.name()},
            {"devices", shape_.fleet.devices},
            {"intervals", shape_.fleet.intervals},
            {"intervals_passed", shape_.passed},
            {"new_share", shape_.new_share},
            {"gap_tolerance", shape_.gap_tolerance},
            {"steps", shape_.steps},
            {"resumed", resumed_},
            {"cold_cpu_seconds", cold_seconds_ / shape_.steps},
            {"warm_cpu_seconds", warm_seconds_ / shape_.steps},
            {"ratio", warm_seconds_ / cold_seconds_},
            {"gap", gap_},
            {"cold_gap", cold_gap_},
            {"resume_bytes", dispatch::ByteSize(*point_)}};
  }

 private:
  void Step(int step) {
    fleet_ = fleet::testing::LaterFleet(fleet_, last_, shape_.passed,
                                        shape_.fleet.seed * 1000 + static_cast<std::uint64_t>(step));
    start_ += absl::Hours(fleet_.hours) * shape_.passed;
    step_ = step;
    const dispatch::Solution solution = Solve(warm_seconds_);
    gap_ = std::max(gap_, solution.relative_gap());
    resumed_ += solution.resumed ? 1 : 0;
    cold_gap_ = std::max(cold_gap_, Solved(solver_, problem_, cold_, cold_seconds_).relative_gap());
  }

  dispatch::Solution Solve(double& cpu_seconds) {
    problem_ = fleet::testing::ProblemOf(fleet_);
    problem_.start = start_;
    const dispatch::Problem in_rows = problem_;
    Renew();
    std::shuffle(problem_.devices.begin(), problem_.devices.end(), random_);
    dispatch::SolveOptions options = cold_;
    options.resume_from = point_;
    options.keep_resume_point = true;
    dispatch::Solution solution = Solved(solver_, problem_, options, cpu_seconds);
    if (solution.resume_point == nullptr) throw CLI::RuntimeError("nothing to go on from", 1);
    point_ = solution.resume_point;
    KeepPowers(in_rows, solution);
    return solution;
  }

  // Some devices have been replaced: the next one of its kind has another id.
  void Renew() {
    names_.resize(problem_.devices.size());
    for (std::size_t d = 0; d < names_.size(); ++d) {
      const bool is_new = std::generate_canonical<double, 53>(random_) < shape_.new_share;
      if (names_[d].empty() || is_new) names_[d] = problem_.devices[d].id + "/" + std::to_string(step_);
      problem_.devices[d].id = names_[d];
    }
  }

  // Powers in the rows of the fleet, which are those of the problem before it was shuffled.
  void KeepPowers(const dispatch::Problem& in_rows, const dispatch::Solution& solution) {
    std::map<std::string_view, const dispatch::Series*> powers;
    for (std::size_t d = 0; d < problem_.devices.size(); ++d) {
      powers[problem_.devices[d].id] = &solution.devices[d].power_kw;
    }
    last_ = {};
    for (std::size_t d = 0; d < names_.size(); ++d) {
      const auto& kind = in_rows.devices[d].kind;
      std::vector<float>* const to = std::holds_alternative<dispatch::Storage>(kind) ? &last_.storage_kw
                                     : std::holds_alternative<dispatch::Unit>(kind)  ? &last_.unit_kw
                                     : std::holds_alternative<dispatch::Hydro>(kind) ? &last_.hydro_kw
                                                                                     : nullptr;
      if (to == nullptr) continue;
      for (const double kw : *powers[names_[d]]) to->push_back(static_cast<float>(kw));
    }
    last_.regions.resize(solution.regions.size());
    for (std::size_t r = 0; r < last_.regions.size(); ++r) {
      last_.regions[r].net_import_kw = solution.regions[r].net_import_kw;
    }
  }

  const dispatch::Solver& solver_;
  const Shape shape_;
  fleet::Fleet fleet_;
  dispatch::SolveOptions cold_;
  std::mt19937_64 random_{1};
  absl::Time start_ = absl::UnixEpoch();
  int step_ = 0;
  dispatch::Problem problem_;
  std::vector<std::string> names_;  // of devices in rows
  fleet::FleetSchedule last_;
  std::shared_ptr<const dispatch::ResumePoint> point_;
  double cold_seconds_ = 0.0, warm_seconds_ = 0.0, gap_ = 0.0, cold_gap_ = 0.0;
  int resumed_ = 0;
};

int Main(int argc, char** argv) {
  Shape shape;
  shape.fleet.devices = 10000;
  shape.fleet.intervals = 96;
  std::string only;
  CLI::App app("Solves of a problem that go on from the last one, as one JSON line for each solver");
  app.add_option("--devices", shape.fleet.devices);
  app.add_option("--intervals", shape.fleet.intervals);
  app.add_option("--seed", shape.fleet.seed);
  app.add_option("--steps", shape.steps);
  app.add_option("--passed", shape.passed, "intervals between two solves; 0: newer forecasts of the same horizon");
  app.add_option("--new-share", shape.new_share, "of devices that are replaced by others from one solve to the next");
  app.add_option("--gap-tolerance", shape.gap_tolerance, "of the solves from scratch");
  app.add_option("--solver", only, "sapc or portfolio; both");
  CLI11_PARSE(app, argc, argv);
  const fleet::SapcSolver sapc;
  const std::unique_ptr<const dispatch::Solver> portfolio = dispatch::MakePortfolio();
  const std::vector<const dispatch::Solver*> solvers = {&sapc, portfolio.get()};
  for (const dispatch::Solver* solver : solvers) {
    if (!only.empty() && solver->name() != only) continue;
    std::printf("%s\n", Roll(*solver, shape).Run().dump().c_str());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace derms::bench

int main(int argc, char** argv) {
  return derms::bench::RunProgram("problem_rolling", derms::bench::Main, argc, argv);
}
