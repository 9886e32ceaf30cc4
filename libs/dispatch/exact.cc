#include "libs/dispatch/exact.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/cbc_engine.h"
#include "libs/dispatch/clp_engine.h"
#include "libs/dispatch/conflict.h"
#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/features.h"
#include "libs/dispatch/lp_reading.h"
#include "libs/dispatch/neighbourhood.h"
#include "libs/dispatch/rounding.h"
#include "libs/dispatch/unit_curve.h"
#include "libs/dispatch/validate.h"

namespace derms::dispatch {
namespace {

constexpr double kRuleToleranceKw = 1e-5;
constexpr int kRuleRounds = 8;
constexpr int kTangentRounds = 8;
// Branch and bound stops this many linear programs before the deadline: it looks at the clock only between its own, and
// its decisions need one more to become a schedule.
constexpr int kLpsAfterBranching = 3;
// Searching near the best schedule may take this part of the time, and a neighbourhood so long.
constexpr double kShareOfSearch = 0.7;
constexpr int kFewestNeighbourhoods = 3;
constexpr absl::Duration kNeighbourhoodTime = absl::Seconds(2);

absl::Status Cancelled() {
  return base::ErrorBuilder(absl::StatusCode::kCancelled, "CANCELLED", "the solve was cancelled");
}

class ExactRun {
 public:
  ExactRun(const Problem& problem, const SolveOptions& options, const Solution* known)
      : problem_(problem),
        options_(options),
        tree_(problem.regions),
        start_(absl::Now()),
        limits_{start_ + options.time_limit, options.cancelled},
        relaxed_(BuildLpModel(problem, tree_)),
        tangents_(problem.devices.size()) {
    if (known != nullptr) best_ = *known;
    has_best_ = known != nullptr;
  }

  absl::StatusOr<Solution> Run() {
    Report("lp");
    ASSIGN_OR_RETURN(const LpResult relaxation, SolveTouched(nullptr));
    if (relaxation.status == EngineStatus::kInfeasible) return ExplainConflict(problem_, tree_, limits_);
    if (relaxation.status == EngineStatus::kStopped) return Finish();
    multipliers_ = ReadMultipliers(problem_, tree_, solved_, relaxation.dual);
    bound_ = relaxation.objective;
    bound_kind_ = BoundKind::kRecomputed;

    if (FindBroken(solved_, relaxation.x)) {
      RETURN_IF_ERROR(Round(relaxation));
      if (!GoodEnough() && !limits_.Stop()) RETURN_IF_ERROR(SearchNearby());
      if (!GoodEnough() && !limits_.Stop()) RETURN_IF_ERROR(BranchAndBound());
    } else {
      Accept(solved_, relaxation, "clp-lp");
    }
    return Finish();
  }

 private:
  // The LP, with these decisions or free, and with tangents that touch the quadratic costs where its solution lies; the
  // model that gave the result stays in solved_. The result of the last round counts, whatever the time left.
  absl::StatusOr<LpResult> SolveTouched(const Decisions* decisions);
  // Adds tangents where the pieces cost less than the curves; false if they are near enough.
  bool Touch(const LpModel& model, const std::vector<double>& x);
  // Marks every place where x breaks an on/off or one-way rule; false if there is none.
  bool FindBroken(const LpModel& model, const std::vector<double>& x);
  absl::Status TryDecisions(const Decisions& decisions, const char* solver);
  // Decides on and off only, and directions where the schedule then breaks a rule.
  absl::Status TryPatterns(const OnPatterns& on);
  // First schedules from the relaxation: its own decisions rounded, then patterns that keep each device's rules.
  absl::Status Round(const LpResult& relaxation);
  // Improves the best schedule by deciding anew for a few devices at a time.
  absl::Status SearchNearby();
  absl::Status BranchAndBound();
  absl::StatusOr<bool> BranchOnce();  // true: nothing left to do
  void Accept(const LpModel& model, const LpResult& result, const char* solver);
  void RaiseBound(double claimed_usd);
  absl::StatusOr<Solution> Finish();

  double Tolerance() const { return options_.relative_gap * std::max(std::abs(best_.objective_usd()), 1.0); }
  bool GoodEnough() const { return has_best_ && best_.objective_usd() - bound_ <= Tolerance(); }
  void Report(std::string_view phase) const {
    if (options_.progress) options_.progress({phase, has_best_ ? best_.objective_usd() : kUnlimited, bound_});
  }

