// One solve of a synthetic fleet, as one JSON line: by the fleet engine, or by CLP on the same problem as one linear
// program. dispatch.py runs it, a process for each line, so that memory and processor time are the solve's own.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "libs/dispatch/clp_engine.h"
#include "libs/dispatch/fleet/device_multipliers.h"
#include "libs/dispatch/fleet/sapc.h"
#include "libs/dispatch/fleet/testing/fleet_generator.h"
#include "libs/dispatch/lp_model.h"
#include "tests/bench/program.h"

namespace derms::bench {
namespace {

namespace fleet = dispatch::fleet;
using Json = nlohmann::json;

struct Options {
  fleet::testing::FleetShape shape;
  std::string profile = "default", solver = "sapc", write_lp;
  int threads = 1;
  double gap = 1e-3, time_limit_seconds = 600.0;
};

double PeakBytes() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return 1024.0 * static_cast<double>(used.ru_maxrss);
}

// FNV-1a (Fowler, Noll, Vo) over what the instance is made of: two machines can see that they solve the same.
std::string HashOf(const fleet::Fleet& of) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  const auto add = [&](const auto& values) {
    for (const auto& value : values) {
      unsigned char bytes[sizeof(value)];
      std::memcpy(bytes, &value, sizeof(value));
      for (unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3ULL;
    }
  };
  for (const fleet::FleetRegion& region : of.regions) add(region.demand_kw);
  add(of.storages.energy_max_kwh);
  add(of.units.max_kw);
  add(of.renewables.capacity_kw);
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(hash));  // NOLINT(google-runtime-int)
  return text;
}

// The cost of doing nothing clever: what optimising is worth is measured from here.
double PlainCost(const fleet::Fleet& of) {
  const auto schedule = fleet::SolveFleet(of, {.time_limit = absl::ZeroDuration()});
  return schedule.ok() ? schedule->cost_usd : std::numeric_limits<double>::quiet_NaN();
}

void SolveWithEngine(const Options& options, const fleet::Fleet& of, Json& line) {
  fleet::SapcOptions how;
  how.threads = options.threads;
  how.relative_gap = options.gap;
  how.time_limit = absl::Seconds(options.time_limit_seconds);
  fleet::SapcReport report;
  const double cpu = CpuSeconds();
  const absl::Time start = absl::Now();
  const auto schedule = fleet::SolveFleet(of, how, &report);
  line["wall_seconds"] = absl::ToDoubleSeconds(absl::Now() - start);
  line["cpu_seconds"] = CpuSeconds() - cpu;
  line["peak_bytes_per_der"] = PeakBytes() / static_cast<double>(of.device_count());
  if (!schedule.ok()) {
    line["error"] = std::string(schedule.status().message());
    return;
  }
  line["finished"] = report.finished;
  line["cost_usd"] = schedule->cost_usd;
  line["lower_bound_usd"] = schedule->lower_bound_usd;
  line["gap"] = schedule->relative_gap();
  const double worth = PlainCost(of) - schedule->lower_bound_usd;
  line["gap_of_value"] = worth > 0.0 ? schedule->gap_usd() / worth : 0.0;
  line["phase_cpu_seconds"] = {{"model", report.model_seconds},
                               {"surrogate", report.surrogate_seconds},
                               {"bound", report.bound_seconds},
                               {"anchored", report.anchored_seconds},
                               {"polish", report.polish_seconds}};
  line["simplex_iterations"] = report.simplex_iterations;
  line["polish_passes"] = report.polish_passes;
  line["device_solves"] = report.device_solves;
  if (report.priced_lots > 0) line["priced_lots"] = report.priced_lots;
  const double size = static_cast<double>(of.device_count()) * of.interval_count;
  line["cpu_ns_per_der_interval"] = 1e9 * line["cpu_seconds"].get<double>() / size;
  const fleet::FleetCertificate judged = fleet::CheckFleet(of, *schedule, fleet::MultipliersOf(of));
  line["checker"] = {{"valid", judged.valid()},
                     {"cost_usd", judged.cost_usd},
                     {"lower_bound_usd", judged.lower_bound_usd},
                     {"largest_violation", judged.largest_violation}};
}

dispatch::LinearProgram ProgramOf(const fleet::Fleet& of, Json& line) {
  const dispatch::Problem problem = fleet::testing::ProblemOf(of);
  dispatch::LinearProgram program =
      std::move(dispatch::BuildLpModel(problem, dispatch::RegionTree(problem.regions)).program);
  line["lp_rows"] = program.rows();
  line["lp_columns"] = program.columns();
  line["lp_nonzeros"] = program.element_value.size();
  return program;
}

