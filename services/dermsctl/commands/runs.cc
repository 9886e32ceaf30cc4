#include "derms/v1/optimizer.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/output/run_report.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::OptimizerService::Stub;
using Result = absl::StatusOr<ExitCode>;

struct ListOptions {
  std::string region;
  bool applied_only = false;
  std::int64_t limit = 20;
};

void DeclareList(CLI::App& command, ListOptions& options) {
  AddValue(command, "--region", options.region, "REGION", "Only of this area.");
  AddFlag(command, "--applied", options.applied_only, "Only runs whose schedule took force.");
  AddValue(command, "--limit", options.limit, "N", "Most runs; default 20.");
}

Result List(Session& session, const ListOptions& options) {
  v1::ListRunsRequest request;
  request.set_region_id(options.region);
  request.set_applied_only(options.applied_only);
  std::vector<v1::OptimizationRun> runs;
  RETURN_IF_ERROR((session.ForEachPage<Stub, v1::ListRunsRequest, v1::ListRunsResponse>(
      Process::kOptimizer, &Stub::ListRuns, request, [&](const v1::ListRunsResponse& page) {
        for (const v1::OptimizationRun& run : page.runs()) {
          if (std::ssize(runs) < options.limit) runs.push_back(run);
        }
        return std::ssize(runs) < options.limit;
      })));
  PrintRuns(session, runs);
  return ExitCode::kOk;
}

struct GetOptions {
  std::string run_id;
};

void DeclareGet(CLI::App& command, GetOptions& options) {
  AddValue(command, "RUN", options.run_id, "", "Id of the run.").Required();
}

Result Get(Session& session, const GetOptions& options) {
  v1::GetRunRequest request;
  request.set_run_id(options.run_id);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kOptimizer, &Stub::GetRun, request));
  PrintRun(session, answer.run());
  return ExitCode::kOk;
}

}  // namespace

void AddRunCommands(CLI::App& root, Selected& selected) {
  CLI::App& runs = AddGroup(root, "runs", "Optimisation runs.");
  AddCommand(runs, selected, {"list", "Lists runs, newest first.", "dermsctl runs list --applied"}, DeclareList, List);
  AddCommand(
      runs, selected,
      {"get", "Shows a run with its cost and certificate.", "dermsctl runs get 7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11"},
      DeclareGet, Get);
}

}  // namespace derms::dermsctl
