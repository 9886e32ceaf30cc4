// A rolling horizon of a synthetic fleet: processor time of re-solves against solves from scratch, as one JSON line.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "libs/dispatch/fleet/device_multipliers.h"
#include "libs/dispatch/fleet/sapc.h"
#include "libs/dispatch/fleet/testing/fleet_generator.h"
#include "libs/dispatch/fleet/testing/rolling_fleet.h"
#include "tests/bench/program.h"

namespace derms::bench {
namespace {

namespace fleet = dispatch::fleet;

// A schedule that the checker passes, and what it took.
fleet::FleetSchedule Solved(const fleet::Fleet& of, const fleet::SapcOptions& how, fleet::SapcReport& report,
                            fleet::WarmStart* next, double& cpu_seconds) {
  const double start = CpuSeconds();
  auto schedule = fleet::SolveFleet(of, how, &report, next);
  cpu_seconds += CpuSeconds() - start;
  if (!schedule.ok()) throw CLI::RuntimeError(std::string(schedule.status().message()), 1);
  if (!fleet::CheckFleet(of, *schedule, fleet::MultipliersOf(of)).valid()) throw CLI::RuntimeError("refused", 1);
  return *std::move(schedule);
}

void AddPhases(const fleet::SapcReport& report, nlohmann::json& to) {
  const auto add = [&](const char* phase, double seconds) { to[phase] = to.value(phase, 0.0) + seconds; };
  add("model", report.model_seconds);
  add("surrogate", report.surrogate_seconds);
  add("bound", report.bound_seconds);
  add("anchored", report.anchored_seconds);
}

void Roll(const fleet::testing::FleetShape& shape, const fleet::WarmOptions& rolling, int steps, int passed) {
  fleet::Fleet now = fleet::testing::GenerateFleet(shape);
  fleet::WarmStart warm;
  fleet::SapcReport report;
  double cold_seconds = 0.0, warm_seconds = 0.0, unused = 0.0, gap = 0.0;
  fleet::FleetSchedule last = Solved(now, {}, report, &warm, unused);
  int resumed = 0;
  nlohmann::json phases = nlohmann::json::object(), gaps;
  for (int step = 1; step <= steps; ++step) {
    now = fleet::testing::LaterFleet(now, last, passed, shape.seed * 1000 + static_cast<std::uint64_t>(step));
    warm.intervals_passed = passed;
    Solved(now, {}, report, nullptr, cold_seconds);
    fleet::SapcReport of_warm;
    last = Solved(now, {.warm = &warm, .rolling = rolling}, of_warm, &warm, warm_seconds);
    gap = std::max(gap, last.relative_gap());
    gaps.push_back(last.relative_gap());
    AddPhases(of_warm, phases);
    resumed += of_warm.resumed_regions;
  }
  const nlohmann::json line = {{"figure", "dispatch_rolling_ratio"},
                               {"devices", now.device_count()},
                               {"intervals", now.interval_count},
                               {"intervals_passed", passed},
                               {"steps", steps},
                               {"resumed", resumed},
                               {"cold_cpu_seconds", cold_seconds / steps},
                               {"warm_cpu_seconds", warm_seconds / steps},
                               {"ratio", warm_seconds / cold_seconds},
                               {"must", 0.5},
                               {"aim", 0.1},
                               {"warm_phase_cpu_seconds", phases},
                               {"gap", gap},
                               {"gaps", gaps},
                               {"gap_must", 2e-3}};
  std::printf("%s\n", line.dump().c_str());
}

int Main(int argc, char** argv) {
  fleet::testing::FleetShape shape;
  shape.devices = 10000;
  shape.intervals = 96;
  int steps = 8, passed = 1;
  CLI::App app("Re-solves of a synthetic fleet step by step, as one JSON line");
  app.add_option("--devices", shape.devices);
  app.add_option("--intervals", shape.intervals);
  app.add_option("--regions", shape.regions);
  app.add_option("--seed", shape.seed);
  app.add_option("--steps", steps);
  app.add_option("--passed", passed, "intervals between two solves; 0: newer forecasts of the same horizon");
  fleet::WarmOptions rolling;
  app.add_option("--gap", rolling.relative_gap, "above which a re-solve is followed by a solve from scratch");
  fleet::WarmPass pass = rolling.moved;
  bool plain = true;
  const auto of_pass = [&](const char* name, auto& value, const char* what) {
    app.add_option_function<std::remove_reference_t<decltype(value)>>(
        name, [&](const auto& given) { value = given, plain = false; }, what);
  };
  of_pass("--least-turn", pass.least_turn, "part of each cluster of devices that is solved again");
  of_pass("--most-turn", pass.most_turn, "the same at most");
  of_pass("--loss-for-all", pass.loss_for_all, "of the cost: where all would be solved again");
  of_pass("--fewest-devices", pass.fewest_devices, "solved again");
  of_pass("--tail-hours", pass.tail_hours, "that all devices are solved again for");
  of_pass("--blocks-before", pass.blocks_before, "of those that keep their plan");
  of_pass("--blocks", pass.equal_blocks, "of those whose turn it is");
  of_pass("--tail-blocks", pass.tail_blocks, "that the last one is cut into");
  app.add_option("--tolerance", rolling.proof_tolerance, "of the cost, for a shorter tail of the proof");
  CLI11_PARSE(app, argc, argv);
  if (!plain) rolling.moved = rolling.same_horizon = pass;
  Roll(shape, rolling, steps, passed);
  return 0;
}

}  // namespace
}  // namespace derms::bench

int main(int argc, char** argv) {
  return derms::bench::RunProgram("fleet_rolling", derms::bench::Main, argc, argv);
}
