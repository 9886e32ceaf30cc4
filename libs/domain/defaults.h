// The parameters that hold for a DER: what its owner gave, completed by the defaults of its type (docs/ders.md).
#pragma once

#include <optional>
#include <string>

#include "libs/domain/der.h"

namespace derms::domain {

bool IsStorage(DerType type);        // can charge: BATTERY
bool IsInverterBased(DerType type);  // SOLAR, WIND, BATTERY, FUEL_CELL: held to the reactive rule of IEEE 1547-2018
bool IsWeatherDriven(DerType type);  // SOLAR, WIND: output can be curtailed, not ordered

// Every number is known. Storage fields are 0 (efficiencies 1) for other types.
struct EffectiveParameters {
  double min_output_kw = 0;
  double ramp_up_kw_per_min = 0;  // infinite: within a minute from anywhere to anywhere
  double ramp_down_kw_per_min = 0;
  double energy_capacity_kwh = 0;
  double charge_capacity_kw = 0;  // highest charging power, as a positive number
  double charge_efficiency = 1;
  double discharge_efficiency = 1;
  double min_energy_kwh = 0;
  double initial_energy_kwh = 0;
  double final_energy_kwh = 0;
  double wear_usd_per_kwh = 0;
  double marginal_cost_usd_per_kwh = 0;
  double carbon_kg_per_kwh = 0;
  std::optional<std::string> availability_series_id;  // none: dispatchable up to capacity
  std::optional<double> energy_budget_kwh_per_day;    // none: no budget
  double reactive_capability_kvar = 0;
};

EffectiveParameters EffectiveParametersOf(DerType type, double capacity_kw, const DerParameters& given);
inline EffectiveParameters EffectiveParametersOf(const Der& der) {
  return EffectiveParametersOf(der.type, der.capacity_kw, der.parameters);
}

}  // namespace derms::domain
