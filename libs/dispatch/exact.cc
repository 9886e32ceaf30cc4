#include "libs/dispatch/exact.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/cbc_engine.h"
#include "libs/dispatch/clp_engine.h"
#include "libs/dispatch/conflict.h"
#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/lp_reading.h"
#include "libs/dispatch/validate.h"

namespace derms::dispatch {
namespace {

constexpr double kRuleToleranceKw = 1e-5;
constexpr int kRuleRounds = 8;

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
        relaxed_(BuildLpModel(problem, tree_)) {
    if (known != nullptr) best_ = *known;
    has_best_ = known != nullptr;
  }

  absl::StatusOr<Solution> Run() {
    Report("lp");
    ASSIGN_OR_RETURN(const LpResult relaxation, SolveWithClp(relaxed_.program, limits_));
    if (relaxation.status == EngineStatus::kInfeasible) return ExplainConflict(problem_, tree_, limits_);
    if (relaxation.status == EngineStatus::kStopped) return Finish();
    multipliers_ = ReadMultipliers(problem_, tree_, relaxed_, relaxation.dual);
    bound_ = relaxation.objective;
    bound_kind_ = BoundKind::kRecomputed;

    if (FindBroken(relaxed_, relaxation.x)) {
      RETURN_IF_ERROR(TryDecisions(ReadDecisions(problem_, relaxed_, relaxation.x), "clp-lp"));
      if (!GoodEnough() && !limits_.Stop()) RETURN_IF_ERROR(BranchAndBound());
    } else {
      Accept(relaxed_, relaxation, "clp-lp");
    }
    return Finish();
  }

 private:
  // Marks every place where x breaks an on/off or one-way rule; false if there is none.
  bool FindBroken(const LpModel& model, const std::vector<double>& x);
  absl::Status TryDecisions(const Decisions& decisions, const char* solver);
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
  const LpModel relaxed_;
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

absl::Status ExactRun::TryDecisions(const Decisions& decisions, const char* solver) {
  LpModel decided = relaxed_;
  Impose(problem_, decisions, decided);
  ASSIGN_OR_RETURN(const LpResult result, SolveWithClp(decided.program, limits_));
  if (result.status == EngineStatus::kOptimal) Accept(decided, result, solver);
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
  const LpModel ruled = BuildLpModel(problem_, tree_, rules_);
  MipOptions mip;
  mip.limits = limits_;
  mip.relative_gap = options_.relative_gap;
  mip.seed = static_cast<int>(options_.seed & 0x7fffffffU);
  mip.cutoff = has_best_ ? best_.objective_usd() : kUnlimited;
  ASSIGN_OR_RETURN(const MipResult result, SolveWithCbc(ruled.program, mip));
  if (!has_best_ && result.x.empty() && result.status == EngineStatus::kInfeasible) {
    return ExplainConflict(problem_, tree_, limits_);
  }
  RaiseBound(result.lower_bound);
  if (result.x.empty()) return true;                // the best known schedule stands
  const bool broken = FindBroken(ruled, result.x);  // new places where a rule is needed: another round
  RETURN_IF_ERROR(TryDecisions(ReadDecisions(problem_, ruled, result.x), "cbc-milp"));
  return !broken;
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
  const std::size_t size = problem.devices.size() * static_cast<std::size_t>(problem.interval_count);
  if (size > kMaxExactDeviceIntervals) {
    return base::InvalidArgument("UNSUPPORTED_SIZE",
                                 absl::StrCat("the exact solver takes up to ", kMaxExactDeviceIntervals,
                                              " devices x intervals, this problem has ", size));
  }
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
