#include "libs/dispatch/checker.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_format.h"
#include "libs/dispatch/checker_parts.h"
#include "libs/dispatch/relaxation.h"

namespace derms::dispatch {
namespace checking {

void Findings::Add(const char* rule, const std::string& subject, int interval, double amount,
                   const std::string& sentence) {
  if (defects_.size() < kMaxDefects) defects_.push_back({rule, subject, interval, amount, sentence});
}

void Findings::Equal(const char* rule, const std::string& subject, int interval, double found, double expected) {
  const double miss = std::abs(found - expected);
  if (miss <= tolerance_ * (1.0 + std::max(std::abs(found), std::abs(expected)))) return;
  Add(rule, subject, interval, miss, absl::StrFormat("%s is %.9g, recomputed %.9g", rule, found, expected));
}

void Findings::AtMost(const char* rule, const std::string& subject, int interval, double value, double limit,
                      double scale) {
  if (value <= limit + tolerance_ * (1.0 + std::abs(scale))) return;
  Add(rule, subject, interval, value - limit, absl::StrFormat("%s: %.9g exceeds %.9g", rule, value, limit));
}

namespace {

bool HasLength(const Series& series, int count) {
  return static_cast<int>(series.size()) == count &&
         std::all_of(series.begin(), series.end(), [](double value) { return std::isfinite(value); });
}

bool ShapeOf(const Device& device, const DeviceSchedule& schedule, int count) {
  if (!HasLength(schedule.power_kw, count)) return false;
  if (const auto* storage = std::get_if<Storage>(&device.kind)) {
    if (storage->inflow_kw && !HasLength(schedule.spilled_kw, count)) return false;
    return HasLength(schedule.charge_kw, count) && HasLength(schedule.discharge_kw, count) &&
           HasLength(schedule.state_of_charge_kwh, count);
  }
  if (std::holds_alternative<Renewable>(device.kind)) return HasLength(schedule.curtailed_kw, count);
  if (const auto* load = std::get_if<FlexibleLoad>(&device.kind)) {
    if (!std::isfinite(schedule.undelivered_kwh)) return false;
    return load->min_kw <= 0.0 || static_cast<int>(schedule.on.size()) == count;
  }
  const auto* unit = std::get_if<Unit>(&device.kind);
  return unit == nullptr || !unit->committable || static_cast<int>(schedule.on.size()) == count;
}

bool ShapeOf(const Region& region, const RegionSchedule& schedule, int count) {
  const auto asked = [&](const Series& required, const Series& shortfall) {
    return required.empty() ? shortfall.empty() : HasLength(shortfall, count);
  };
  return HasLength(schedule.net_import_kw, count) && HasLength(schedule.shed_kw, count) &&
         HasLength(schedule.over_kw, count) && asked(region.reserve_up_kw, schedule.reserve_short_up_kw) &&
         asked(region.reserve_down_kw, schedule.reserve_short_down_kw) &&
         (schedule.shadow_price_usd_per_kwh.empty() || HasLength(schedule.shadow_price_usd_per_kwh, count));
}

}  // namespace

bool CheckShape(const Problem& problem, const Solution& solution, Findings& findings) {
  constexpr char kRule[] = "shape";
  if (solution.devices.size() != problem.devices.size() || solution.regions.size() != problem.regions.size()) {
    findings.Add(kRule, "", -1, 0, "the solution has another number of devices or regions than the problem");
    return false;
  }
  for (std::size_t i = 0; i < problem.devices.size(); ++i) {
    if (ShapeOf(problem.devices[i], solution.devices[i], problem.interval_count)) continue;
    findings.Add(kRule, problem.devices[i].id, -1, 0, "a series has the wrong length or is not finite");
  }
  for (std::size_t r = 0; r < problem.regions.size(); ++r) {
    if (ShapeOf(problem.regions[r], solution.regions[r], problem.interval_count)) continue;
    findings.Add(kRule, problem.regions[r].id, -1, 0, "a series has the wrong length or is not finite");
  }
  return findings.empty();
}

}  // namespace checking

namespace {

using Term = std::pair<const char*, double CostBreakdown::*>;
constexpr std::array<Term, 12> kTerms = {{
    {"import_usd", &CostBreakdown::import_usd},
    {"export_usd", &CostBreakdown::export_usd},
    {"generation_usd", &CostBreakdown::generation_usd},
    {"start_usd", &CostBreakdown::start_usd},
    {"wear_usd", &CostBreakdown::wear_usd},
    {"carbon_usd", &CostBreakdown::carbon_usd},
    {"lost_load_usd", &CostBreakdown::lost_load_usd},
    {"over_generation_usd", &CostBreakdown::over_generation_usd},
    {"peak_usd", &CostBreakdown::peak_usd},
    {"flattening_usd", &CostBreakdown::flattening_usd},
    {"curtailment_usd", &CostBreakdown::curtailment_usd},
    {"reserve_usd", &CostBreakdown::reserve_usd},
}};

// 1 USD + the sum of the absolute terms: what rounding of the total is measured by.
double MoneyScale(const CostBreakdown& cost) {
  double scale = 1.0;
  for (const auto& [name, term] : kTerms) scale += std::abs(cost.*term);
  return scale;
}

void CompareCost(const CostBreakdown& claimed, const CostBreakdown& found, double tolerance,
                 checking::Findings& findings) {
  const double allowed = tolerance * MoneyScale(found);
  for (const auto& [name, term] : kTerms) {
    const double miss = std::abs(claimed.*term - found.*term);
    if (miss <= allowed) continue;  // a NaN claim falls through
    findings.Add("cost", name, -1, miss,
                 absl::StrFormat("%s is %.9g, recomputed %.9g", name, claimed.*term, found.*term));
  }
}

void JudgeBound(const Problem& problem, const Solution& solution, double tolerance, Certificate& certificate,
                checking::Findings& findings) {
  certificate.bound_kind = solution.bound_kind;
  if (solution.bound_kind == BoundKind::kNone) {
    if (solution.status == SolveStatus::kOptimal) {
      findings.Add("lower_bound", "", -1, 0, "a schedule without a lower bound is called optimal");
    }
    return;
  }
  const double allowed = tolerance * MoneyScale(certificate.cost);
  certificate.lower_bound_usd = solution.lower_bound_usd;
  if (solution.bound_kind == BoundKind::kRecomputed) {
    certificate.lower_bound_usd = checking::RecomputeBound(problem, solution.multipliers);
    if (!(solution.lower_bound_usd <= certificate.lower_bound_usd + allowed)) {
      findings.Add("lower_bound", "", -1, solution.lower_bound_usd - certificate.lower_bound_usd,
                   absl::StrFormat("the claimed bound is %.9g USD, the multipliers prove %.9g USD",
                                   solution.lower_bound_usd, certificate.lower_bound_usd));
    }
  }
  const double total = certificate.cost.total_usd();
  if (!(certificate.lower_bound_usd <= total + allowed) || !(solution.lower_bound_usd <= total + allowed)) {
    findings.Add(
        "lower_bound", "", -1, certificate.lower_bound_usd - total,
        absl::StrFormat("the lower bound %.9g USD is above the cost %.9g USD", certificate.lower_bound_usd, total));
  }
}

}  // namespace

Certificate Check(const Problem& asked, const Solution& solution, const CheckOptions& options) {
  Certificate certificate;
  checking::Findings findings(options.power_tolerance);
  if (!solution.relaxed.empty() && !options.allow_relaxed) {
    findings.Add("relaxed", solution.relaxed[0].subject, solution.relaxed[0].interval, solution.relaxed[0].amount,
                 "gives up requirements that were not to be given up");
  }
  absl::StatusOr<Problem> loosened = solution.relaxed.empty() ? Problem() : Relaxed(asked, solution.relaxed);
  if (!loosened.ok()) {
    findings.Add("relaxed", "", -1, 0, std::string(loosened.status().message()));
    certificate.defects = findings.Take();
    return certificate;
  }
  const Problem& problem = solution.relaxed.empty() ? asked : *loosened;
  if (checking::CheckShape(problem, solution, findings)) {
    checking::CheckDevices(problem, solution, findings);
    checking::CheckRegions(problem, solution, findings);
    checking::CheckCarbon(problem, solution, findings);
    certificate.cost = checking::RecomputeCost(problem, solution);
    CompareCost(solution.cost, certificate.cost, options.cost_tolerance, findings);
    JudgeBound(problem, solution, options.cost_tolerance, certificate, findings);
  }
  certificate.defects = findings.Take();
  return certificate;
}

}  // namespace derms::dispatch
