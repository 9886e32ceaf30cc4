#include "services/dermsctl/input/fleet_csv.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/plant_csv.h"

namespace derms::dermsctl {
namespace {

constexpr double kKwPerMw = 1000.0;
constexpr double kCatsBatteryHours = 4.0;
constexpr double kCatsChargeEfficiency = 0.85;  // the whole round trip; discharging loses nothing

absl::StatusOr<v1::DerType> ReadType(const CsvRow& row) {
  const std::string word = row.Text({"der_type", "type"}).value_or("");
  const absl::StatusOr<v1::DerType> type = ParseWord<v1::DerType>(word);
  if (type.ok()) return type;
  const std::string rule = absl::StrCat("'", word, "' is none of ", Choices<v1::DerType>());
  return base::InvalidArgument("UNKNOWN_DER_TYPE", absl::StrCat(rule, " (line ", row.line(), ")"))
      .Field("der_type", rule);
}

// The columns that both formats have under the same names.
absl::Status ReadCommon(const CsvRow& row, const FleetDefaults& defaults, base::Violations& violations,
                        v1::RegisterDerRequest* der) {
  ASSIGN_OR_RETURN(const v1::DerType type, ReadType(row));
  der->set_type(type);
  der->set_owner_id(row.Text({"owner_id", "owner"}).value_or(defaults.owner_id));
  der->set_region_id(row.Text({"region_id", "region"}).value_or(defaults.region_id));
  if (der->region_id().empty()) violations.Add("region_id", "is missing; fill the column or give --region");
  const auto latitude_deg = row.Number({"latitude_deg", "lat"}, violations);
  const auto longitude_deg = row.Number({"longitude_deg", "lon"}, violations);
  if (!latitude_deg || !longitude_deg) violations.Add("location", "needs a latitude and a longitude");
  der->mutable_location()->set_latitude_deg(latitude_deg.value_or(0));
  der->mutable_location()->set_longitude_deg(longitude_deg.value_or(0));
  return absl::OkStatus();
}

using Setter = void (v1::DerParameters::*)(double);
struct NumberColumn {
  std::string_view name;        // as in the schema
  std::string_view other_name;  // as in the fleet files
  Setter set;
};
constexpr NumberColumn kParameters[] = {
    {"min_output_kw", "p_min_kw", &v1::DerParameters::set_min_output_kw},
    {"ramp_up_kw_per_min", "ramp_kw_per_min", &v1::DerParameters::set_ramp_up_kw_per_min},
    {"ramp_down_kw_per_min", "ramp_kw_per_min", &v1::DerParameters::set_ramp_down_kw_per_min},
    {"energy_capacity_kwh", "e_max_kwh", &v1::DerParameters::set_energy_capacity_kwh},
    {"charge_capacity_kw", "", &v1::DerParameters::set_charge_capacity_kw},
    {"charge_efficiency", "eta_charge", &v1::DerParameters::set_charge_efficiency},
    {"discharge_efficiency", "eta_discharge", &v1::DerParameters::set_discharge_efficiency},
    {"min_energy_kwh", "", &v1::DerParameters::set_min_energy_kwh},
    {"initial_energy_kwh", "", &v1::DerParameters::set_initial_energy_kwh},
    {"final_energy_kwh", "", &v1::DerParameters::set_final_energy_kwh},
    {"wear_usd_per_kwh", "", &v1::DerParameters::set_wear_usd_per_kwh},
    {"marginal_cost_usd_per_kwh", "", &v1::DerParameters::set_marginal_cost_usd_per_kwh},
    {"carbon_kg_per_kwh", "co2_kg_per_kwh", &v1::DerParameters::set_carbon_kg_per_kwh},
    {"energy_budget_kwh_per_day", "", &v1::DerParameters::set_energy_budget_kwh_per_day},
    {"reactive_capability_kvar", "q_max_kvar", &v1::DerParameters::set_reactive_capability_kvar},
};

// A state of charge given as a share of the capacity.
void ReadShares(const CsvRow& row, base::Violations& violations, v1::DerParameters* parameters) {
  const auto initial_share = row.Number({"soc_initial"}, violations);
  const auto final_share = row.Number({"soc_final"}, violations);
  if ((initial_share || final_share) && !parameters->has_energy_capacity_kwh()) {
    violations.Add("energy_capacity_kwh", "is needed with soc_initial and soc_final");
    return;
  }
  const double capacity_kwh = parameters->energy_capacity_kwh();
  if (initial_share && !parameters->has_initial_energy_kwh())
    parameters->set_initial_energy_kwh(*initial_share * capacity_kwh);
  if (final_share && !parameters->has_final_energy_kwh()) parameters->set_final_energy_kwh(*final_share * capacity_kwh);
}

void ReadParameters(const CsvRow& row, base::Violations& violations, v1::DerParameters* parameters) {
  for (const NumberColumn& column : kParameters) {
    const auto value = row.Number({column.name, column.other_name}, violations);
    if (value) (parameters->*column.set)(*value);
  }
  ReadShares(row, violations, parameters);
  const auto series_id = row.Text({"availability_series_id", "shape"});
  if (series_id) parameters->set_availability_series_id(*series_id);
  const auto category = row.Text({"island_category"});
  if (!category) return;
  const auto parsed = ParseWord<v1::IslandCategory>(*category);
  if (parsed.ok()) {
    parameters->set_island_category(*parsed);
  } else {
    violations.Add("island_category", absl::StrCat("'", *category, "' is none of ", Choices<v1::IslandCategory>()));
  }
}

// Ids of the source hold blanks and small letters.
std::string CatsId(const std::string& plant, const std::string& generator) {
  std::string id = absl::AsciiStrToUpper(absl::StrCat("CATS-", plant, "-", generator));
  for (char& c : id) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-') c = '_';
  }
  return id;
}

}  // namespace

