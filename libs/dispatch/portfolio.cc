#include "libs/dispatch/portfolio.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/checker.h"
#include "libs/dispatch/conflict.h"
#include "libs/dispatch/exact.h"
#include "libs/dispatch/features.h"
#include "libs/dispatch/fleet/sapc_solver.h"
#include "libs/dispatch/greedy.h"
#include "libs/dispatch/relaxation.h"
#include "libs/dispatch/resume_point.h"
#include "libs/dispatch/validate.h"

namespace derms::dispatch {
namespace {

// Below this the exact solver is as fast, and leaves no gap: docs/dispatch-fleet.md.
constexpr std::size_t kFewestFleetDeviceIntervals = 15'000;

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

  // Goes on from the last solve, if there is one and that is good enough; from scratch otherwise.
  static absl::StatusOr<Solution> SolveAsAsked(const Problem& problem, const SolveOptions& options) {
    const absl::Time start = absl::Now(), deadline = start + options.time_limit;
    RETURN_IF_ERROR(CheckReachability(problem));
    SolveOptions rest = options;
    absl::StatusOr<Solution> best = GoOn(problem, options);
    if (best.ok() && best->resumed) return Finished(*std::move(best), options, start);
    if (base::ReasonOf(best.status()) == "CANCELLED") return best;
    rest.time_limit = deadline - absl::Now();
    rest.resume_from = nullptr;
    if (!best.ok()) {
      best = SolveFromScratch(problem, rest);
    } else if (!GoodEnough(*best, options)) {
      best = ImproveExactly(problem, rest, std::move(best));
    }
    RETURN_IF_ERROR(best.status());
    return Certified(problem, *std::move(best), options, start);
  }

  // By the fleet engine, which needs no other schedule to be safe when it has one of its own.
  static absl::StatusOr<Solution> GoOn(const Problem& problem, const SolveOptions& options) {
    if (options.resume_from == nullptr || ModelSize(problem) < kFewestFleetDeviceIntervals) {
      return base::NotFound("NOT_RESUMED", "there is nothing to go on from");
    }
    ASSIGN_OR_RETURN(Solution found, fleet::SapcSolver().Solve(problem, options));
    return Checked(problem, std::move(found), options);
  }

  // Greedy so that there is an answer, the fleet engine where there are many devices, the exact solver for what is left
  // of the gap, as size and time allow.
  static absl::StatusOr<Solution> SolveFromScratch(const Problem& problem, const SolveOptions& options) {
    const absl::Time deadline = absl::Now() + options.time_limit;
    absl::StatusOr<Solution> best = GreedySolver().Solve(problem, options);
    if (!best.ok() && base::ReasonOf(best.status()) != "NO_SCHEDULE_FOUND") return best;
    for (const auto& improve : {ImproveByFleetEngine, ImproveExactly}) {
      SolveOptions rest = options;
      rest.time_limit = deadline - absl::Now();
      best = improve(problem, rest, std::move(best));
      if (base::ReasonOf(best.status()) == "CANCELLED") return best;
      if (best.ok() && GoodEnough(*best, options)) break;
    }
    return best;
  }

  static bool GoodEnough(const Solution& solution, const SolveOptions& options) {
    return solution.bound_kind != BoundKind::kNone &&
           solution.gap_usd() <= options.relative_gap * std::max(std::abs(solution.objective_usd()), 1.0);
  }

  static absl::StatusOr<Solution> ImproveByFleetEngine(const Problem& problem, const SolveOptions& options,
                                                       absl::StatusOr<Solution> known) {
    if (ModelSize(problem) < kFewestFleetDeviceIntervals) return known;
    return Better(problem, options, fleet::SapcSolver().Solve(problem, options), std::move(known));
  }

  static absl::StatusOr<Solution> ImproveExactly(const Problem& problem, const SolveOptions& options,
                                                 absl::StatusOr<Solution> known) {
    if (!known.ok()) return ExactSolver().Solve(problem, options);
    const std::size_t size = ModelSize(problem);
    const double possible = kPreparedDeviceIntervalsPerSecond * absl::ToDoubleSeconds(options.time_limit);
    if (size > kMaxExactDeviceIntervals) {
      known->notes.push_back(absl::StrCat("larger than the exact solver takes (", kMaxExactDeviceIntervals,
                                          " devices x intervals)", Standing(*known)));
    } else if (static_cast<double>(size) > possible) {
      known->notes.push_back(
          absl::StrCat("too little time for an exact solution of ", size, " devices x intervals", Standing(*known)));
    } else {
      absl::StatusOr<Solution> found = ExactSolver().Improve(problem, options, *known);
      return Better(problem, options, std::move(found), std::move(known));
    }
    return known;
  }

  static std::string Standing(const Solution& known) {
    return known.bound_kind == BoundKind::kNone ? absl::StrCat(": ", known.solver, " schedule, no lower bound")
                                                : absl::StrCat(": ", known.solver, " schedule; the gap says how good");
  }

