#include "libs/dispatch/portfolio.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/checker.h"
#include "libs/dispatch/conflict.h"
#include "libs/dispatch/exact.h"
#include "libs/dispatch/features.h"
#include "libs/dispatch/greedy.h"
#include "libs/dispatch/relaxation.h"
#include "libs/dispatch/validate.h"

namespace derms::dispatch {
namespace {

class Portfolio final : public Solver {
 public:
  std::string_view name() const override { return "portfolio"; }

  absl::StatusOr<Solution> Solve(const Problem& problem, const SolveOptions& options) const override {
    const absl::Time start = absl::Now();
    RETURN_IF_ERROR(Validate(problem));
    absl::StatusOr<Solution> solution = SolveAsAsked(problem, options);
    if (!options.relax || base::ReasonOf(solution.status()) != "INFEASIBLE") return solution;
    SolveOptions rest = options;
    rest.time_limit = options.time_limit - (absl::Now() - start);
    return SolveNearest(problem, rest);
  }

 private:
  // The problem in which as little as possible is given up.
  static absl::StatusOr<Solution> SolveNearest(const Problem& problem, SolveOptions options) {
    const absl::Time start = absl::Now();
    RETURN_IF_ERROR(CheckExactSize(problem));
    const EngineLimits limits{start + options.time_limit, options.cancelled};
    ASSIGN_OR_RETURN(std::vector<Relaxation> given_up, LeastRelaxation(problem, RegionTree(problem.regions), limits));
    ASSIGN_OR_RETURN(const Problem nearest, Relaxed(problem, given_up));
    options.time_limit -= absl::Now() - start;
    ASSIGN_OR_RETURN(Solution solution, SolveAsAsked(nearest, options));
    solution.relaxed = std::move(given_up);
    const Certificate certificate = Check(problem, solution, {.allow_relaxed = true});
    if (certificate.valid()) return solution;
    return base::Internal("UNCHECKED_SCHEDULE",
                          absl::StrCat("the checker refused the schedule: ", FirstDefect(certificate)));
  }

  static absl::StatusOr<Solution> SolveAsAsked(const Problem& problem, const SolveOptions& options) {
    const absl::Time start = absl::Now();
    RETURN_IF_ERROR(CheckReachability(problem));
    absl::StatusOr<Solution> best = GreedySolver().Solve(problem, options);
    const bool has_greedy = best.ok();
    if (!has_greedy && base::ReasonOf(best.status()) != "NO_SCHEDULE_FOUND") return best;

    SolveOptions rest = options;
    rest.time_limit = options.time_limit - (absl::Now() - start);
    if (!has_greedy) {
      best = ExactSolver().Solve(problem, rest);
      if (!best.ok()) return best;
    } else if (ModelSize(problem) > kMaxExactDeviceIntervals) {
      best->notes.push_back(absl::StrCat("larger than the exact solver takes (", kMaxExactDeviceIntervals,
                                         " devices x intervals): greedy schedule, no lower bound"));
    } else if (static_cast<double>(ModelSize(problem)) >
               kPreparedDeviceIntervalsPerSecond * absl::ToDoubleSeconds(rest.time_limit)) {
      best->notes.push_back(absl::StrCat("too little time for an exact solution of ", ModelSize(problem),
                                         " devices x intervals: greedy schedule, no lower bound"));
    } else {
      absl::StatusOr<Solution> exact = ExactSolver().Improve(problem, rest, *best);
      if (exact.ok()) {
        best = Judged(problem, *std::move(exact), *std::move(best), options);
      } else if (base::ReasonOf(exact.status()) == "CANCELLED") {
        return exact;
      } else {
        best->notes.push_back(absl::StrCat("the exact solver failed: ", exact.status().message()));
      }
    }
    return Certified(problem, *std::move(best), start);
  }

  static std::string FirstDefect(const Certificate& certificate) {
    const Defect& defect = certificate.defects.front();
    return absl::StrCat(defect.subject, defect.subject.empty() ? "" : ": ", defect.sentence);
  }

  // The better schedule if the checker lets it pass, the safe one with a note otherwise. A schedule is not lost for
  // its bound: the one that the checker recomputes is valid by itself, only perhaps lower than claimed.
  static Solution Judged(const Problem& problem, Solution better, Solution safe, const SolveOptions& options) {
    if (options.progress) options.progress({"check", better.objective_usd(), better.lower_bound_usd});
    Certificate certificate = Check(problem, better);
    if (better.bound_kind == BoundKind::kRecomputed && OnlyTheBound(certificate)) {
      better.notes.push_back(absl::StrCat("bound corrected by the checker: ", FirstDefect(certificate)));
      better.lower_bound_usd = certificate.lower_bound_usd;
      better.status = SolveStatus::kFeasible;
      certificate = Check(problem, better);
    }
    if (certificate.valid()) return better;
    safe.notes.push_back(
        absl::StrCat("the schedule of ", better.solver, " was refused by the checker: ", FirstDefect(certificate)));
    return safe;
  }

  static bool OnlyTheBound(const Certificate& certificate) {
    return !certificate.valid() && std::all_of(certificate.defects.begin(), certificate.defects.end(),
                                               [](const Defect& defect) { return defect.rule == "lower_bound"; });
  }

  static absl::StatusOr<Solution> Certified(const Problem& problem, Solution solution, absl::Time start) {
    const Certificate certificate = Check(problem, solution);
    if (!certificate.valid()) {
      return base::Internal("UNCHECKED_SCHEDULE",
                            absl::StrCat("the checker refused the schedule: ", FirstDefect(certificate)));
    }
    // Equal up to rounding at the optimum: a bound above the cost would only puzzle.
    if (solution.bound_kind != BoundKind::kNone) {
      solution.lower_bound_usd = std::min(certificate.lower_bound_usd, solution.objective_usd());
    }
    solution.seconds = absl::ToDoubleSeconds(absl::Now() - start);
    return solution;
  }
};

}  // namespace

std::unique_ptr<Solver> MakePortfolio() {
  return std::make_unique<Portfolio>();
}

}  // namespace derms::dispatch
