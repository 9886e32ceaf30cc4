#include "libs/dispatch/fleet/compile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/features.h"

namespace derms::dispatch::fleet {
namespace {

absl::Status Unsupported(const std::string& what, const std::string& who) {
  return base::InvalidArgument("UNSUPPORTED_FEATURE", absl::StrCat("the fleet engine does not know ", what, ": ", who));
}

// A row for each day of a year would fill the memory of a fleet of hydro plants.
constexpr std::size_t kMaxHydroRowIntervals = 20'000'000;

// FeatureTable() says what the engine knows. A unit that may be switched off is refused even where that makes no
// difference: its schedule would have to say when it is on.
absl::Status CheckSupport(const Problem& problem) {
  for (const FeatureUse& use : FeaturesOf(problem)) {
    const FeatureRow& row = RowOf(use.feature);
    if (row.fleet == Support::kNo) return Unsupported(row.name, use.subject.empty() ? "the problem" : use.subject);
  }
  std::size_t hydro_rows = 0;
  for (const Device& device : problem.devices) {
    const auto* unit = std::get_if<Unit>(&device.kind);
    if (unit != nullptr && unit->committable) return Unsupported(RowOf(Feature::kCommitment).name, device.id);
    const auto* hydro = std::get_if<Hydro>(&device.kind);
    if (hydro == nullptr || hydro->period_budgets.empty()) continue;
    if (hydro->min_kw > 0.0) return Unsupported("budgets of days with a minimum output", device.id);
    if (hydro->energy_budget_kwh) return Unsupported("budgets of days beside one of the horizon", device.id);
    hydro_rows += hydro->period_budgets.size();
    if (hydro_rows * static_cast<std::size_t>(problem.interval_count) > kMaxHydroRowIntervals) {
      return Unsupported("budgets of so many days", device.id);
    }
  }
  return absl::OkStatus();
}

Series Filled(const Series& series, int count, double when_empty) {
  return series.empty() ? Series(static_cast<std::size_t>(count), when_empty) : series;
}

FleetRegion CompileRegion(const Problem& problem, const Region& region) {
  const int count = problem.interval_count;
  FleetRegion to;
  to.id = region.id;
  to.parent = region.parent;
  to.demand_kw = Filled(region.demand_kw, count, 0.0);
  to.import_limit_kw = Filled(region.import_limit_kw, count, kUnlimited);
  to.export_limit_kw = Filled(region.export_limit_kw, count, kUnlimited);
  to.reserve_up_kw = region.reserve_up_kw;
  to.reserve_down_kw = region.reserve_down_kw;
  if (region.parent >= 0) return to;
  for (int t = 0; t < count; ++t) to.import_price_usd_per_kwh.push_back(ImportPriceWithCarbon(problem, region, t));
  to.export_price_usd_per_kwh = Filled(region.export_price_usd_per_kwh, count, 0.0);
  to.peak_charge_usd_per_kw = region.peak_charge_usd_per_kw;
  to.peak_so_far_kw = region.peak_so_far_kw;
  to.flattening_usd_per_kwh = region.flattening_usd_per_kwh;
  return to;
}

// A row of a hydro plant, and the period that its water is for.
struct HydroPart {
  std::uint32_t device = 0;
  int period = -1;  // of Hydro::period_budgets; -1: all intervals without one
};

// The profiles of hydro plants in single periods: as given within, 0 outside. Those of one period lie together, which
// is how the surrogate makes its clusters.
class PeriodProfiles {
 public:
  PeriodProfiles(const Problem& problem, std::vector<Series>& profiles) : problem_(problem) {
    for (const Device& device : problem.devices) {
      const auto* hydro = std::get_if<Hydro>(&device.kind);
      if (hydro == nullptr || hydro->period_budgets.empty()) continue;
      for (int k = -1; k < std::ssize(hydro->period_budgets); ++k) index_.emplace(KeyOf(*hydro, k), 0);
    }
    for (auto& [key, profile] : index_) {
      profile = static_cast<int>(profiles.size());
      const auto& [intervals, source] = key;
      Series masked = profiles[static_cast<std::size_t>(source)];
      for (std::size_t t = 0; t < masked.size(); ++t) masked[t] *= intervals[t] ? 1.0 : 0.0;
      profiles.push_back(std::move(masked));
    }
  }

  int Of(const Hydro& hydro, int period) const { return index_.at(KeyOf(hydro, period)); }

 private:
  using Key = std::pair<std::vector<bool>, int>;  // intervals, profile

  Key KeyOf(const Hydro& hydro, int period) const {
    std::vector<bool> intervals(static_cast<std::size_t>(problem_.interval_count), period < 0);
    for (int k = 0; k < std::ssize(hydro.period_budgets); ++k) {
      const auto& [first, end] = hydro.period_budgets[static_cast<std::size_t>(k)].intervals;
      if (period < 0 || k == period) std::fill(intervals.begin() + first, intervals.begin() + end, k == period);
    }
    return {std::move(intervals), hydro.availability_kw.profile};
  }

  const Problem& problem_;
  std::map<Key, int> index_;
};

class DeviceCompiler {
 public:
  DeviceCompiler(const Problem& problem, const PeriodProfiles& periods, FleetBuilder& builder)
      : problem_(problem), periods_(periods), builder_(builder) {}

  // By origin of the hydro rows.
  const std::vector<HydroPart>& hydro_parts() const { return hydro_parts_; }

  void Add(std::size_t index) {
    const Device& device = problem_.devices[index];
    region_ = device.region;
    headroom_ =
        static_cast<Headroom>((device.reserve_up ? kHeadroomUp : 0) | (device.reserve_down ? kHeadroomDown : 0));
    origin_ = static_cast<std::uint32_t>(index);
    std::visit([&](const auto& kind) { AddKind(kind); }, device.kind);
  }

