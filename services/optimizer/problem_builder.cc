#include "services/optimizer/problem_builder.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/sha256.h"
#include "libs/domain/defaults.h"
#include "services/optimizer/initial_state.h"
#include "services/optimizer/water_budget.h"

namespace derms::optimizer {
namespace {

using dispatch::Device;
using domain::DerType;

// What is known about how the DER comes to the start of the horizon.
Evidence EvidenceOf(const FleetMember& member, const ProblemInput& input) {
  Evidence evidence;
  if (!StartsNear(input.horizon, input.now)) return evidence;
  if (member.reading && IsFresh(*member.reading, input.now)) evidence.reading = &*member.reading;
  if (member.planned_row && input.planned.slots() > 0) {
    evidence.planned = &input.planned;
    evidence.planned_row = *member.planned_row;
  }
  return evidence;
}

// Adds the area's and its parts' limits, load and prices.
class RegionBuilder {
 public:
  explicit RegionBuilder(const ProblemInput& input) : input_(input) {}

  absl::StatusOr<dispatch::Region> Build(const domain::Region& region, int parent) const {
    dispatch::Region built;
    built.id = region.region_id;
    built.parent = parent;
    const auto intervals = static_cast<std::size_t>(input_.horizon.interval_count);
    if (region.import_limit_kw) built.import_limit_kw.assign(intervals, *region.import_limit_kw);
    if (region.export_limit_kw) built.export_limit_kw.assign(intervals, *region.export_limit_kw);
    if (!region.load_series_id.empty()) {
      ASSIGN_OR_RETURN(built.demand_kw, Required(region.load_series_id));
    }
    if (parent >= 0) return built;
    if (region.import_price_series_id.empty()) {
      return base::FailedPrecondition(
          "SERIES_MISSING",
          absl::StrCat("region ", region.region_id,
                       " names no series of import prices; set import_price_series_id with PutRegion"));
    }
    ASSIGN_OR_RETURN(built.import_price_usd_per_kwh, Required(region.import_price_series_id));
    if (region.export_price_series_id.empty()) {
      built.export_price_usd_per_kwh = built.import_price_usd_per_kwh;
    } else {
      ASSIGN_OR_RETURN(built.export_price_usd_per_kwh, Required(region.export_price_series_id));
    }
    if (!region.carbon_series_id.empty()) {
      ASSIGN_OR_RETURN(built.carbon_of_import_kg_per_kwh, Required(region.carbon_series_id));
    }
    return built;
  }

 private:
  absl::StatusOr<dispatch::Series> Required(const std::string& series_id) const {
    const auto found = input_.series.find(series_id);
    if (found == input_.series.end()) {
      return base::FailedPrecondition("SERIES_MISSING",
                                      absl::StrCat("series ", series_id, " does not exist; store it with PutSeries"))
          .Metadata("series_id", series_id);
    }
    return AlignSeries(found->second, input_.horizon);
  }

  const ProblemInput& input_;
};

// Adds one device per eligible DER, or a line to the list of those left out.
class FleetBuilder {
 public:
  FleetBuilder(const ProblemInput& input, BuiltProblem& built) : input_(input), built_(built) {
    for (std::size_t i = 0; i < input.regions.size(); ++i)
      region_index_[input.regions[i]->region_id] = static_cast<int>(i);
  }

  void Add(const FleetMember& member) {
    if (auto why = WhyLeftOut(member)) {
      built_.excluded.push_back(*std::move(why));
      return;
    }
    auto kind = Kind(member);
    if (!kind.ok()) {
      built_.excluded.push_back(
          {member.der.der_id, base::ReasonOf(kind.status()), std::string(kind.status().message())});
      return;
    }
    const bool weather = std::holds_alternative<dispatch::Renewable>(*kind);
    built_.problem.devices.push_back({.id = member.der.der_id,
                                      .region = region_index_.at(member.der.region_id),
                                      .reserve_up = !weather,  // weather is no promise
                                      .reserve_down = true,
                                      .kind = *std::move(kind)});
    built_.der_ids.push_back(member.der.der_id);
    built_.grid.apparent_kva.push_back(domain::IsInverterBased(member.der.type) ? member.der.capacity_kw : 0);
  }