absl::StatusOr<v1::RegisterDerRequest> ReadFleetRow(const CsvRow& row, const FleetDefaults& defaults) {
  base::Violations violations;
  v1::RegisterDerRequest der;
  der.set_der_id(row.Text({"der_id"}).value_or(""));
  if (der.der_id().empty()) violations.Add("der_id", "is missing");
  RETURN_IF_ERROR(ReadCommon(row, defaults, violations, &der));
  const auto capacity_kw = row.Number({"capacity_kw", "p_max_kw"}, violations);
  if (!capacity_kw) violations.Add("capacity_kw", "is missing");
  der.set_capacity_kw(capacity_kw.value_or(0));
  ReadParameters(row, violations, der.mutable_parameters());
  ReadPlant(row, der.type(), violations, der.mutable_parameters());
  RETURN_IF_ERROR(violations.ToStatus("INVALID_DER"));
  return der;
}

const std::vector<std::string>& FleetColumns() {
  static const std::vector<std::string> columns = [] {
    std::vector<std::string> all = {
        "der_id",         "der_type", "type",   "owner_id",     "owner",         "region_id",
        "region",         "lat",      "lon",    "latitude_deg", "longitude_deg", "capacity_kw",
        "p_max_kw",       "shape",    "source", "soc_initial",  "soc_final",     "availability_series_id",
        "island_category"};
    for (const NumberColumn& column : kParameters) {
      all.emplace_back(column.name);
      if (!column.other_name.empty()) all.emplace_back(column.other_name);
    }
    all.insert(all.end(), PlantColumns().begin(), PlantColumns().end());
    return all;
  }();
  return columns;
}

absl::StatusOr<v1::RegisterDerRequest> ReadCatsRow(const CsvRow& row, const FleetDefaults& defaults) {
  base::Violations violations;
  v1::RegisterDerRequest der;
  der.set_der_id(CatsId(row.Text({"plant_code"}).value_or(""), row.Text({"gen_id"}).value_or("")));
  RETURN_IF_ERROR(ReadCommon(row, defaults, violations, &der));
  const double capacity_kw = row.Number({"p_max_mw"}, violations).value_or(0) * kKwPerMw;
  der.set_capacity_kw(capacity_kw);
  v1::DerParameters* parameters = der.mutable_parameters();
  parameters->set_min_output_kw(row.Number({"p_min_mw"}, violations).value_or(0) * kKwPerMw);
  const auto cost_usd_per_mwh = row.Number({"c1_usd_per_mwh"}, violations);
  parameters->set_marginal_cost_usd_per_kwh(cost_usd_per_mwh.value_or(0) / kKwPerMw);
  if (der.type() == v1::DER_TYPE_BATTERY) {
    parameters->set_energy_capacity_kwh(kCatsBatteryHours * capacity_kw);
    parameters->set_charge_efficiency(kCatsChargeEfficiency);
    parameters->set_discharge_efficiency(1.0);
  }
  RETURN_IF_ERROR(violations.ToStatus("INVALID_DER"));
  return der;
}

const std::vector<std::string>& CatsColumns() {
  static const std::vector<std::string> columns = {
      "plant_code", "gen_id",          "der_type",       "source_fuel_type", "bus",
      "p_max_mw",   "p_min_mw",        "q_max_mvar",     "q_min_mvar",       "lat",
      "lon",        "c2_usd_per_mw2h", "c1_usd_per_mwh", "c0_usd_per_h",     "region",
      "region_id",  "owner",           "owner_id"};
  return columns;
}

}  // namespace derms::dermsctl