 private:
  static float F(double value) { return static_cast<float>(value); }

  void AddKind(const Renewable& r) {
    builder_.Add(RenewableRow{region_, r.availability_kw.profile, r.must_take, headroom_, F(r.availability_kw.scale),
                              F(r.marginal_cost_usd_per_kwh), F(r.curtailment_price_usd_per_kwh), origin_});
  }
  void AddKind(const Storage& s) {
    builder_.Add(StorageRow{region_, headroom_, F(s.charge_max_kw), F(s.discharge_max_kw), F(s.energy_min_kwh),
                            F(s.energy_max_kwh), F(s.initial_energy_kwh), F(s.final_energy_min_kwh),
                            F(s.charge_efficiency), F(s.discharge_efficiency), F(1.0 - Retention(s, problem_.hours())),
                            F(s.wear_usd_per_kwh), origin_});
  }
  void AddKind(const Unit& u) {
    const double carbon = problem_.carbon_price_usd_per_kg * u.co2_kg_per_kwh, range = u.max_kw - u.min_kw;
    const double at_min = CurveCostUsdPerHour(u, u.min_kw) + carbon * u.min_kw + u.no_load_usd_per_hour;
    const auto initial = u.initial_kw ? F(*u.initial_kw) : std::numeric_limits<float>::quiet_NaN();
    const double hours = problem_.hours();
    // Steps from a known output outside the band may be longer than the band; inside it nothing longer matters.
    const double reach = range + (u.initial_kw ? std::abs(*u.initial_kw - u.min_kw) : 0.0);
    builder_.Add(UnitRow{region_, headroom_, F(u.min_kw), F(u.max_kw), F(std::min(RampUpKw(u, hours), reach)),
                         F(std::min(RampDownKw(u, hours), reach)), initial, F(at_min), 0, 0, origin_},
                 PiecesAboveMin(u, carbon));
  }
  void AddKind(const Hydro& h) {
    if (h.period_budgets.empty()) {
      return AddPart(h, -1, h.availability_kw.profile, h.energy_budget_kwh.value_or(kUnlimited));
    }
    int covered = 0;
    for (int k = 0; k < std::ssize(h.period_budgets); ++k) {
      const auto& [intervals, energy_kwh] = h.period_budgets[static_cast<std::size_t>(k)];
      AddPart(h, k, periods_.Of(h, k), energy_kwh);
      covered += intervals.end - intervals.first;
    }
    if (covered < problem_.interval_count) AddPart(h, -1, periods_.Of(h, -1), kUnlimited);
  }
  void AddPart(const Hydro& h, int period, int profile, double budget_kwh) {
    builder_.Add(HydroRow{region_, headroom_, profile, F(h.min_kw), F(h.availability_kw.scale), F(budget_kwh),
                          F(h.marginal_cost_usd_per_kwh), static_cast<std::uint32_t>(hydro_parts_.size())});
    hydro_parts_.push_back({origin_, period});
  }

  void AddKind(const FlexibleLoad&) {}  // refused by CheckSupport

  static std::vector<UnitPiece> PiecesAboveMin(const Unit& unit, double carbon_usd_per_kwh) {
    std::vector<UnitPiece> pieces;
    double from = unit.min_kw;
    for (const CostPiece& piece : unit.cost_pieces) {
      const double to = std::min(piece.up_to_kw, unit.max_kw);
      if (to > from) pieces.push_back({F(to - from), F(piece.usd_per_kwh + carbon_usd_per_kwh)});
      from = std::max(from, to);
    }
    if (pieces.empty()) pieces.push_back({F(unit.max_kw - unit.min_kw), F(carbon_usd_per_kwh)});
    return pieces;
  }

  const Problem& problem_;
  const PeriodProfiles& periods_;
  FleetBuilder& builder_;
  std::vector<HydroPart> hydro_parts_;
  int region_ = 0;
  Headroom headroom_ = kNoHeadroom;
  std::uint32_t origin_ = 0;
};

}  // namespace

absl::StatusOr<CompiledFleet> Compile(const Problem& problem) {
  RETURN_IF_ERROR(CheckSupport(problem));
  CompiledFleet compiled;
  Fleet& fleet = compiled.fleet;
  fleet.interval_count = problem.interval_count;
  fleet.hours = problem.hours();
  fleet.profiles = problem.profiles;
  fleet.value_of_lost_load_usd_per_kwh = problem.value_of_lost_load_usd_per_kwh;
  fleet.over_generation_price_usd_per_kwh = problem.over_generation_price_usd_per_kwh;
  fleet.reserve_up_price_usd_per_kwh = problem.reserve_up_price_usd_per_kwh;
  fleet.reserve_down_price_usd_per_kwh = problem.reserve_down_price_usd_per_kwh;
  fleet.reserve_hours = problem.reserve_hours;
  for (const Region& region : problem.regions) fleet.regions.push_back(CompileRegion(problem, region));
  FleetBuilder builder;
  const PeriodProfiles periods(problem, fleet.profiles);
  DeviceCompiler devices(problem, periods, builder);
  for (std::size_t i = 0; i < problem.devices.size(); ++i) devices.Add(i);
  builder.Build(fleet, &compiled.origin);
  for (std::uint32_t& origin : compiled.origin.hydro) {
    const HydroPart& part = devices.hydro_parts()[origin];
    origin = part.device;
    compiled.hydro_period.push_back(part.period);
  }
  return compiled;
}

}  // namespace derms::dispatch::fleet
