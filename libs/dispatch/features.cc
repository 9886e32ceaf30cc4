#include "libs/dispatch/features.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/commitment.h"
#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/exact.h"

namespace derms::dispatch {
namespace {

constexpr Support kExact = Support::kExact, kWhole = Support::kWhole, kFeasible = Support::kFeasible,
                  kMayGiveUp = Support::kMayGiveUp, kSmallGap = Support::kSmallGap, kNo = Support::kNo;

// clang-format off
constexpr std::array<FeatureRow, 30> kTable = {{
    {Feature::kRegionLimits, "region limits, shared connections", kMayGiveUp, kExact, kExact, kSmallGap},
    {Feature::kNestedRegions, "regions below others", kMayGiveUp, kExact, kExact, kSmallGap},
    {Feature::kPeakCharge, "peak charge", kFeasible, kExact, kExact, kSmallGap},
    {Feature::kFlattening, "flattening", kFeasible, kExact, kExact, kSmallGap},
    {Feature::kReserve, "reserve up and down", kFeasible, kExact, kExact, kSmallGap},
    {Feature::kReserveEnergy, "reserve backed by energy", kFeasible, kExact, kExact, kSmallGap},
    {Feature::kCarbonPrice, "carbon price", kFeasible, kExact, kExact, kSmallGap},
    {Feature::kCarbonCap, "carbon cap", kMayGiveUp, kExact, kExact, kNo},
    {Feature::kExportAboveImport, "export price above import price", kFeasible, kWhole, kExact, kNo},
    {Feature::kRenewable, "renewable with curtailment", kFeasible, kExact, kExact, kSmallGap},
    {Feature::kMustTake, "must-take renewable", kFeasible, kExact, kExact, kSmallGap},
    {Feature::kHydroBudget, "hydro with budget", kFeasible, kExact, kExact, kSmallGap},
    {Feature::kPeriodBudgets, "hydro with budgets of days", kFeasible, kExact, kExact, kSmallGap},
    {Feature::kStorage, "storage", kFeasible, kExact, kExact, kSmallGap},
    {Feature::kOneDirection, "storage, one direction at a time", kFeasible, kWhole, kExact, kSmallGap},
    {Feature::kBothDirections, "storage, both directions at once", kFeasible, kExact, kExact, kNo},
    {Feature::kFinalEnergy, "storage final energy", kMayGiveUp, kExact, kExact, kSmallGap},
    {Feature::kEnergyTargets, "storage energy targets", kMayGiveUp, kExact, kExact, kNo},
    {Feature::kInflow, "storage inflow", kFeasible, kExact, kExact, kNo},
    {Feature::kRamps, "unit ramps", kFeasible, kExact, kExact, kSmallGap},
    {Feature::kQuadraticCost, "quadratic cost", kFeasible, kExact, kExact, kNo},
    {Feature::kEnergyBudget, "unit energy budget", kFeasible, kExact, kExact, kNo},
    {Feature::kCommitment, "unit that may switch off", kFeasible, kWhole, kExact, kNo},
    {Feature::kMinimumTimes, "minimum up and down times", kFeasible, kWhole, kExact, kNo},
    {Feature::kStartCostByTimeOff, "start cost by time off", kFeasible, kWhole, kExact, kNo},
    {Feature::kStartStopRamps, "start and stop ramps", kFeasible, kWhole, kExact, kNo},
    {Feature::kMaintenance, "planned maintenance", kFeasible, kExact, kExact, kNo},
    {Feature::kFlexibleLoad, "flexible load", kMayGiveUp, kExact, kExact, kNo},
    {Feature::kOnOffLoad, "flexible load, on/off", kMayGiveUp, kWhole, kExact, kNo},
    {Feature::kContiguousLoad, "flexible load, contiguous", kMayGiveUp, kWhole, kExact, kNo},
}};
// clang-format on

class Collector {
 public:
  explicit Collector(const Problem& problem) : problem_(problem), uses_(kTable.size()) {}

  std::vector<FeatureUse> Run() {
    for (const Region& region : problem_.regions) OfRegion(region);
    for (const Device& device : problem_.devices) {
      id_ = device.id;
      std::visit([&](const auto& kind) { Of(kind); }, device.kind);
    }
    id_.clear();
    Note(Feature::kCarbonCap, problem_.carbon_cap_kg.has_value());
    Note(Feature::kCarbonPrice, problem_.carbon_price_usd_per_kg > 0.0);
    std::vector<FeatureUse> used;
    for (FeatureUse& use : uses_) {
      if (use.count > 0) used.push_back(std::move(use));
    }
    return used;
  }

 private:
  void Note(Feature feature, bool is_used) {
    if (!is_used) return;
    FeatureUse& use = uses_[static_cast<std::size_t>(feature)];
    use.feature = feature;
    if (use.count++ == 0) use.subject = id_;
  }

