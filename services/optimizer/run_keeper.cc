#include "services/optimizer/run_keeper.h"

#include <utility>

#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/wire/convert_time.h"
#include "services/optimizer/run_end.h"
#include "services/optimizer/run_json.h"

namespace derms::optimizer {
namespace {

constexpr absl::Duration kDatabaseTimeout = absl::Seconds(5);
constexpr std::size_t kMostRuns = 1000;

Horizon HorizonOf(const domain::Run& run) {
  return {run.starts_at, run.interval, run.interval_count, run.starts_at};
}

}  // namespace

void RunKeeper::Start(absl::Duration interval) {
  loop_ = std::make_unique<store::BackgroundLoop>([this, interval] {
    if (const absl::Status round = Round(); !round.ok()) {
      parts_.logger.Warning("running runs were not looked after", {{"error", std::string(round.message())}});
    }
    return interval;
  });
}

absl::Status RunKeeper::Round() {
  for (const auto& live : parts_.board.All()) Beat(live);
  ASSIGN_OR_RETURN(const auto running,
                   parts_.queries.ListRunningRuns(kRunSilence, kMostRuns, absl::Now() + kDatabaseTimeout));
  for (const store::RunningRun& run : running) {
    if (run.runner != runner_) {
      if (run.silent) End(run.run_id);
    } else if (const auto live = parts_.board.Find(run.run_id); live == nullptr) {
      if (run.silent) End(run.run_id);  // stored, and then not begun: the process was stopping
    } else if (!run.cancelled_by.empty()) {
      live->Cancel(run.cancelled_by);
    }
  }
  parts_.board.WakeAll();
  return absl::OkStatus();
}

void RunKeeper::Beat(const std::shared_ptr<LiveRun>& live) {
  store::Mutation mutation;
  mutation.writes.push_back(store::RunBeat(domain::RoleAccess::System(), live->run_id(), runner_,
                                           ProgressToJson(live->ProgressAt(parts_.clock.Now()))));
  parts_.committer.Commit(std::move(mutation), absl::Now() + kDatabaseTimeout, [live](const auto& outcome) {
    // Ended by others, because this process had been silent: nobody will take its schedule.
    if (base::ReasonOf(outcome.status()) == "RUN_ENDED") live->Cancel("");
  });
}

void RunKeeper::End(const std::string& run_id) {
  const auto stored = parts_.queries.GetRun(run_id, absl::Now() + kDatabaseTimeout);
  if (!stored.ok() || !*stored || (*stored)->state != domain::RunState::kRunning) return;
  auto run = RunFromStored(**stored);
  if (!run.ok()) return;
  const absl::Time now = parts_.clock.Now();
  ReportFailure(
      (*stored)->cancelled_by.empty() ? RunInterrupted(run_id) : RunCancelled(run_id, (*stored)->cancelled_by), *run);
  *run->mutable_ended_at() = wire::ToProto(now);
  run->clear_progress();
  store::Mutation mutation;
  mutation.events.push_back(RunEvent(*run, "", now, parts_.ids));
  mutation.writes.push_back(store::RunFinish(domain::RoleAccess::System(),
                                             StoredRun(*run, HorizonOf(**stored), (*stored)->runner), kRunSilence));
  parts_.committer.Commit(std::move(mutation), absl::Now() + kDatabaseTimeout, [this, run_id](const auto& outcome) {
    if (!outcome.ok()) return;  // another process was faster
    parts_.logger.Warning("ended a run whose process is gone", {{"run_id", run_id}});
    parts_.board.Wake(run_id);
  });
}

}  // namespace derms::optimizer
