#include <algorithm>
#include <cstdint>

#include "derms/v1/optimizer.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/problem_json.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/output/solution_report.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::OptimizerService::Stub;
using Result = absl::StatusOr<ExitCode>;

constexpr absl::Duration kDefaultTimeLimit = absl::Seconds(30);  // as the service's

struct SolveOptions {
  std::string file;
  std::string time_limit;
  double gap = -1;
  std::int64_t seed = 0;
  bool relax = false;
  bool multipliers = false;
};

void Declare(CLI::App& command, SolveOptions& options) {
  AddValue(command, "FILE", options.file, "",
           "The problem as JSON (derms.v1.DispatchProblem; docs/examples has some), or - for standard input.")
      .Required();
  AddValue(command, "--time-limit", options.time_limit, "DURATION",
           "Answer after this with what there is; default 30s.");
  AddValue(command, "--gap", options.gap, "SHARE", "Stop at this gap; default 0.0001.");
  AddValue(command, "--seed", options.seed, "N", "The same seed gives the same answer; default 1.");
  AddFlag(command, "--relax", options.relax,
          "When no schedule meets everything: give up as little as possible, and say what.");
  AddFlag(command, "--multipliers", options.multipliers, "With --json: also the multipliers that prove the bound.");
}

absl::StatusOr<v1::SolveDispatchRequest> ToRequest(Session& session, const SolveOptions& options) {
  v1::SolveDispatchRequest request;
  ASSIGN_OR_RETURN(*request.mutable_problem(), ReadProblem(options.file, session.world().in));
  if (!options.time_limit.empty()) {
    ASSIGN_OR_RETURN(const absl::Duration limit, ParseDuration(options.time_limit));
    *request.mutable_time_limit() = ToDurationMessage(limit);
  }
  if (options.gap >= 0) request.set_relative_gap(options.gap);
  request.set_seed(static_cast<std::int32_t>(std::clamp<std::int64_t>(options.seed, -1, INT32_MAX)));
  request.set_relax(options.relax);
  request.set_with_multipliers(options.multipliers);
  return request;
}

Result Solve(Session& session, const SolveOptions& options) {
  ASSIGN_OR_RETURN(const v1::SolveDispatchRequest request, ToRequest(session, options));
  const absl::Duration limit =
      request.has_time_limit() ? absl::Seconds(request.time_limit().seconds() + 1) : kDefaultTimeLimit;
  const absl::Duration timeout = limit + absl::Seconds(session.options().timeout_seconds);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kOptimizer, &Stub::SolveDispatch, request, timeout));
  PrintSolution(session, request.problem(), answer);
  return ExitCode::kOk;
}

}  // namespace

void AddSolveCommand(CLI::App& root, Selected& selected) {
  AddCommand(root, selected,
             {"solve", "Solves a dispatch problem from a file; nothing is read from the fleet or stored.",
              "dermsctl solve docs/examples/house.json\n"
              "dermsctl solve docs/examples/house.json --json --multipliers\n"
              "dermsctl solve problem.json --relax --time-limit 5s"},
             Declare, Solve);
}

}  // namespace derms::dermsctl