  void OfRegion(const Region& region) {
    id_ = region.id;
    Note(Feature::kRegionLimits, !region.import_limit_kw.empty() || !region.export_limit_kw.empty());
    Note(Feature::kNestedRegions, region.parent >= 0);
    Note(Feature::kPeakCharge, region.peak_charge_usd_per_kw > 0.0);
    Note(Feature::kFlattening, region.flattening_usd_per_kwh > 0.0);
    const bool reserve = !region.reserve_up_kw.empty() || !region.reserve_down_kw.empty();
    Note(Feature::kReserve, reserve);
    Note(Feature::kReserveEnergy, reserve && problem_.reserve_hours > 0.0);
    if (region.parent >= 0) return;
    for (int t = 0; t < problem_.interval_count; ++t) {
      if (ValueAt(region.export_price_usd_per_kwh, t, 0.0) <= ImportPriceWithCarbon(problem_, region, t)) continue;
      Note(Feature::kExportAboveImport, true);
      return;
    }
  }

  void Of(const Renewable& renewable) { Note(renewable.must_take ? Feature::kMustTake : Feature::kRenewable, true); }
  void Of(const Hydro& hydro) {
    Note(Feature::kHydroBudget, true);
    Note(Feature::kPeriodBudgets, !hydro.period_budgets.empty());
  }
  void Of(const Storage& storage) {
    Note(Feature::kStorage, true);
    Note(Feature::kOneDirection, storage.one_direction);
    Note(Feature::kBothDirections, !storage.one_direction);
    Note(Feature::kFinalEnergy, storage.final_energy_min_kwh > storage.energy_min_kwh);
    Note(Feature::kEnergyTargets, !storage.targets.empty());
    Note(Feature::kInflow, storage.inflow_kw.has_value());
  }
  void Of(const Unit& unit) {
    Note(Feature::kRamps, unit.ramp_up_kw_per_min < kUnlimited || unit.ramp_down_kw_per_min < kUnlimited);
    Note(Feature::kQuadraticCost, unit.quadratic_usd_per_kw2h > 0.0);
    Note(Feature::kEnergyBudget, unit.energy_budget_kwh.has_value());
    Note(Feature::kCommitment, NeedsCommitment(unit));
    Note(Feature::kMinimumTimes, unit.min_up_hours > 0.0 || unit.min_down_hours > 0.0);
    Note(Feature::kStartCostByTimeOff, !unit.start_costs.empty());
    Note(Feature::kStartStopRamps, unit.start_max_kw || unit.stop_max_kw);
    Note(Feature::kMaintenance, !unit.maintenance.empty());
  }
  void Of(const FlexibleLoad& load) {
    Note(Feature::kFlexibleLoad, load.min_kw <= 0.0);
    Note(Feature::kOnOffLoad, load.min_kw > 0.0 && !load.contiguous);
    Note(Feature::kContiguousLoad, load.contiguous);
  }

  const Problem& problem_;
  std::string id_;
  std::vector<FeatureUse> uses_;
};

}  // namespace

std::span<const FeatureRow> FeatureTable() {
  return kTable;
}

const FeatureRow& RowOf(Feature feature) {
  return kTable[static_cast<std::size_t>(feature)];
}

const char* Words(Support support) {
  switch (support) {
    case Support::kExact:
      return "exact";
    case Support::kWhole:
      return "when it comes out whole";
    case Support::kFeasible:
      return "yes";
    case Support::kMayGiveUp:
      return "may give up";
    case Support::kSmallGap:
      return "small gap";
    case Support::kNo:
      return "no";
  }
  return "";
}

std::vector<FeatureUse> FeaturesOf(const Problem& problem) {
  return Collector(problem).Run();
}

std::size_t ModelSize(const Problem& problem) {
  constexpr double kTangents = 5.0, kIntervalsBack = 10.0;
  double devices = static_cast<double>(problem.devices.size());
  for (const Device& device : problem.devices) {
    const auto* unit = std::get_if<Unit>(&device.kind);
    if (unit == nullptr) continue;
    if (unit->quadratic_usd_per_kw2h > 0.0) devices += kTangents;
    const double steps_hours = unit->start_costs.empty() ? 0.0 : unit->start_costs.back().off_hours;
    const double back = (unit->min_up_hours + unit->min_down_hours + steps_hours) / problem.hours();
    devices += std::min(back, 3.0 * problem.interval_count) / kIntervalsBack;
  }
  return static_cast<std::size_t>(devices * problem.interval_count);
}

absl::Status CheckExactSize(const Problem& problem) {
  const std::size_t size = ModelSize(problem);
  if (size <= kMaxExactDeviceIntervals) return absl::OkStatus();
  auto error = base::InvalidArgument(
      "UNSUPPORTED_SIZE",
      absl::StrCat("the exact solver takes up to ", kMaxExactDeviceIntervals, " devices x intervals, this problem has ",
                   size, "; optimise a part of the area, fewer intervals, or without the features named here"));
  for (const FeatureUse& use : FeaturesOf(problem)) {
    const FeatureRow& row = RowOf(use.feature);
    if (row.greedy != Support::kMayGiveUp) continue;
    const std::string where =
        use.subject.empty() ? "the problem" : absl::StrCat(use.subject, " and ", use.count - 1, " more");
    // NOLINTNEXTLINE(bugprone-use-after-move): Field returns the builder itself
    std::move(error).Field(row.name, absl::StrCat(row.name, " of ", where,
                                                  " needs the exact solver where limits are tight: widen it, or leave "
                                                  "it out"));
  }
  return error;
}

}  // namespace derms::dispatch
