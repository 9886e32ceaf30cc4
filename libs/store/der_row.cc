#include "libs/store/der_row.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "libs/base/error.h"
#include "libs/store/pg_error.h"
#include "libs/store/plant_json.h"

namespace derms::store {
namespace {

using domain::DerParameters;

struct NumberField {
  const char* name;
  std::optional<double> DerParameters::*member;
};

constexpr std::array<NumberField, 15> kNumbers = {{
    {"min_output_kw", &DerParameters::min_output_kw},
    {"ramp_up_kw_per_min", &DerParameters::ramp_up_kw_per_min},
    {"ramp_down_kw_per_min", &DerParameters::ramp_down_kw_per_min},
    {"energy_capacity_kwh", &DerParameters::energy_capacity_kwh},
    {"charge_capacity_kw", &DerParameters::charge_capacity_kw},
    {"charge_efficiency", &DerParameters::charge_efficiency},
    {"discharge_efficiency", &DerParameters::discharge_efficiency},
    {"min_energy_kwh", &DerParameters::min_energy_kwh},
    {"initial_energy_kwh", &DerParameters::initial_energy_kwh},
    {"final_energy_kwh", &DerParameters::final_energy_kwh},
    {"wear_usd_per_kwh", &DerParameters::wear_usd_per_kwh},
    {"marginal_cost_usd_per_kwh", &DerParameters::marginal_cost_usd_per_kwh},
    {"carbon_kg_per_kwh", &DerParameters::carbon_kg_per_kwh},
    {"energy_budget_kwh_per_day", &DerParameters::energy_budget_kwh_per_day},
    {"reactive_capability_kvar", &DerParameters::reactive_capability_kvar},
}};
constexpr char kAvailability[] = "availability_series_id";
constexpr char kIslandCategory[] = "island_category";  // its number
constexpr char kPlant[] = "plant";

}  // namespace

std::string ParametersJson(const DerParameters& parameters) {
  nlohmann::json json = nlohmann::json::object();
  for (const NumberField& field : kNumbers) {
    if (const auto& value = parameters.*field.member) json[field.name] = *value;
  }
  if (parameters.availability_series_id) json[kAvailability] = *parameters.availability_series_id;
  if (parameters.island_category) json[kIslandCategory] = static_cast<int>(*parameters.island_category);
  if (parameters.plant) json[kPlant] = PlantJson(*parameters.plant);
  return json.dump();
}

DerParameters ParametersOf(std::string_view text) {
  DerParameters parameters;
  if (text == "{}") return parameters;
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) {
    throw StatusError(base::Internal("DATABASE_ERROR", "stored parameters of a DER are not a JSON object"));
  }
  for (const NumberField& field : kNumbers) {
    const auto found = json.find(field.name);
    if (found != json.end() && found->is_number()) parameters.*field.member = found->get<double>();
  }
  const auto found = json.find(kAvailability);
  if (found != json.end() && found->is_string()) parameters.availability_series_id = found->get<std::string>();
  const auto category = json.find(kIslandCategory);
  if (category != json.end() && category->is_number_integer()) {
    parameters.island_category = static_cast<domain::IslandCategory>(category->get<int>());
  }
  if (const auto plant = json.find(kPlant); plant != json.end()) parameters.plant = PlantOfJson(*plant);
  return parameters;
}

domain::Der DerOf(const Rows& rows, std::size_t row) {
  int column = 0;
  domain::Der der;
  der.der_id = rows.Text(row, column++);
  der.owner_id = rows.Text(row, column++);
  der.type = static_cast<domain::DerType>(rows.Small(row, column++));
  der.capacity_kw = rows.Double(row, column++);
  der.latitude_deg = rows.Double(row, column++);
  der.longitude_deg = rows.Double(row, column++);
  der.region_id = rows.Text(row, column++);
  der.stored_status = static_cast<domain::DerStatus>(rows.Small(row, column++));
  der.lifecycle = static_cast<domain::Lifecycle>(rows.Small(row, column++));
  der.parameters = ParametersOf(rows.View(row, column++));
  der.registered_at = rows.Micros(row, column++);
  der.updated_at = rows.Micros(row, column++);
  der.revision = rows.Int(row, column++);
  der.gateway_id = rows.Text(row, column++);
  return der;
}

domain::Reading ReadingOf(const Rows& rows, std::size_t row) {
  int column = 0;
  domain::Reading reading;
  reading.der_id = rows.Text(row, column++);
  reading.measured_at = rows.Micros(row, column++);
  reading.power_kw = rows.MaybeDouble(row, column++);
  reading.reactive_power_kvar = rows.MaybeDouble(row, column++);
  reading.voltage_v = rows.MaybeDouble(row, column++);
  reading.frequency_hz = rows.MaybeDouble(row, column++);
  reading.state_of_charge_kwh = rows.MaybeDouble(row, column++);
  reading.quality = static_cast<domain::ReadingQuality>(rows.Small(row, column++));
  return reading;
}

}  // namespace derms::store