  const Problem& problem_;
  const SolveOptions& options_;
  const RegionTree tree_;
  const absl::Time start_;
  const EngineLimits limits_;
  LpModel relaxed_, solved_;
  Tangents tangents_;
  int touched_ = 0;  // rounds
  absl::Duration slowest_lp_;
  OneWayRules rules_;
  Multipliers multipliers_;
  double bound_ = -kUnlimited;
  BoundKind bound_kind_ = BoundKind::kNone;
  bool has_best_ = false;
  Solution best_;
};

bool ExactRun::FindBroken(const LpModel& model, const std::vector<double>& x) {
  const auto count = static_cast<std::size_t>(problem_.interval_count);
  rules_.storage.resize(problem_.devices.size());
  rules_.exchange.resize(problem_.regions.size());
  bool broken = false;
  const auto check = [&](int one, int other, std::size_t t, std::vector<std::uint8_t>& marks) {
    const double both = std::min(x[static_cast<std::size_t>(one) + t], x[static_cast<std::size_t>(other) + t]);
    if (both <= kRuleToleranceKw) return;
    marks.resize(count, 0);
    marks[t] = 1;
    broken = true;
  };
  for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
    const DeviceColumns& columns = model.device_columns[i];
    const auto* storage = std::get_if<Storage>(&problem_.devices[i].kind);
    const bool lossless = storage != nullptr && storage->charge_efficiency * storage->discharge_efficiency == 1.0;
    for (std::size_t t = 0; t < count; ++t) {
      if (storage != nullptr && storage->one_direction && !lossless) {
        check(columns.charge, columns.discharge, t, rules_.storage[i]);
      }
      if (columns.on == kAbsent) continue;
      const double on = x[static_cast<std::size_t>(columns.on) + t];
      broken = broken || std::abs(on - std::round(on)) > 1e-6;
    }
  }
  for (int r : tree_.roots()) {
    const RegionColumns& columns = model.region_columns[static_cast<std::size_t>(r)];
    for (std::size_t t = 0; t < count; ++t) {
      // At equal prices both ways cancel and accounting takes them off.
      const Region& root = problem_.regions[static_cast<std::size_t>(r)];
      const double loss = ImportPriceWithCarbon(problem_, root, static_cast<int>(t)) -
                          ValueAt(root.export_price_usd_per_kwh, static_cast<int>(t), 0.0);
      if (loss < 0.0) check(columns.imported, columns.exported, t, rules_.exchange[static_cast<std::size_t>(r)]);
    }
  }
  return broken;
}

void ExactRun::Accept(const LpModel& model, const LpResult& result, const char* solver) {
  Solution solution = ReadSchedule(problem_, tree_, model, result.x);
  if (has_best_ && solution.objective_usd() > best_.objective_usd() + Tolerance()) return;
  ReadPrices(problem_, model, result, solution);
  solution.solver = solver;
  best_ = std::move(solution);
  has_best_ = true;
}

absl::StatusOr<LpResult> ExactRun::SolveTouched(const Decisions* decisions) {
  LpResult last;
  for (int round = 0; round < kTangentRounds; ++round) {
    LpModel model = relaxed_;
    if (decisions != nullptr) Impose(problem_, *decisions, model);
    const absl::Time begin = absl::Now();
    ASSIGN_OR_RETURN(LpResult result, SolveWithClp(model.program, limits_));
    slowest_lp_ = std::max(slowest_lp_, absl::Now() - begin);
    if (result.status == EngineStatus::kStopped && round > 0) return last;
    last = std::move(result);
    solved_ = std::move(model);
    if (last.status != EngineStatus::kOptimal || !Touch(solved_, last.x)) return last;
    relaxed_ = BuildLpModel(problem_, tree_, {}, tangents_);
  }
  return last;
}

bool ExactRun::Touch(const LpModel& model, const std::vector<double>& x) {
  const auto value = [&](int column) { return x[static_cast<std::size_t>(column)]; };
  double missing_usd = 0.0, cost_usd = model.program.constant;
  for (std::size_t column = 0; column < x.size(); ++column) cost_usd += model.program.cost[column] * x[column];
  Tangents more = tangents_;
  for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
    const auto* unit = std::get_if<Unit>(&problem_.devices[i].kind);
    if (unit == nullptr || unit->quadratic_usd_per_kw2h <= 0.0) continue;
    more[i].resize(static_cast<std::size_t>(problem_.interval_count));
    const double near_kw = unit->max_kw / kUsualTangents * std::pow(0.25, touched_ + 1);
    for (int t = 0; t < problem_.interval_count; ++t) {
      double power = 0.0, pieces_usd = 0.0;
      for (int first : model.device_columns[i].pieces) {
        power += value(first + t);
        const double carbon = problem_.hours() * problem_.carbon_price_usd_per_kg * unit->co2_kg_per_kwh;
        pieces_usd += (model.program.cost[static_cast<std::size_t>(first + t)] - carbon) * value(first + t);
      }
      missing_usd += problem_.hours() * CurveCostUsdPerHour(*unit, power) - pieces_usd;
      Series& points = more[i][static_cast<std::size_t>(t)];
      points.insert(points.end(), {power - near_kw, power, power + near_kw});
    }
  }
  if (missing_usd <= 0.3 * options_.relative_gap * std::max(std::abs(cost_usd), 1.0)) return false;
  tangents_ = std::move(more);
  ++touched_;
  return true;
}

