#include "derms/v1/optimizer.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/output/run_report.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::OptimizerService::Stub;
using Result = absl::StatusOr<ExitCode>;

struct ListOptions {
  std::string region;
  bool applied_only = false;
  std::string state;
  std::int64_t limit = 20;
};

void DeclareList(CLI::App& command, ListOptions& options) {
  AddValue(command, "--region", options.region, "REGION", "Only of this area.");
  AddFlag(command, "--applied", options.applied_only, "Only runs whose schedule took force.");
  AddValue(command, "--state", options.state, "STATE", "Only runs in this state: " + Choices<v1::RunState>() + ".");
  AddValue(command, "--limit", options.limit, "N", "Most runs; default 20.");
}

Result List(Session& session, const ListOptions& options) {
  v1::ListRunsRequest request;
  request.set_region_id(options.region);
  request.set_applied_only(options.applied_only);
  if (!options.state.empty()) {
    ASSIGN_OR_RETURN(const v1::RunState state, ParseWord<v1::RunState>(options.state));
    request.set_state(state);
  }
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

// Of the commands about one run.
struct RunOptions {
  std::string run_id;
};

void DeclareRun(CLI::App& command, RunOptions& options) {
  AddValue(command, "RUN", options.run_id, "", "Id of the run.").Required();
}

Result Get(Session& session, const RunOptions& options) {
  v1::GetRunRequest request;
  request.set_run_id(options.run_id);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kOptimizer, &Stub::GetRun, request));
  PrintRun(session, answer.run());
  return ExitCode::kOk;
}

// A line for each step, the whole run at its end.
Result Watch(Session& session, const RunOptions& options) {
  ASSIGN_OR_RETURN(client::Connection * optimizer, session.Connect(Process::kOptimizer));
  grpc::ClientContext context;
  RETURN_IF_ERROR(optimizer->Authorize(context));
  v1::WatchRunRequest request;
  request.set_run_id(options.run_id);
  Stub stub(optimizer->channel());
  const auto stream = stub.WatchRun(&context, request);
  v1::WatchRunResponse message;
  v1::OptimizationRun run;
  while (stream->Read(&message)) {
    run = message.run();
    if (run.state() == v1::RUN_STATE_RUNNING) PrintRunProgress(session, run);
  }
  if (const grpc::Status end = stream->Finish(); !end.ok()) return optimizer->Explain(end);
  PrintRun(session, run);
  return run.has_failure() ? ExitCode::kFailure : ExitCode::kOk;
}

Result Cancel(Session& session, const RunOptions& options) {
  v1::CancelRunRequest request;
  request.set_run_id(options.run_id);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kOptimizer, &Stub::CancelRun, request));
  PrintRun(session, answer.run());
  session.Note("Next: dermsctl runs watch " + options.run_id);
  return ExitCode::kOk;
}

}  // namespace

void AddRunCommands(CLI::App& root, Selected& selected) {
  CLI::App& runs = AddGroup(root, "runs", "Optimisation runs.");
  AddCommand(runs, selected, {"list", "Lists runs, newest first.", "dermsctl runs list --applied"}, DeclareList, List);
  AddCommand(
      runs, selected,
      {"get", "Shows a run with its cost and certificate.", "dermsctl runs get 7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11"},
      DeclareRun, Get);
  AddCommand(runs, selected,
             {"watch", "Follows a run, one line a step, until it has ended.",
              "dermsctl runs watch 7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11"},
             DeclareRun, Watch);
  AddCommand(runs, selected,
             {"cancel", "Ends a run that is being solved, without a schedule.",
              "dermsctl runs cancel 7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11"},
             DeclareRun, Cancel);
}

}  // namespace derms::dermsctl
