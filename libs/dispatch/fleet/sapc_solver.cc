#include "libs/dispatch/fleet/sapc_solver.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/fleet/compile.h"
#include "libs/dispatch/fleet/resuming.h"
#include "libs/dispatch/fleet/sapc.h"
#include "libs/dispatch/fleet/solution_reading.h"
#include "libs/dispatch/validate.h"

namespace derms::dispatch::fleet {
namespace {

// Reading the schedule back, with a multiplier for every row, belongs to the time limit too.
constexpr double kReadingSecondsPerDeviceInterval = 2e-7;

absl::Duration ReadingTime(const Problem& problem) {
  return absl::Seconds(kReadingSecondsPerDeviceInterval * static_cast<double>(problem.devices.size()) *
                       problem.interval_count);
}

SapcOptions OptionsOf(const SolveOptions& options, absl::Duration time_limit) {
  SapcOptions how;
  how.time_limit = time_limit;
  how.relative_gap = options.relative_gap;
  how.threads = options.threads;
  how.cancelled = options.cancelled;
  how.progress = options.progress;
  how.rolling.relative_gap = std::max(options.resume_gap, options.relative_gap);
  return how;
}

// What the solve may go on from; a note when that is nothing.
std::optional<Resumption> ResumptionOf(const Problem& problem, const CompiledFleet& compiled,
                                       const SolveOptions& options, std::vector<std::string>& notes) {
  if (options.resume_from == nullptr) return std::nullopt;
  absl::StatusOr<Resumption> resumption = Resume(*options.resume_from, problem, compiled);
  if (resumption.ok()) return *std::move(resumption);
  notes.push_back(std::string(resumption.status().message()));
  return std::nullopt;
}

std::string NoteOf(const Resumption& resumption, bool resumed) {
  if (!resumed) return "solved from scratch: what went on from the last run left too large a gap";
  const int passed = resumption.warm.intervals_passed;
  std::string note = "went on from the last run, of the same horizon";
  if (passed == 1) note = "went on from the last run, an interval later";
  if (passed > 1) note = absl::StrCat("went on from the last run, ", passed, " intervals later");
  if (resumption.unplanned == 0) return note;
  return absl::StrCat(note, "; ", resumption.unplanned, " of ", resumption.devices, " devices are new");
}

}  // namespace

absl::StatusOr<Solution> SapcSolver::Solve(const Problem& problem, const SolveOptions& options) const {
  const absl::Time start = absl::Now();
  RETURN_IF_ERROR(Validate(problem));
  RETURN_IF_ERROR(CheckReachability(problem));
  ASSIGN_OR_RETURN(const CompiledFleet compiled, Compile(problem));
  std::vector<std::string> notes;
  const std::optional<Resumption> from = ResumptionOf(problem, compiled, options, notes);
  SapcOptions how = OptionsOf(options, options.time_limit - (absl::Now() - start) - ReadingTime(problem));
  if (from) how.warm = &from->warm;
  const bool keeps = options.keep_resume_point && CanResume(problem);
  WarmStart next;
  SapcReport report;
  ASSIGN_OR_RETURN(const FleetSchedule schedule, SolveFleet(compiled.fleet, how, &report, keeps ? &next : nullptr));
  Solution solution = ReadSolution(problem, compiled, schedule);
  solution.solver = std::string(name());
  solution.status = solution.relative_gap() <= options.relative_gap ? SolveStatus::kOptimal : SolveStatus::kFeasible;
  solution.notes = std::move(notes);
  solution.resumed = from && report.resumed_regions > 0;
  if (from) solution.notes.push_back(NoteOf(*from, solution.resumed));
  if (!report.finished) solution.notes.push_back("the time limit cut the solve short; the gap says what is left");
  if (keeps) solution.resume_point = std::make_shared<ResumePoint>(KeepPoint(problem, compiled, std::move(next)));
  solution.seconds = absl::ToDoubleSeconds(absl::Now() - start);
  return solution;
}

}  // namespace derms::dispatch::fleet