absl::Status ExactRun::TryDecisions(const Decisions& decisions, const char* solver) {
  ASSIGN_OR_RETURN(const LpResult result, SolveTouched(&decisions));
  if (result.status == EngineStatus::kOptimal) Accept(solved_, result, solver);
  return absl::OkStatus();
}

absl::Status ExactRun::TryPatterns(const OnPatterns& on) {
  Decisions decisions;
  decisions.on = on;
  decisions.storage.resize(problem_.devices.size());
  decisions.exchange.resize(problem_.regions.size());
  ASSIGN_OR_RETURN(const LpResult result, SolveTouched(&decisions));
  if (result.status != EngineStatus::kOptimal) return absl::OkStatus();
  if (FindBroken(solved_, result.x)) return TryDecisions(ReadDecisions(problem_, solved_, result.x), "clp-lp");
  Accept(solved_, result, "clp-lp");
  return absl::OkStatus();
}

absl::Status ExactRun::Round(const LpResult& relaxation) {
  std::vector<OnPatterns> candidates;
  const bool decides = std::any_of(solved_.device_columns.begin(), solved_.device_columns.end(),
                                   [](const DeviceColumns& columns) { return columns.on != kAbsent; });
  if (decides) {
    std::vector<Series> prices;
    for (const RegionRows& rows : solved_.region_rows) {
      Series& of_region = prices.emplace_back();
      for (int t = 0; t < problem_.interval_count; ++t) {
        of_region.push_back(relaxation.dual[static_cast<std::size_t>(rows.balance + t)] / problem_.hours());
      }
    }
    candidates.push_back(NearestPatterns(problem_, solved_, relaxation.x));
    candidates.push_back(PricedPatterns(problem_, solved_, prices));
    if (has_best_) {
      OnPatterns& known = candidates.emplace_back();
      for (const DeviceSchedule& schedule : best_.devices) known.push_back(schedule.on);
    }
  }
  RETURN_IF_ERROR(TryDecisions(ReadDecisions(problem_, solved_, relaxation.x), "clp-lp"));
  for (const OnPatterns& on : candidates) {
    if (GoodEnough() || limits_.Stop()) break;
    RETURN_IF_ERROR(TryPatterns(on));
    Report("lp");
  }
  return absl::OkStatus();
}

absl::Status ExactRun::SearchNearby() {
  Neighbourhoods neighbourhoods(relaxed_, options_.seed);
  // Few decisions are branched on as fast as searched.
  if (!has_best_ || neighbourhoods.count() < kFewestNeighbourhoods) return absl::OkStatus();
  const absl::Time now = absl::Now(), until = now + kShareOfSearch * (limits_.deadline - now);
  MipOptions mip;
  mip.quick = true;
  mip.relative_gap = options_.relative_gap;
  mip.seed = static_cast<int>(options_.seed & 0x7fffffffU);
  const LpModel ruled = BuildLpModel(problem_, tree_, rules_, tangents_);
  for (int idle = 0; idle < neighbourhoods.count() && !GoodEnough() && !limits_.Stop() && absl::Now() < until; ++idle) {
    LpModel model = ruled;
    Impose(problem_, neighbourhoods.Next(best_), model);
    mip.limits = {std::min(until, absl::Now() + kNeighbourhoodTime), limits_.cancelled};
    const double before = mip.cutoff = best_.objective_usd();
    ASSIGN_OR_RETURN(const MipResult result, SolveWithCbc(model.program, mip));
    if (result.x.empty()) continue;  // nothing better here
    RETURN_IF_ERROR(TryDecisions(ReadDecisions(problem_, model, result.x), "cbc-milp"));
    if (best_.objective_usd() < before - Tolerance()) idle = -1;
    Report("milp");
  }
  return absl::OkStatus();
}

