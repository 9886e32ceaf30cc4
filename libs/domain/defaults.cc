#include "libs/domain/defaults.h"

#include <algorithm>
#include <limits>

namespace derms::domain {
namespace {

constexpr double kInstant = std::numeric_limits<double>::infinity();

// Shares of rated power unless the name says otherwise; sources in docs/ders.md.
struct TypeDefaults {
  double min_output_share;
  double ramp_share_per_min;
  double marginal_cost_usd_per_kwh;
  double carbon_kg_per_kwh;  // emitted while producing, not over the life of the plant
};

TypeDefaults DefaultsOf(DerType type) {
  switch (type) {
    case DerType::kHydro:
      return {0, 1, 0, 0};  // full range per minute: RTS-GMLC
    case DerType::kGeothermal:
      return {0.5, 0.05, 0, 0};
    case DerType::kFuelCell:
      return {0.30, 0.10, 0.072, 0.458};  // turn-down, O&M, efficiency 0.399: REopt; gas price, CO2: RTS-GMLC
    case DerType::kSolar:
    case DerType::kWind:
    case DerType::kBattery:
      break;
  }
  return {0, kInstant, 0, 0};  // instant: RTS-GMLC
}

constexpr double kBatteryHours = 4;
// 0.96 (inverter or rectifier) * sqrt(0.975) (half of the internal loss) each way, about 0.90 both ways: REopt.
constexpr double kOneWayEfficiency = 0.96 * 0.98742;
constexpr double kMinEnergyShare = 0.20;  // REopt; OpenDSS %reserve
constexpr double kStartEnergyShare = 0.50;
constexpr double kBatteryWearUsdPerKwh = 0.002;
constexpr double kReactiveShare = 0.44;  // IEEE 1547-2018 category B

void FillStorage(double capacity_kw, const DerParameters& given, EffectiveParameters& out) {
  out.energy_capacity_kwh = given.energy_capacity_kwh.value_or(kBatteryHours * capacity_kw);
  out.charge_capacity_kw = given.charge_capacity_kw.value_or(capacity_kw);
  out.charge_efficiency = given.charge_efficiency.value_or(kOneWayEfficiency);
  out.discharge_efficiency = given.discharge_efficiency.value_or(kOneWayEfficiency);
  out.min_energy_kwh = given.min_energy_kwh.value_or(kMinEnergyShare * out.energy_capacity_kwh);
  // An owner who keeps more than half in reserve starts at the reserve.
  const double start_kwh = std::max(kStartEnergyShare * out.energy_capacity_kwh, out.min_energy_kwh);
  out.initial_energy_kwh = given.initial_energy_kwh.value_or(start_kwh);
  out.final_energy_kwh = given.final_energy_kwh.value_or(start_kwh);
  out.wear_usd_per_kwh = given.wear_usd_per_kwh.value_or(kBatteryWearUsdPerKwh);
}

}  // namespace

bool IsStorage(DerType type) {
  return type == DerType::kBattery;
}

bool IsInverterBased(DerType type) {
  return type != DerType::kHydro && type != DerType::kGeothermal;
}

bool IsWeatherDriven(DerType type) {
  return type == DerType::kSolar || type == DerType::kWind;
}

EffectiveParameters EffectiveParametersOf(DerType type, double capacity_kw, const DerParameters& given) {
  const TypeDefaults defaults = DefaultsOf(type);
  EffectiveParameters out;
  out.min_output_kw = given.min_output_kw.value_or(defaults.min_output_share * capacity_kw);
  out.ramp_up_kw_per_min = given.ramp_up_kw_per_min.value_or(defaults.ramp_share_per_min * capacity_kw);
  out.ramp_down_kw_per_min = given.ramp_down_kw_per_min.value_or(defaults.ramp_share_per_min * capacity_kw);
  if (IsStorage(type)) FillStorage(capacity_kw, given, out);
  out.marginal_cost_usd_per_kwh = given.marginal_cost_usd_per_kwh.value_or(defaults.marginal_cost_usd_per_kwh);
  out.carbon_kg_per_kwh = given.carbon_kg_per_kwh.value_or(defaults.carbon_kg_per_kwh);
  out.availability_series_id = given.availability_series_id;
  out.energy_budget_kwh_per_day = given.energy_budget_kwh_per_day;
  out.reactive_capability_kvar =
      given.reactive_capability_kvar.value_or(IsInverterBased(type) ? kReactiveShare * capacity_kw : 0);
  return out;
}

}  // namespace derms::domain