 private:
  std::optional<ExcludedDer> WhyLeftOut(const FleetMember& member) const {
    const std::string& id = member.der.der_id;
    if (std::find(input_.excluded_types.begin(), input_.excluded_types.end(), member.der.type) !=
        input_.excluded_types.end()) {
      return ExcludedDer{id, "EXCLUDED_TYPE", "the request leaves this type out"};
    }
    switch (member.status) {
      case domain::DerStatus::kOnline:
      case domain::DerStatus::kOptimized:
        return std::nullopt;
      case domain::DerStatus::kMaintenance:
        return ExcludedDer{id, "MAINTENANCE", "it is in maintenance"};
      case domain::DerStatus::kEmergency:
        return ExcludedDer{id, "EMERGENCY", "an emergency order binds it; release the order first"};
      case domain::DerStatus::kOffline:
        break;
    }
    return ExcludedDer{id, "NOT_ONLINE", "it is OFFLINE; bring it ONLINE with UpdateDerStatus"};
  }

  using Kinds = decltype(Device::kind);

  absl::StatusOr<Kinds> Kind(const FleetMember& member) {
    const domain::EffectiveParameters parameters = domain::EffectiveParametersOf(member.der);
    switch (member.der.type) {
      case DerType::kSolar:
      case DerType::kWind: {
        ASSIGN_OR_RETURN(const dispatch::ScaledProfile availability, Availability(member, /*required=*/true));
        return dispatch::Renewable{.availability_kw = availability,
                                   .marginal_cost_usd_per_kwh = parameters.marginal_cost_usd_per_kwh};
      }
      case DerType::kHydro:
        return HydroOf(member, parameters);
      case DerType::kBattery:
        return StorageOf(member, parameters);
      case DerType::kGeothermal:
      case DerType::kFuelCell:
        break;
    }
    return UnitOf(member, parameters);
  }

  absl::StatusOr<Kinds> HydroOf(const FleetMember& member, const domain::EffectiveParameters& parameters) {
    ASSIGN_OR_RETURN(const dispatch::ScaledProfile availability, Availability(member, /*required=*/false));
    dispatch::Hydro hydro{.availability_kw = availability,
                          .min_kw = parameters.min_output_kw,
                          .marginal_cost_usd_per_kwh = parameters.marginal_cost_usd_per_kwh};
    if (parameters.energy_budget_kwh_per_day) {
      hydro.period_budgets = WaterOf(member, {*parameters.energy_budget_kwh_per_day, parameters.min_output_kw});
    }
    if (hydro.period_budgets.size() == 1) {  // the simpler kind, which every solver knows
      hydro.energy_budget_kwh = hydro.period_budgets[0].energy_kwh;
      hydro.period_budgets.clear();
    }
    return hydro;
  }

  std::vector<dispatch::PeriodBudget> WaterOf(const FleetMember& member, const DailyWater& water) const {
    if (!StartsNear(input_.horizon, input_.now)) return StudyWaterBudgets(water, input_.horizon);
    Evidence planned;
    if (member.water_row && input_.water.slots() > 0) {
      planned.planned = &input_.water;
      planned.planned_row = *member.water_row;
    }
    return LiveWaterBudgets(water, input_.horizon, planned);
  }

  Kinds StorageOf(const FleetMember& member, const domain::EffectiveParameters& parameters) const {
    const double initial_kwh = InitialEnergyKwh(EvidenceOf(member, input_), parameters, input_.horizon.starts_at);
    return dispatch::Storage{.charge_max_kw = parameters.charge_capacity_kw,
                             .discharge_max_kw = member.der.capacity_kw,
                             .energy_min_kwh = parameters.min_energy_kwh,
                             .energy_max_kwh = parameters.energy_capacity_kwh,
                             .initial_energy_kwh = initial_kwh,
                             .final_energy_min_kwh = parameters.final_energy_kwh,
                             .charge_efficiency = parameters.charge_efficiency,
                             .discharge_efficiency = parameters.discharge_efficiency,
                             .wear_usd_per_kwh = parameters.wear_usd_per_kwh};
  }

