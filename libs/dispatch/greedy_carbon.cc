#include "libs/dispatch/greedy_carbon.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "libs/base/error.h"
#include "libs/dispatch/accounting.h"
#include "libs/dispatch/device_limits.h"

namespace derms::dispatch {
namespace {

constexpr int kAttempts = 6;
// Dear enough that no unit emits for anything but load that would be shed otherwise.
constexpr double kDearUsdPerKg = 1000.0;

struct Emissions {
  double units_kg = 0.0, imports_kg = 0.0;
};

Emissions EmissionsOf(const Problem& problem, const Solution& solution) {
  Emissions kg;
  for (std::size_t i = 0; i < problem.devices.size(); ++i) {
    const auto* unit = std::get_if<Unit>(&problem.devices[i].kind);
    if (unit == nullptr) continue;
    for (double power : solution.devices[i].power_kw) kg.units_kg += problem.hours() * unit->co2_kg_per_kwh * power;
  }
  for (std::size_t r = 0; r < problem.regions.size(); ++r) {
    if (problem.regions[r].parent >= 0) continue;
    for (int t = 0; t < problem.interval_count; ++t) {
      const double imported = std::max(solution.regions[r].net_import_kw[static_cast<std::size_t>(t)], 0.0);
      kg.imports_kg += problem.hours() * ValueAt(problem.regions[r].carbon_of_import_kg_per_kwh, t, 0.0) * imported;
    }
  }
  return kg;
}

// Imports of carbon at most `share` of what they were.
void LimitImports(const Problem& problem, const Solution& solution, double share, Problem& tight) {
  for (std::size_t r = 0; r < problem.regions.size(); ++r) {
    const Region& root = problem.regions[r];
    if (root.parent >= 0) continue;
    Series& limit = tight.regions[r].import_limit_kw;
    if (limit.empty()) limit.assign(static_cast<std::size_t>(problem.interval_count), kUnlimited);
    for (int t = 0; t < problem.interval_count; ++t) {
      if (ValueAt(root.carbon_of_import_kg_per_kwh, t, 0.0) <= 0.0) continue;
      const double imported = std::max(solution.regions[r].net_import_kw[static_cast<std::size_t>(t)], 0.0);
      limit[static_cast<std::size_t>(t)] = std::min(limit[static_cast<std::size_t>(t)], share * imported);
    }
  }
}

// At first units run where imports are dirtier; if that is too much, they see carbon in themselves only. False: they do
// already.
bool HideCarbonOfImports(Problem& tight) {
  bool changed = false;
  for (Region& region : tight.regions) {
    changed = changed || !region.carbon_of_import_kg_per_kwh.empty();
    region.carbon_of_import_kg_per_kwh.clear();
  }
  return changed;
}

}  // namespace

double EmittedKg(const Problem& problem, const Solution& solution) {
  if (!problem.carbon_cap_kg) return 0.0;
  const Emissions kg = EmissionsOf(problem, solution);
  return kg.units_kg + kg.imports_kg;
}

double CarbonCapKg(const Problem& problem) {
  return problem.carbon_cap_kg ? *problem.carbon_cap_kg + 1e-7 * (1.0 + *problem.carbon_cap_kg) : kUnlimited;
}

absl::StatusOr<Solution> WithinCarbonCap(const Problem& problem, Solution first,
                                         const std::function<absl::StatusOr<Solution>(const Problem&)>& plan) {
  Problem tight = problem;
  tight.carbon_price_usd_per_kg += kDearUsdPerKg;
  Solution last = std::move(first);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    absl::StatusOr<Solution> found = plan(tight);
    if (!found.ok()) return found;
    last = *std::move(found);
    const Emissions kg = EmissionsOf(problem, last);
    if (kg.units_kg + kg.imports_kg <= CarbonCapKg(problem)) {
      CompleteSolution(problem, RegionTree(problem.regions), last);  // at the real prices
      return last;
    }
    const double left_kg = *problem.carbon_cap_kg - kg.units_kg;
    if (left_kg >= 0.0) {
      LimitImports(problem, last, kg.imports_kg > 0.0 ? left_kg / kg.imports_kg : 0.0, tight);
    } else if (!HideCarbonOfImports(tight)) {
      break;
    }
  }
  const Emissions kg = EmissionsOf(problem, last);
  return base::FailedPrecondition(
      "NO_SCHEDULE_FOUND", absl::StrFormat("the simple rule emits %.6g kg, the carbon cap is %.6g kg; an exact solver "
                                           "may still find a schedule",
                                           kg.units_kg + kg.imports_kg, *problem.carbon_cap_kg));
}

}  // namespace derms::dispatch