void SolveWithClp(const Options& options, const fleet::Fleet& of, Json& line) {
  const dispatch::LinearProgram program = ProgramOf(of, line);
  const double cpu = CpuSeconds();
  const absl::Time start = absl::Now();
  const auto result = dispatch::SolveWithClp(program, {.deadline = start + absl::Seconds(options.time_limit_seconds)});
  line["wall_seconds"] = absl::ToDoubleSeconds(absl::Now() - start);
  line["cpu_seconds"] = CpuSeconds() - cpu;
  line["peak_bytes_per_der"] = PeakBytes() / static_cast<double>(of.device_count());
  line["finished"] = result.ok() && result->status == dispatch::EngineStatus::kOptimal;
  if (line["finished"]) line["cost_usd"] = result->objective;
}

// For a peer in another language: counts, then arrays, as little-endian int64 and float64.
void WriteProgram(const std::string& path, const dispatch::LinearProgram& program) {
  std::ofstream file(path, std::ios::binary);
  const auto write = [&](const auto& values) {
    file.write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * sizeof(values[0])));
  };
  const auto wide = [](const std::vector<int>& values) {
    return std::vector<std::int64_t>(values.begin(), values.end());
  };
  write(std::vector<std::int64_t>{program.rows(), program.columns(),
                                  static_cast<std::int64_t>(program.element_value.size())});
  write(std::vector<double>{program.constant});
  for (const auto* values : {&program.lower, &program.upper, &program.cost, &program.row_lower, &program.row_upper}) {
    write(*values);
  }
  write(wide(program.element_row));
  write(wide(program.element_column));
  write(program.element_value);
  if (!file.flush()) throw CLI::FileError("cannot write " + path);
}

void Run(const Options& options) {
  const fleet::Fleet of = fleet::testing::GenerateFleet(options.shape);
  Json line = {{"profile", options.profile},     {"devices", of.device_count()},
               {"intervals", of.interval_count}, {"regions", of.regions.size()},
               {"seed", options.shape.seed},     {"instance", HashOf(of)},
               {"solver", options.solver},       {"threads", options.solver == "sapc" ? options.threads : 1}};
  if (!options.write_lp.empty()) {
    WriteProgram(options.write_lp, ProgramOf(of, line));
  } else if (options.solver == "clp") {
    SolveWithClp(options, of, line);
  } else {
    SolveWithEngine(options, of, line);
  }
  std::printf("%s\n", line.dump().c_str());
}

int Main(int argc, char** argv) {
  Options options;
  options.shape.regions = 0;
  options.shape.reserve_hours = -1.0;
  CLI::App app("One solve of a synthetic fleet, as one JSON line");
  app.add_option("--devices", options.shape.devices);
  app.add_option("--intervals", options.shape.intervals);
  app.add_option("--regions", options.shape.regions, "default: the profile's");
  app.add_option("--seed", options.shape.seed);
  app.add_option("--profile", options.profile);
  app.add_option("--reserve-hours", options.shape.reserve_hours,
                 "that energy backs headroom for; default: the profile's");
  app.add_option("--solver", options.solver)->check(CLI::IsMember({"sapc", "clp"}));
  app.add_option("--threads", options.threads);
  app.add_option("--gap", options.gap, "polish until this relative gap");
  app.add_option("--time-limit", options.time_limit_seconds);
  app.add_option("--write-lp", options.write_lp, "write the linear program there instead of solving it");
  CLI11_PARSE(app, argc, argv);
  auto shape = fleet::testing::ShapeOfProfile(options.profile);
  if (!shape.ok()) return app.exit(CLI::ValidationError("--profile", std::string(shape.status().message())));
  shape->devices = options.shape.devices;
  shape->intervals = options.shape.intervals;
  if (options.shape.regions > 0) shape->regions = options.shape.regions;
  if (options.shape.reserve_hours >= 0.0) shape->reserve_hours = options.shape.reserve_hours;
  shape->seed = options.shape.seed;
  options.shape = *shape;
  try {
    Run(options);
  } catch (const CLI::Error& error) {
    return app.exit(error);
  }
  return 0;
}

}  // namespace
}  // namespace derms::bench

int main(int argc, char** argv) {
  return derms::bench::RunProgram("fleet_dispatch", derms::bench::Main, argc, argv);
}
