#include "services/optimizer/run_executor.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/server/running_call.h"
#include "libs/wire/convert_time.h"
#include "services/optimizer/accept.h"
#include "services/optimizer/grid_stability.h"
#include "services/optimizer/robust_run.h"
#include "services/optimizer/run_end.h"
#include "services/optimizer/run_report.h"

namespace derms::optimizer {
namespace {

constexpr absl::Duration kStoreTimeout = absl::Seconds(60);  // a schedule of a million DERs is a gigabyte
constexpr int kStoreTries = 5;
constexpr absl::Duration kBetweenTries = absl::Seconds(1);
constexpr absl::Duration kStopPoll = absl::Milliseconds(20);
constexpr absl::Duration kEndsAfterCancel = absl::Seconds(5);

// `began` and the time limit are of the whole run.
dispatch::SolveOptions OptionsOf(const RunTicket& ticket, const LiveRun& live, absl::Time began) {
  dispatch::SolveOptions options = ticket.options;
  options.time_limit = std::max(absl::ZeroDuration(), options.time_limit - (absl::Now() - began));
  options.cancelled = &live.cancelled();
  return options;
}

}  // namespace

RunExecutor::RunExecutor(Options options, Parts parts)
    : options_(std::move(options)), parts_(parts), pool_(options_.threads, options_.limit) {}

RunExecutor::~RunExecutor() {
  Stop(absl::ZeroDuration());
}

absl::StatusOr<std::shared_ptr<void>> RunExecutor::Reserve() {
  if (stopping_) return base::Unavailable("DRAINING", "the service is stopping; ask another replica");
  if (places_->fetch_add(1) >= options_.limit) {
    --*places_;
    return base::ResourceExhausted("TOO_MANY_RUNS",
                                   absl::StrCat(options_.limit,
                                                " runs are being solved or wait for it; retry later, or end one "
                                                "with CancelRun"));
  }
  return std::shared_ptr<void>(nullptr, [places = places_](void*) { --*places; });
}

void RunExecutor::Begin(std::shared_ptr<const RunTicket> ticket, RunDone done) {
  const absl::Time began = absl::Now();
  const auto live = parts_.board.Add(ticket->run.run_id(), wire::FromProto(ticket->run.created_at()), std::move(done));
  const absl::Status taken = pool_.Submit([this, ticket, live, began] { Execute(*ticket, *live, began); });
  if (taken.ok()) return;
  // Stopping: places are fewer than what the pool queues. Its row ends as that of a process that is gone.
  parts_.board.End(ticket->run.run_id(), RunInterrupted(ticket->run.run_id()));
}

absl::StatusOr<dispatch::Solution> RunExecutor::Solve(const RunTicket& ticket, LiveRun& live, absl::Time began) const {
  dispatch::SolveOptions options = WithoutRobustShare(ticket.built, OptionsOf(ticket, live, began));
  options.progress = [&](const dispatch::SolveProgress& progress) {
    live.Note(progress);
    parts_.board.Wake(live.run_id());
  };
  if (live.cancelled()) return RunInterrupted(live.run_id());
  GoOn(ticket, options);
  ASSIGN_OR_RETURN(dispatch::Solution solution, parts_.solver.Solve(ticket.built.problem, options));
  RETURN_IF_ERROR(Accept(ticket.built.problem, solution));
  return solution;
}

void RunExecutor::GoOn(const RunTicket& ticket, dispatch::SolveOptions& options) const {
  if (!ticket.goes_on) return;
  options.resume_from = parts_.resume_points.Take(*ticket.goes_on);
  options.keep_resume_point = true;
}

void RunExecutor::Keep(const RunTicket& ticket, const dispatch::Solution& solution) const {
  if (!ticket.goes_on) return;
  parts_.metrics.Solved(solution.resumed, solution.seconds);
  if (solution.resume_point != nullptr) parts_.resume_points.Put(*ticket.goes_on, solution.resume_point);
}

absl::Status RunExecutor::Failure(const LiveRun& live, const absl::Status& status) {
  if (!live.cancelled()) return status;
  const std::string by = live.cancelled_by();
  return by.empty() ? RunInterrupted(live.run_id()) : RunCancelled(live.run_id(), by);
}

void RunExecutor::Execute(const RunTicket& ticket, LiveRun& live, absl::Time began) {
  auto solution = server::Guarded([&] { return Solve(ticket, live, began); });
  v1::OptimizationRun run = ticket.run;
  run.set_cancelled_by(live.cancelled_by());
  const absl::Time now = parts_.clock.Now();
  *run.mutable_ended_at() = wire::ToProto(now);
  std::vector<RegionStability> stability;
  if (solution.ok()) {
    run.set_applied(ticket.apply);
    ReportSolution(ticket.built, ticket.horizon, *solution, run);
    stability = StabilityOf(ticket.built, *solution);
    ReportStability(ticket.built, ticket.horizon, *solution, stability, *run.mutable_grid_stability());
    if (ticket.built.robust) {
      ReportRobust(ticket.built, *solution, parts_.solver, OptionsOf(ticket, live, began), *run.mutable_robust());
    }
  } else {
    ReportFailure(Failure(live, solution.status()), run);
  }
  absl::Status stored = StoreEnd(ticket, run, solution.ok() ? &*solution : nullptr, stability);
  if (base::ReasonOf(stored) == "LEASE_LOST") {  // another leads: its schedule counts, and this run ends without one
    solution = stored;
    run = ticket.run;
    *run.mutable_ended_at() = wire::ToProto(now);
    ReportFailure(stored, run);
    stored = StoreEnd(ticket, run, nullptr, {});
  }
  if (!stored.ok()) {
    parts_.logger.Error("the end of a run was not stored",
                        {{"run_id", live.run_id()}, {"error", std::string(stored.message())}});
    const bool given_up = base::ReasonOf(stored) == "RUN_ENDED";  // by others, as this process had been silent
    return parts_.board.End(live.run_id(), given_up ? RunInterrupted(live.run_id()) : stored);
  }
  if (solution.ok()) Keep(ticket, *solution);
  // The solver's own status has details that the stored failure has not.
  if (run.has_failure()) return parts_.board.End(live.run_id(), Failure(live, solution.status()));
  parts_.board.End(live.run_id(), std::move(run));
}

absl::Status RunExecutor::StoreEnd(const RunTicket& ticket, const v1::OptimizationRun& run,
                                   const dispatch::Solution* solution,
                                   const std::vector<RegionStability>& stability) const {
  return Store([&] {
    store::Mutation mutation;
    mutation.events.push_back(RunEvent(run, ticket.request_id, wire::FromProto(run.ended_at()), parts_.ids));
    mutation.writes.push_back(
        store::RunFinish(ticket.access, StoredRun(run, ticket.horizon, options_.runner),
                         solution != nullptr ? SchedulesOf(ticket.built, *solution, stability) : domain::Schedules()));
    if (solution != nullptr) mutation.fence = ticket.fence;
    return mutation;
  });
}

absl::Status RunExecutor::Store(const std::function<store::Mutation()>& end) const {
  for (int left = kStoreTries;; --left) {
    const absl::Status outcome = store::CommitAndWait(parts_.committer, end(), absl::Now() + kStoreTimeout).status();
    if (outcome.code() != absl::StatusCode::kUnavailable || left == 1 || stopping_) return outcome;
    absl::SleepFor(kBetweenTries);
  }
}

void RunExecutor::Stop(absl::Duration patience) {
  stopping_ = true;
  const auto wait_until = [this](absl::Time limit) {
    while (!parts_.board.All().empty() && absl::Now() < limit) absl::SleepFor(kStopPoll);
  };
  wait_until(absl::Now() + patience);
  for (const auto& live : parts_.board.All()) live->Cancel("");
  wait_until(absl::Now() + kEndsAfterCancel);
  pool_.Drain();
}

}  // namespace derms::optimizer
