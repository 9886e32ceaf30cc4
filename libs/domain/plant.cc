#include "libs/domain/plant.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "libs/domain/der.h"

namespace derms::domain {
namespace {

constexpr std::array<std::string_view, 4> kKinds = {"solar", "wind", "hydro", "geothermal"};
constexpr std::array<DerType, 4> kTypes = {DerType::kSolar, DerType::kWind, DerType::kHydro, DerType::kGeothermal};

// Where wind is measured and where the hub is when the plant does not say.
constexpr double kUsualHubHeightM = 80, kUsualWindHeightM = 10;

void RefuseField(base::Violations& violations, std::string_view prefix, std::string_view name,
                 const std::string& rule) {
  violations.Add(absl::StrCat(std::string(prefix), prefix.empty() ? "" : ".", std::string(name)), rule);
}

void CheckWind(const WindPlant& plant, std::string_view prefix, base::Violations& violations) {
  const double lowest =
      std::min(plant.hub_height_m.value_or(kUsualHubHeightM), plant.wind_speed_height_m.value_or(kUsualWindHeightM));
  if (plant.roughness_length_m && *plant.roughness_length_m >= lowest) {
    RefuseField(violations, prefix, "wind.roughness_length_m",
                absl::StrCat("must be less than the lowest height, ", lowest, " m"));
  }
  const auto& curve = plant.power_curve;
  if (curve.size() == 1) RefuseField(violations, prefix, "wind.power_curve", "must have at least two points");
  const auto falls = [](const PowerCurvePoint& a, const PowerCurvePoint& b) {
    return b.wind_speed_m_per_s <= a.wind_speed_m_per_s;
  };
  if (std::adjacent_find(curve.begin(), curve.end(), falls) != curve.end()) {
    RefuseField(violations, prefix, "wind.power_curve", "must rise in wind speed from point to point");
  }
}

}  // namespace

std::string_view PlantKindName(const Plant& plant) {
  return kKinds[plant.index()];
}

Plant PlantOfKind(std::string_view name) {
  if (name == kKinds[0]) return SolarPlant();
  if (name == kKinds[1]) return WindPlant();
  if (name == kKinds[2]) return HydroPlant();
  return GeothermalPlant();
}

void CheckPlant(DerType type, const Plant& plant, std::string_view prefix, base::Violations& violations) {
  if (kTypes[plant.index()] != type) {
    const bool has_model = std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
    const std::string name(DerTypeName(type));
    violations.Add(prefix.empty() ? "plant" : prefix,
                   has_model ? absl::StrCat("must be of the DER's type, ", name)
                             : absl::StrCat("must be absent for ", name, ", whose output no weather caps"));
    return;
  }
  if (const auto* wind = std::get_if<WindPlant>(&plant)) CheckWind(*wind, prefix, violations);
  const auto* hydro = std::get_if<HydroPlant>(&plant);
  if (hydro != nullptr && hydro->design_flow_m3_per_s.value_or(0) <= 0) {
    RefuseField(violations, prefix, "hydro.design_flow_m3_per_s", "must be given for a HYDRO plant");
  }
}

}  // namespace derms::domain
