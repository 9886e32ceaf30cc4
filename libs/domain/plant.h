// What a weather-driven plant is made of, as given: absent means the default of docs/forecast.md. Plain values; one
// field per field of derms.v1.Plant, whose units and ranges these are. libs/forecast has the models.
#pragma once

#include <compare>
#include <concepts>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "libs/base/error.h"

namespace derms::domain {

enum class DerType;

// Numbers are those of derms.v1.
enum class PvMounting {
  kOpenRackGlassGlass = 1,
  kOpenRackGlassPolymer = 2,
  kCloseMountGlassGlass = 3,
  kInsulatedBackGlassPolymer = 4
};

struct SolarPlant {
  std::optional<double> tilt_deg, azimuth_deg, dc_ac_ratio, losses_share, inverter_efficiency;
  std::optional<double> temperature_coefficient_per_c, albedo;
  std::optional<PvMounting> mounting;

  auto operator<=>(const SolarPlant&) const = default;
};

struct PowerCurvePoint {
  double wind_speed_m_per_s = 0;  // at hub height
  double power_share = 0;         // of rated power

  auto operator<=>(const PowerCurvePoint&) const = default;
};

struct WindPlant {
  std::optional<double> hub_height_m, wind_speed_height_m, roughness_length_m, losses_share;
  std::vector<PowerCurvePoint> power_curve;  // empty: a textbook curve

  auto operator<=>(const WindPlant&) const = default;
};

struct HydroPlant {
  std::optional<double> design_flow_m3_per_s;  // mandatory
  std::optional<double> residual_flow_m3_per_s, min_flow_share;

  auto operator<=>(const HydroPlant&) const = default;
};

struct GeothermalPlant {
  std::optional<double> availability_factor, derating_per_c, design_temperature_c;

  auto operator<=>(const GeothermalPlant&) const = default;
};

using Plant = std::variant<SolarPlant, WindPlant, HydroPlant, GeothermalPlant>;

std::string_view PlantKindName(const Plant& plant);  // "solar", ...: as in derms.v1.Plant and in the store
Plant PlantOfKind(std::string_view name);            // without data; `name` is one of these

// Calls visit(name, number) for each number of a plant, const or not; names are those of the schema.
template <typename P, typename Visit>
requires std::same_as<std::remove_const_t<P>, SolarPlant>
void VisitNumbers(P& plant, Visit&& visit) {
  visit("tilt_deg", plant.tilt_deg);
  visit("azimuth_deg", plant.azimuth_deg);
  visit("dc_ac_ratio", plant.dc_ac_ratio);
  visit("losses_share", plant.losses_share);
  visit("inverter_efficiency", plant.inverter_efficiency);
  visit("temperature_coefficient_per_c", plant.temperature_coefficient_per_c);
  visit("albedo", plant.albedo);
}
template <typename P, typename Visit>
requires std::same_as<std::remove_const_t<P>, WindPlant>
void VisitNumbers(P& plant, Visit&& visit) {
  visit("hub_height_m", plant.hub_height_m);
  visit("wind_speed_height_m", plant.wind_speed_height_m);
  visit("roughness_length_m", plant.roughness_length_m);
  visit("losses_share", plant.losses_share);
}
template <typename P, typename Visit>
requires std::same_as<std::remove_const_t<P>, HydroPlant>
void VisitNumbers(P& plant, Visit&& visit) {
  visit("design_flow_m3_per_s", plant.design_flow_m3_per_s);
  visit("residual_flow_m3_per_s", plant.residual_flow_m3_per_s);
  visit("min_flow_share", plant.min_flow_share);
}
template <typename P, typename Visit>
requires std::same_as<std::remove_const_t<P>, GeothermalPlant>
void VisitNumbers(P& plant, Visit&& visit) {
  visit("availability_factor", plant.availability_factor);
  visit("derating_per_c", plant.derating_per_c);
  visit("design_temperature_c", plant.design_temperature_c);
}

// Adds what contradicts itself or the DER's type; fields are told as `prefix`, kind and name, as in
// parameters.plant.wind.power_curve. Ranges of single numbers are checked where they come in.
void CheckPlant(DerType type, const Plant& plant, std::string_view prefix, base::Violations& violations);

// A plant, or none, in the size of a pointer, since most of a million DERs have none. Compares what it points to.
class SharedPlant {
 public:
  SharedPlant() = default;
  SharedPlant(Plant plant)  // NOLINT(google-explicit-constructor): assigned like an optional
      : plant_(std::make_shared<const Plant>(std::move(plant))) {}

  explicit operator bool() const { return plant_ != nullptr; }
  const Plant& operator*() const { return *plant_; }
  const Plant* get() const { return plant_.get(); }

  friend bool operator==(const SharedPlant& a, const SharedPlant& b) {
    return a.plant_ == b.plant_ || (a.plant_ && b.plant_ && *a.plant_ == *b.plant_);
  }
  friend bool operator<(const SharedPlant& a, const SharedPlant& b) {
    return b.plant_ != nullptr && a.plant_ != b.plant_ && (a.plant_ == nullptr || *a.plant_ < *b.plant_);
  }

 private:
  std::shared_ptr<const Plant> plant_;
};

}  // namespace derms::domain