  // What a solver found, if the checker lets it pass, joined with what was known; else what was known, with a note.
  static absl::StatusOr<Solution> Better(const Problem& problem, const SolveOptions& options,
                                         absl::StatusOr<Solution> found, absl::StatusOr<Solution> known) {
    if (base::ReasonOf(found.status()) == "CANCELLED" || !known.ok()) return found;
    if (!found.ok()) {
      known->notes.push_back(std::string(found.status().message()));
      return known;
    }
    return Joined(problem, Judged(problem, *std::move(found), *known, options), *std::move(known));
  }

  // The cheaper schedule, the newer one of equals, with the higher bound: that is one of the problem, whoever proved
  // it. The next solve goes on from what is followed, whoever made it.
  static Solution Joined(const Problem& problem, Solution one, Solution other) {
    constexpr double kRounding = 1e-9;
    const double least = one.objective_usd() - kRounding * (1.0 + std::abs(one.objective_usd()));
    if (other.objective_usd() < least) std::swap(one, other);
    const bool higher = one.bound_kind == BoundKind::kNone || other.lower_bound_usd > one.lower_bound_usd;
    if (other.bound_kind != BoundKind::kNone && higher) {
      one.bound_kind = other.bound_kind;
      one.lower_bound_usd = other.lower_bound_usd;
      one.multipliers = std::move(other.multipliers);
    }
    if (one.resume_point == nullptr && other.resume_point != nullptr) {
      auto point = std::make_shared<ResumePoint>(*other.resume_point);
      FollowSchedule(problem, one, *point);
      one.resume_point = std::move(point);
    }
    return one;
  }

  static std::string FirstDefect(const Certificate& certificate) {
    const Defect& defect = certificate.defects.front();
    return absl::StrCat(defect.subject, defect.subject.empty() ? "" : ": ", defect.sentence);
  }

  // The better schedule if the checker lets it pass, the safe one with a note otherwise.
  static Solution Judged(const Problem& problem, Solution better, Solution safe, const SolveOptions& options) {
    absl::StatusOr<Solution> checked = Checked(problem, std::move(better), options);
    if (checked.ok()) return *std::move(checked);
    safe.notes.push_back(std::string(checked.status().message()));
    return safe;
  }

  // A schedule is not lost for its bound: the one that the checker recomputes is valid by itself, only perhaps lower
  // than claimed.
  static absl::StatusOr<Solution> Checked(const Problem& problem, Solution solution, const SolveOptions& options) {
    if (options.progress) options.progress({"check", solution.objective_usd(), solution.lower_bound_usd});
    Certificate certificate = Check(problem, solution);
    if (solution.bound_kind == BoundKind::kRecomputed && OnlyTheBound(certificate)) {
      solution.notes.push_back(absl::StrCat("bound corrected by the checker: ", FirstDefect(certificate)));
      solution.lower_bound_usd = certificate.lower_bound_usd;
      solution.status = SolveStatus::kFeasible;
      certificate = Check(problem, solution);
    }
    if (certificate.valid()) return Proved(certificate, std::move(solution));
    return base::Internal(
        "UNCHECKED_SCHEDULE",
        absl::StrCat("the schedule of ", solution.solver, " was refused by the checker: ", FirstDefect(certificate)));
  }

  static bool OnlyTheBound(const Certificate& certificate) {
    return !certificate.valid() && std::all_of(certificate.defects.begin(), certificate.defects.end(),
                                               [](const Defect& defect) { return defect.rule == "lower_bound"; });
  }

  static absl::StatusOr<Solution> Certified(const Problem& problem, Solution solution, const SolveOptions& options,
                                            absl::Time start) {
    const Certificate certificate = Check(problem, solution);
    if (certificate.valid()) return Finished(Proved(certificate, std::move(solution)), options, start);
    return base::Internal("UNCHECKED_SCHEDULE",
                          absl::StrCat("the checker refused the schedule: ", FirstDefect(certificate)));
  }

  // Equal up to rounding at the optimum: a bound above the cost would only puzzle.
  static Solution Proved(const Certificate& certificate, Solution solution) {
    if (solution.bound_kind != BoundKind::kNone) {
      solution.lower_bound_usd = std::min(certificate.lower_bound_usd, solution.objective_usd());
    }
    return solution;
  }

  static Solution Finished(Solution solution, const SolveOptions& options, absl::Time start) {
    solution.status = GoodEnough(solution, options) ? SolveStatus::kOptimal : SolveStatus::kFeasible;
    solution.seconds = absl::ToDoubleSeconds(absl::Now() - start);
    return solution;
  }
};

}  // namespace

std::unique_ptr<Solver> MakePortfolio() {
  return std::make_unique<Portfolio>();
}

}  // namespace derms::dispatch