  Kinds UnitOf(const FleetMember& member, const domain::EffectiveParameters& parameters) const {
    dispatch::Unit unit{.min_kw = parameters.min_output_kw,
                        .max_kw = member.der.capacity_kw,
                        .ramp_up_kw_per_min = parameters.ramp_up_kw_per_min,
                        .ramp_down_kw_per_min = parameters.ramp_down_kw_per_min,
                        .initial_kw = InitialPowerKw(EvidenceOf(member, input_), input_.horizon.starts_at),
                        .co2_kg_per_kwh = parameters.carbon_kg_per_kwh,
                        // Geothermal wells are kept flowing; a fuel cell may be switched off.
                        .committable = member.der.type == DerType::kFuelCell && parameters.min_output_kw > 0};
    if (parameters.marginal_cost_usd_per_kwh > 0) {
      unit.cost_pieces = {{.up_to_kw = unit.max_kw, .usd_per_kwh = parameters.marginal_cost_usd_per_kwh}};
    }
    if (unit.initial_kw) unit.initial_kw = std::clamp(*unit.initial_kw, 0.0, unit.max_kw);
    // A must-run unit that is measured below its minimum starts the horizon at the minimum.
    if (unit.initial_kw && !unit.committable) unit.initial_kw = std::max(*unit.initial_kw, unit.min_kw);
    if (unit.initial_kw && unit.committable && *unit.initial_kw < unit.min_kw) unit.initial_kw = 0.0;
    return unit;
  }

  // Share series are stored once as profiles and scaled by capacity; no series means available in full.
  absl::StatusOr<dispatch::ScaledProfile> Availability(const FleetMember& member, bool required) {
    const domain::Der& der = member.der;
    const std::string id = der.parameters.availability_series_id.value_or("");
    if (id.empty() && member.predicted_row) return Predicted(der, *member.predicted_row);
    if (id.empty() && required) {
      return base::FailedPrecondition(
          "SERIES_MISSING",
          "it names no availability series and the weather of its region is not known; set availability_series_id with "
          "UpdateDer, or store the weather with PutSeries (docs/forecast.md)");
    }
    auto known = profile_index_.find(id);
    if (known == profile_index_.end()) {
      dispatch::Series share(static_cast<std::size_t>(input_.horizon.interval_count), 1.0);
      if (!id.empty()) {
        const auto series = input_.series.find(id);
        if (series == input_.series.end()) {
          return base::FailedPrecondition("SERIES_MISSING", absl::StrCat("series ", id, " does not exist"));
        }
        ASSIGN_OR_RETURN(share, AlignSeries(series->second, input_.horizon));
      }
      built_.problem.profiles.push_back(std::move(share));
      built_.profile_series.push_back(id);
      known = profile_index_.emplace(id, static_cast<int>(built_.problem.profiles.size()) - 1).first;
    }
    return dispatch::ScaledProfile{.profile = known->second, .scale = der.capacity_kw};
  }

  dispatch::ScaledProfile Predicted(const domain::Der& der, std::size_t row) {
    built_.predicted_ids.push_back(der.der_id);
    if (der.parameters.plant) ++built_.predicted_plant_count;
    const auto [known, is_new] = predicted_index_.try_emplace(row, static_cast<int>(built_.problem.profiles.size()));
    if (is_new) {
      const PredictedProfile& predicted = input_.predicted[row];
      built_.problem.profiles.push_back(predicted.share);
      built_.profile_series.push_back(predicted.name);
      predicted_from_.insert(predicted.series_ids.begin(), predicted.series_ids.end());
      built_.predicted_series_ids.assign(predicted_from_.begin(), predicted_from_.end());
    }
    return {.profile = known->second, .scale = der.capacity_kw};
  }

