#include "libs/domain/parameters.h"

namespace derms::domain {
namespace {

using P = DerParameters;

constexpr ParameterNumber kNumbers[] = {
    {"min_output_kw", &P::min_output_kw, false},
    {"ramp_up_kw_per_min", &P::ramp_up_kw_per_min, false},
    {"ramp_down_kw_per_min", &P::ramp_down_kw_per_min, false},
    {"energy_capacity_kwh", &P::energy_capacity_kwh, true},
    {"charge_capacity_kw", &P::charge_capacity_kw, true},
    {"charge_efficiency", &P::charge_efficiency, true},
    {"discharge_efficiency", &P::discharge_efficiency, true},
    {"min_energy_kwh", &P::min_energy_kwh, true},
    {"initial_energy_kwh", &P::initial_energy_kwh, true},
    {"final_energy_kwh", &P::final_energy_kwh, true},
    {"wear_usd_per_kwh", &P::wear_usd_per_kwh, true},
    {"marginal_cost_usd_per_kwh", &P::marginal_cost_usd_per_kwh, false},
    {"carbon_kg_per_kwh", &P::carbon_kg_per_kwh, false},
    {"energy_budget_kwh_per_day", &P::energy_budget_kwh_per_day, false},
    {"reactive_capability_kvar", &P::reactive_capability_kvar, false},
};

}  // namespace

std::span<const ParameterNumber> ParameterNumbers() {
  return kNumbers;
}

const ParameterNumber* FindParameterNumber(std::string_view name) {
  for (const ParameterNumber& number : kNumbers) {
    if (number.name == name) return &number;
  }
  return nullptr;
}

}  // namespace derms::domain