absl::Status ExactRun::BranchAndBound() {
  for (int round = 0; round < kRuleRounds; ++round) {
    Report("milp");
    ASSIGN_OR_RETURN(const bool done, BranchOnce());
    if (done || GoodEnough() || limits_.Stop()) return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ExactRun::BranchOnce() {
  const LpModel ruled = BuildLpModel(problem_, tree_, rules_, tangents_);
  MipOptions mip;
  mip.limits = limits_;
  mip.limits.deadline -= kLpsAfterBranching * slowest_lp_;
  if (mip.limits.Stop()) return true;
  mip.relative_gap = options_.relative_gap;
  mip.seed = static_cast<int>(options_.seed & 0x7fffffffU);
  mip.cutoff = has_best_ ? best_.objective_usd() : kUnlimited;
  ASSIGN_OR_RETURN(const MipResult result, SolveWithCbc(ruled.program, mip));
  if (!has_best_ && result.x.empty() && result.status == EngineStatus::kInfeasible) {
    return ExplainConflict(problem_, tree_, limits_);
  }
  RaiseBound(result.lower_bound);
  if (result.x.empty()) return true;  // the best known schedule stands
  // New places where a rule or a tangent is needed: another round.
  const bool broken = FindBroken(ruled, result.x);
  const bool untouched = Touch(ruled, result.x);
  if (untouched) relaxed_ = BuildLpModel(problem_, tree_, {}, tangents_);
  RETURN_IF_ERROR(TryDecisions(ReadDecisions(problem_, ruled, result.x), "cbc-milp"));
  return !broken && !untouched;
}

// The claim may exceed the recomputed bound by rounding only; then the provable one is worth more.
void ExactRun::RaiseBound(double claimed_usd) {
  if (has_best_) claimed_usd = std::min(claimed_usd, best_.objective_usd());
  if (!(claimed_usd > bound_ + Tolerance())) return;
  bound_ = claimed_usd;
  bound_kind_ = BoundKind::kSolverClaimed;
}

absl::StatusOr<Solution> ExactRun::Finish() {
  if (options_.cancelled != nullptr && options_.cancelled->load()) return Cancelled();
  if (!has_best_) {
    return base::DeadlineExceeded(
        "NO_SCHEDULE_IN_TIME", absl::StrCat("no schedule was found within ", absl::FormatDuration(options_.time_limit),
                                            "; allow more time or ask for fewer devices or intervals"));
  }
  best_.lower_bound_usd = bound_kind_ == BoundKind::kNone ? 0.0 : bound_;
  best_.bound_kind = bound_kind_;
  if (bound_kind_ == BoundKind::kRecomputed) best_.multipliers = std::move(multipliers_);
  best_.status = GoodEnough() ? SolveStatus::kOptimal : SolveStatus::kFeasible;
  best_.seconds = absl::ToDoubleSeconds(absl::Now() - start_);
  return std::move(best_);
}

absl::StatusOr<Solution> Run(const Problem& problem, const SolveOptions& options, const Solution* known) {
  RETURN_IF_ERROR(Validate(problem));
  RETURN_IF_ERROR(CheckReachability(problem));
  RETURN_IF_ERROR(CheckExactSize(problem));
  return ExactRun(problem, options, known).Run();
}

}  // namespace

absl::StatusOr<Solution> ExactSolver::Solve(const Problem& problem, const SolveOptions& options) const {
  return Run(problem, options, nullptr);
}

absl::StatusOr<Solution> ExactSolver::Improve(const Problem& problem, const SolveOptions& options,
                                              const Solution& known) const {
  return Run(problem, options, &known);
}

}  // namespace derms::dispatch