  const ProblemInput& input_;
  BuiltProblem& built_;
  std::map<std::string, int, std::less<>> region_index_;
  std::map<std::string, int, std::less<>> profile_index_;  // series id -> profile; "" is "always 1"
  std::map<std::size_t, int> predicted_index_;             // row of the input -> profile
  std::set<std::string> predicted_from_;
};

// Appends values bit for bit, so that the digest does not depend on printing.
class Hasher {
 public:
  void Add(double value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void Add(const dispatch::Series& series) {
    Add(static_cast<double>(series.size()));
    for (const double value : series) Add(value);
  }
  void Add(std::string_view text) {
    Add(static_cast<double>(text.size()));
    bytes_.append(text);
  }
  void Add(const dispatch::ScaledProfile& profile) {
    Add(static_cast<double>(profile.profile));
    Add(profile.scale);
  }
  void Add(const std::optional<double>& value) {
    Add(value ? 1.0 : 0.0);
    Add(value.value_or(0.0));
  }
  void Add(bool value) { Add(value ? 1.0 : 0.0); }
  std::string Hex() const { return base::ToHex(base::Sha256(bytes_)); }

 private:
  std::string bytes_;
};

template <typename... Values>
void AddAll(Hasher& hasher, const Values&... values) {
  (hasher.Add(values), ...);
}

void AddKind(Hasher& hasher, const dispatch::Renewable& r) {
  AddAll(hasher, std::string_view("renewable"), r.availability_kw, r.marginal_cost_usd_per_kwh,
         r.curtailment_price_usd_per_kwh, r.must_take);
}
void AddKind(Hasher& hasher, const dispatch::Storage& s) {
  AddAll(hasher, std::string_view("storage"), s.charge_max_kw, s.discharge_max_kw, s.energy_min_kwh, s.energy_max_kwh,
         s.initial_energy_kwh, s.final_energy_min_kwh, s.charge_efficiency, s.discharge_efficiency,
         s.standing_loss_per_hour, s.wear_usd_per_kwh, s.one_direction);
  hasher.Add(static_cast<double>(s.targets.size()));
  for (const auto& target : s.targets) {
    AddAll(hasher, static_cast<double>(target.interval), target.at_least_kwh, target.at_most_kwh);
  }
  hasher.Add(s.inflow_kw.value_or(dispatch::ScaledProfile{}));
}
void AddKind(Hasher& hasher, const dispatch::Unit& u) {
  AddAll(hasher, std::string_view("unit"), u.min_kw, u.max_kw, u.ramp_up_kw_per_min, u.ramp_down_kw_per_min,
         u.initial_kw, u.co2_kg_per_kwh, u.committable, u.no_load_usd_per_hour, u.start_cost_usd);
  for (const auto& piece : u.cost_pieces) AddAll(hasher, piece.up_to_kw, piece.usd_per_kwh);
  AddAll(hasher, u.quadratic_usd_per_kw2h, u.energy_budget_kwh, u.stop_cost_usd, u.min_up_hours, u.min_down_hours,
         u.initial_state_hours, u.start_max_kw, u.stop_max_kw);
  for (const auto& step : u.start_costs) AddAll(hasher, step.off_hours, step.usd);
  for (const auto& range : u.maintenance) {
    AddAll(hasher, static_cast<double>(range.first), static_cast<double>(range.end));
  }
}
void AddKind(Hasher& hasher, const dispatch::FlexibleLoad& l) {
  AddAll(hasher, std::string_view("load"), static_cast<double>(l.window.first), static_cast<double>(l.window.end),
         l.energy_kwh, l.min_kw, l.max_kw, l.contiguous, l.undelivered_usd_per_kwh);
}
void AddKind(Hasher& hasher, const dispatch::Hydro& h) {
  AddAll(hasher, std::string_view("hydro"), h.availability_kw, h.min_kw, h.energy_budget_kwh,
         h.marginal_cost_usd_per_kwh, static_cast<double>(h.period_budgets.size()));
  for (const auto& budget : h.period_budgets) {
    AddAll(hasher, static_cast<double>(budget.intervals.first), static_cast<double>(budget.intervals.end),
           budget.energy_kwh);
  }
}

// Numbers those that can be scheduled and are `wanted`.
template <typename Wanted>
std::vector<base::DerKey> KeysOfRows(std::vector<FleetMember>& fleet, std::optional<std::size_t> FleetMember::*row,
                                     const Wanted& wanted) {
  std::vector<base::DerKey> keys;
  for (FleetMember& member : fleet) {
    const bool eligible = member.status == domain::DerStatus::kOnline || member.status == domain::DerStatus::kOptimized;
    if (!eligible || !wanted(member.der)) continue;
    member.*row = keys.size();
    keys.push_back(member.der.key());
  }
  return keys;
}

}  // namespace

std::vector<std::string> NeededSeries(const std::vector<const domain::Region*>& regions,
                                      const std::vector<FleetMember>& fleet) {
  std::set<std::string> ids;
  for (const domain::Region* region : regions) {
    ids.insert({region->load_series_id, region->import_price_series_id, region->export_price_series_id,
                region->carbon_series_id});
  }
  for (const FleetMember& member : fleet) ids.insert(member.der.parameters.availability_series_id.value_or(""));
  ids.erase("");
  return {ids.begin(), ids.end()};
}

std::vector<base::DerKey> KeysOfPlannedRows(std::vector<FleetMember>& fleet) {
  return KeysOfRows(fleet, &FleetMember::planned_row, [](const domain::Der& der) {
    return der.type == DerType::kBattery || der.type == DerType::kGeothermal || der.type == DerType::kFuelCell;
  });
}

std::vector<base::DerKey> KeysOfWaterRows(std::vector<FleetMember>& fleet) {
  return KeysOfRows(fleet, &FleetMember::water_row, [](const domain::Der& der) {
    return der.type == DerType::kHydro && der.parameters.energy_budget_kwh_per_day.has_value();
  });
}

absl::StatusOr<BuiltProblem> BuildProblem(const ProblemInput& input) {
  BuiltProblem built;
  built.problem.interval_length = input.horizon.interval;
  built.problem.interval_count = input.horizon.interval_count;
  built.problem.start = input.horizon.starts_at;

  std::map<std::string, int, std::less<>> index;
  const RegionBuilder regions(input);
  for (const domain::Region* region : input.regions) {
    // The area that is optimised exchanges with the grid, wherever it stands in the tree.
    const bool is_area = built.problem.regions.empty();
    ASSIGN_OR_RETURN(dispatch::Region next, regions.Build(*region, is_area ? -1 : index.at(region->parent_region_id)));
    index[region->region_id] = static_cast<int>(built.problem.regions.size());
    built.problem.regions.push_back(std::move(next));
  }
  FleetBuilder fleet(input, built);
  for (const FleetMember& member : input.fleet) fleet.Add(member);
  if (built.problem.devices.empty()) {
    return base::FailedPrecondition(
        "NO_ELIGIBLE_DERS", absl::StrCat("none of the ", input.fleet.size(),
                                         " DERs of the area can be scheduled; bring DERs ONLINE with UpdateDerStatus"));
  }
  return built;
}

std::string ProblemDigest(const dispatch::Problem& problem) {
  Hasher hasher;
  AddAll(hasher, absl::ToDoubleSeconds(problem.interval_length), static_cast<double>(problem.interval_count),
         problem.value_of_lost_load_usd_per_kwh, problem.over_generation_price_usd_per_kwh,
         problem.carbon_price_usd_per_kg, problem.reserve_up_price_usd_per_kwh, problem.reserve_down_price_usd_per_kwh,
         problem.reserve_hours, problem.carbon_cap_kg);
  for (const auto& profile : problem.profiles) hasher.Add(profile);
  for (const auto& region : problem.regions) {
    AddAll(hasher, std::string_view(region.id), static_cast<double>(region.parent), region.demand_kw,
           region.import_limit_kw, region.export_limit_kw, region.reserve_up_kw, region.reserve_down_kw,
           region.import_price_usd_per_kwh, region.export_price_usd_per_kwh, region.carbon_of_import_kg_per_kwh,
           region.peak_charge_usd_per_kw, region.peak_so_far_kw, region.flattening_usd_per_kwh);
  }
  for (const auto& device : problem.devices) {
    AddAll(hasher, std::string_view(device.id), static_cast<double>(device.region), device.reserve_up,
           device.reserve_down);
    std::visit([&](const auto& kind) { AddKind(hasher, kind); }, device.kind);
  }
  return hasher.Hex();
}

}  // namespace derms::optimizer
