#include "libs/wire/dispatch/device_kinds.h"

#include "absl/strings/str_cat.h"
#include "libs/wire/dispatch/field_table.h"

namespace derms::wire {
namespace {

using dispatch::EnergyTarget;
using dispatch::FlexibleLoad;
using dispatch::Hydro;
using dispatch::IntervalRange;
using dispatch::Renewable;
using dispatch::ScaledProfile;
using dispatch::Storage;
using dispatch::Unit;

const FieldTable<Renewable>& RenewableFields() {
  static const FieldTable<Renewable> kFields(
      v1::RenewableModel::descriptor(),
      {DERMS_WIRE_FIELD(Renewable, marginal_cost_usd_per_kwh),
       DERMS_WIRE_FIELD(Renewable, curtailment_price_usd_per_kwh), DERMS_WIRE_FIELD(Renewable, must_take)});
  return kFields;
}

const FieldTable<EnergyTarget>& TargetFields() {
  static const FieldTable<EnergyTarget> kFields(
      v1::EnergyTarget::descriptor(),
      {DERMS_WIRE_FIELD(EnergyTarget, at_least_kwh), DERMS_WIRE_FIELD(EnergyTarget, at_most_kwh)});
  return kFields;
}

const FieldTable<Storage>& StorageFields() {
  static const FieldTable<Storage> kFields(
      v1::StorageModel::descriptor(),
      {DERMS_WIRE_FIELD(Storage, charge_max_kw), DERMS_WIRE_FIELD(Storage, discharge_max_kw),
       DERMS_WIRE_FIELD(Storage, energy_min_kwh), DERMS_WIRE_FIELD(Storage, energy_max_kwh),
       DERMS_WIRE_FIELD(Storage, initial_energy_kwh), DERMS_WIRE_FIELD(Storage, final_energy_min_kwh),
       DERMS_WIRE_FIELD(Storage, charge_efficiency), DERMS_WIRE_FIELD(Storage, discharge_efficiency),
       DERMS_WIRE_FIELD(Storage, standing_loss_per_hour), DERMS_WIRE_FIELD(Storage, wear_usd_per_kwh),
       DERMS_WIRE_FIELD(Storage, one_direction)});
  return kFields;
}

const FieldTable<Unit>& UnitFields() {
  static const FieldTable<Unit> kFields(
      v1::UnitModel::descriptor(),
      {DERMS_WIRE_FIELD(Unit, min_kw), DERMS_WIRE_FIELD(Unit, max_kw), DERMS_WIRE_FIELD(Unit, ramp_up_kw_per_min),
       DERMS_WIRE_FIELD(Unit, ramp_down_kw_per_min), DERMS_WIRE_FIELD(Unit, initial_kw),
       DERMS_WIRE_FIELD(Unit, quadratic_usd_per_kw2h), DERMS_WIRE_FIELD(Unit, co2_kg_per_kwh),
       DERMS_WIRE_FIELD(Unit, energy_budget_kwh), DERMS_WIRE_FIELD(Unit, committable),
       DERMS_WIRE_FIELD(Unit, no_load_usd_per_hour), DERMS_WIRE_FIELD(Unit, start_cost_usd),
       DERMS_WIRE_FIELD(Unit, stop_cost_usd), DERMS_WIRE_FIELD(Unit, min_up_hours),
       DERMS_WIRE_FIELD(Unit, min_down_hours), DERMS_WIRE_FIELD(Unit, initial_state_hours),
       DERMS_WIRE_FIELD(Unit, start_max_kw), DERMS_WIRE_FIELD(Unit, stop_max_kw)});
  return kFields;
}

const FieldTable<Hydro>& HydroFields() {
  static const FieldTable<Hydro> kFields(v1::HydroModel::descriptor(),
                                         {DERMS_WIRE_FIELD(Hydro, min_kw), DERMS_WIRE_FIELD(Hydro, energy_budget_kwh),
                                          DERMS_WIRE_FIELD(Hydro, marginal_cost_usd_per_kwh)});
  return kFields;
}

const FieldTable<FlexibleLoad>& LoadFields() {
  static const FieldTable<FlexibleLoad> kFields(
      v1::FlexibleLoadModel::descriptor(),
      {DERMS_WIRE_FIELD(FlexibleLoad, energy_kwh), DERMS_WIRE_FIELD(FlexibleLoad, min_kw),
       DERMS_WIRE_FIELD(FlexibleLoad, max_kw), DERMS_WIRE_FIELD(FlexibleLoad, contiguous),
       DERMS_WIRE_FIELD(FlexibleLoad, undelivered_usd_per_kwh)});
  return kFields;
}

IntervalRange Range(const v1::IntervalRange& range) {
  return {.first = range.first(), .end = range.end()};
}

void Write(const IntervalRange& range, v1::IntervalRange& out) {
  out.set_first(range.first);
  out.set_end(range.end);
}

void Write(const ScaledProfile& profile, v1::ScaledProfile& out) {
  out.set_profile_id(ProfileId(profile.profile));
  out.set_scale(profile.scale);
}

void Write(const Renewable& renewable, v1::DispatchDevice& device) {
  RenewableFields().Write(renewable, *device.mutable_renewable());
  Write(renewable.availability_kw, *device.mutable_renewable()->mutable_availability_kw());
}

void Write(const Storage& storage, v1::DispatchDevice& device) {
  v1::StorageModel& out = *device.mutable_storage();
  StorageFields().Write(storage, out);
  for (const EnergyTarget& target : storage.targets) {
    v1::EnergyTarget& added = *out.add_targets();
    added.set_interval(target.interval);
    TargetFields().Write(target, added);
  }
  if (storage.inflow_kw) Write(*storage.inflow_kw, *out.mutable_inflow_kw());
}

void Write(const Unit& unit, v1::DispatchDevice& device) {
  v1::UnitModel& out = *device.mutable_unit();
  UnitFields().Write(unit, out);
  for (const dispatch::CostPiece& piece : unit.cost_pieces) {
    v1::CostPiece& added = *out.add_cost_pieces();
    added.set_up_to_kw(piece.up_to_kw);
    added.set_usd_per_kwh(piece.usd_per_kwh);
  }
  for (const dispatch::StartCost& step : unit.start_costs) {
    v1::StartCost& added = *out.add_start_costs();
    added.set_off_hours(step.off_hours);
    added.set_usd(step.usd);
  }
  for (const IntervalRange& range : unit.maintenance) Write(range, *out.add_maintenance());
}

void Write(const Hydro& hydro, v1::DispatchDevice& device) {
  HydroFields().Write(hydro, *device.mutable_hydro());
  Write(hydro.availability_kw, *device.mutable_hydro()->mutable_availability_kw());
  for (const dispatch::PeriodBudget& budget : hydro.period_budgets) {
    v1::PeriodBudget& added = *device.mutable_hydro()->add_period_budgets();
    Write(budget.intervals, *added.mutable_intervals());
    added.set_energy_kwh(budget.energy_kwh);
  }
}

void Write(const FlexibleLoad& load, v1::DispatchDevice& device) {
  LoadFields().Write(load, *device.mutable_flexible_load());
  Write(load.window, *device.mutable_flexible_load()->mutable_window());
}

std::string_view NameOf(const Renewable&) {
  return "renewable";
}
std::string_view NameOf(const Storage&) {
  return "storage";
}
std::string_view NameOf(const Unit&) {
  return "unit";
}
std::string_view NameOf(const Hydro&) {
  return "hydro";
}
std::string_view NameOf(const FlexibleLoad&) {
  return "flexible_load";
}

}  // namespace

std::string ProfileId(int index) {
  return absl::StrCat("profile-", index);
}

std::string_view KindField(const decltype(dispatch::Device::kind)& kind) {
  return std::visit([](const auto& model) { return NameOf(model); }, kind);
}

void WriteKind(const decltype(dispatch::Device::kind)& kind, v1::DispatchDevice& device) {
  std::visit([&](const auto& model) { Write(model, device); }, kind);
}

decltype(dispatch::Device::kind) DeviceReader::ReadKind(const v1::DispatchDevice& device, const std::string& at) const {
  switch (device.kind_case()) {
    case v1::DispatchDevice::kRenewable:
      return Read(device.renewable(), at + ".renewable");
    case v1::DispatchDevice::kStorage:
      return Read(device.storage(), at + ".storage");
    case v1::DispatchDevice::kUnit:
      return Read(device.unit());
    case v1::DispatchDevice::kHydro:
      return Read(device.hydro(), at + ".hydro");
    case v1::DispatchDevice::kFlexibleLoad:
      return Read(device.flexible_load());
    case v1::DispatchDevice::KIND_NOT_SET:
      break;
  }
  violations_.Add(at, "must be one of renewable, storage, unit, hydro, flexible_load");
  return Renewable{};
}

ScaledProfile DeviceReader::Read(const v1::ScaledProfile& profile, const std::string& at) const {
  ScaledProfile out;
  if (profile.has_scale()) out.scale = profile.scale();
  const auto found = profiles_.find(profile.profile_id());
  if (found != profiles_.end()) {
    out.profile = found->second;
  } else {
    violations_.Add(at + ".profile_id",
                    absl::StrCat("names no profile of the problem: there is no ", profile.profile_id()));
  }
  return out;
}

Renewable DeviceReader::Read(const v1::RenewableModel& model, const std::string& at) const {
  Renewable out;
  RenewableFields().Read(model, out);
  out.availability_kw = Read(model.availability_kw(), at + ".availability_kw");
  return out;
}

Storage DeviceReader::Read(const v1::StorageModel& model, const std::string& at) const {
  Storage out;
  StorageFields().Read(model, out);
  for (const v1::EnergyTarget& target : model.targets()) {
    EnergyTarget& added = out.targets.emplace_back();
    added.interval = target.interval();
    TargetFields().Read(target, added);
  }
  if (model.has_inflow_kw()) out.inflow_kw = Read(model.inflow_kw(), at + ".inflow_kw");
  return out;
}

Unit DeviceReader::Read(const v1::UnitModel& model) {
  Unit out;
  UnitFields().Read(model, out);
  for (const v1::CostPiece& piece : model.cost_pieces()) {
    out.cost_pieces.push_back({.up_to_kw = piece.up_to_kw(), .usd_per_kwh = piece.usd_per_kwh()});
  }
  for (const v1::StartCost& step : model.start_costs()) {
    out.start_costs.push_back({.off_hours = step.off_hours(), .usd = step.usd()});
  }
  for (const v1::IntervalRange& range : model.maintenance()) out.maintenance.push_back(Range(range));
  return out;
}

Hydro DeviceReader::Read(const v1::HydroModel& model, const std::string& at) const {
  Hydro out;
  HydroFields().Read(model, out);
  out.availability_kw = Read(model.availability_kw(), at + ".availability_kw");
  for (const v1::PeriodBudget& budget : model.period_budgets()) {
    out.period_budgets.push_back({.intervals = Range(budget.intervals()), .energy_kwh = budget.energy_kwh()});
  }
  return out;
}

FlexibleLoad DeviceReader::Read(const v1::FlexibleLoadModel& model) {
  FlexibleLoad out;
  LoadFields().Read(model, out);
  out.window = Range(model.window());
  return out;
}

}  // namespace derms::wire
