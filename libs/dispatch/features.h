// Which features a problem uses, and which solver takes which up to which size: the table of docs/dispatch.md as code
// (a test compares them). What no solver takes at a size is refused by name, never dropped.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/dispatch/problem.h"

namespace derms::dispatch {

enum class Feature {
  kRegionLimits,
  kNestedRegions,
  kPeakCharge,
  kFlattening,
  kReserve,
  kReserveEnergy,
  kCarbonPrice,
  kCarbonCap,
  kExportAboveImport,
  kRenewable,
  kMustTake,
  kHydroBudget,
  kPeriodBudgets,
  kStorage,
  kOneDirection,
  kBothDirections,
  kFinalEnergy,
  kEnergyTargets,
  kInflow,
  kRamps,
  kQuadraticCost,
  kEnergyBudget,
  kCommitment,
  kMinimumTimes,
  kStartCostByTimeOff,
  kStartStopRamps,
  kMaintenance,
  kFlexibleLoad,
  kOnOffLoad,
  kContiguousLoad,
};

enum class Support {
  kExact,      // part of the model
  kWhole,      // exact when the linear program keeps the rule by itself or its decisions can be rounded for nothing
  kFeasible,   // always a feasible schedule, not optimised
  kMayGiveUp,  // a feasible schedule, or NO_SCHEDULE_FOUND where limits are tight
  kSmallGap,   // a schedule with a proven gap, small where there are many devices
  kNo,         // refused: UNSUPPORTED_FEATURE
};

struct FeatureRow {
  Feature feature;
  const char* name;  // as in the table
  Support greedy, lp, milp, fleet;
};
std::span<const FeatureRow> FeatureTable();
const FeatureRow& RowOf(Feature feature);
const char* Words(Support support);

struct FeatureUse {
  Feature feature;
  std::string subject;  // the first device or region that uses it; empty: the problem
  int count = 0;        // how many do
};
// In the order of the table; only what is used.
std::vector<FeatureUse> FeaturesOf(const Problem& problem);

// Devices x intervals, as the exact solver feels them: a unit with quadratic cost counts as six (its tangents), and for
// ten intervals of minimum up and down time and of start steps one more (each row reaches that far back).
std::size_t ModelSize(const Problem& problem);

// OK when the exact solver takes the problem's size; else UNSUPPORTED_SIZE, naming the features (with their first
// device) that only it handles for sure, and what to do.
absl::Status CheckExactSize(const Problem& problem);

}  // namespace derms::dispatch
