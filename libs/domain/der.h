// A distributed energy resource as the product thinks of it. Units are in the names; generation positive.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/domain/access.h"
#include "libs/domain/plant.h"

namespace derms::domain {

// Numbers are those of derms.v1 (types.proto).
enum class DerType { kSolar = 1, kWind = 2, kBattery = 3, kHydro = 4, kGeothermal = 5, kFuelCell = 6 };
enum class DerStatus { kOffline = 1, kOnline = 2, kMaintenance = 3, kEmergency = 4, kOptimized = 5 };
enum class Lifecycle { kActive = 1, kRetired = 2 };
// IEEE 1547-2018 clause 8.2. All but kUncategorized may be in an island; kBlackStartCapable is needed to begin one.
enum class IslandCategory {
  kUncategorized = 1,
  kIntentionalIslandCapable = 2,
  kBlackStartCapable = 3,
  kIsochronousCapable = 4
};
inline constexpr std::size_t kIslandCategoryCount = 4;
enum class ReadingQuality { kValid = 1, kEstimated = 2, kStale = 3, kInvalid = 4, kSubstituted = 5 };

inline constexpr std::size_t kDerTypeCount = 6;
constexpr std::size_t IndexOf(DerType type) {
  return static_cast<std::size_t>(type) - 1;
}

std::string_view DerTypeName(DerType type);                    // "SOLAR", ...
std::string_view DerStatusName(DerStatus status);              // "OFFLINE", ...
std::string_view IslandCategoryName(IslandCategory category);  // "UNCATEGORIZED", ...

// As given by the owner; absent means the default of the type (libs/domain/defaults.h). One field per field of
// derms.v1.DerParameters.
struct DerParameters {
  std::optional<double> min_output_kw;
  std::optional<double> ramp_up_kw_per_min;
  std::optional<double> ramp_down_kw_per_min;
  std::optional<double> energy_capacity_kwh;
  std::optional<double> charge_capacity_kw;
  std::optional<double> charge_efficiency;
  std::optional<double> discharge_efficiency;
  std::optional<double> min_energy_kwh;
  std::optional<double> initial_energy_kwh;
  std::optional<double> final_energy_kwh;
  std::optional<double> wear_usd_per_kwh;
  std::optional<double> marginal_cost_usd_per_kwh;
  std::optional<double> carbon_kg_per_kwh;
  std::optional<std::string> availability_series_id;
  std::optional<double> energy_budget_kwh_per_day;
  std::optional<double> reactive_capability_kvar;
  std::optional<IslandCategory> island_category;
  SharedPlant plant;  // of a type that depends on the weather

  bool operator==(const DerParameters&) const = default;
};

struct Der {
  std::string der_id;
  std::string owner_id;
  DerType type = DerType::kSolar;
  double capacity_kw = 0;
  double latitude_deg = 0;  // WGS 84
  double longitude_deg = 0;
  std::string region_id;
  DerStatus stored_status = DerStatus::kOffline;  // kOffline, kOnline or kMaintenance only
  Lifecycle lifecycle = Lifecycle::kActive;
  DerParameters parameters;
  absl::Time registered_at;
  absl::Time updated_at;
  std::int64_t revision = 0;  // 1 when registered, +1 with every change
  std::string gateway_id;     // subject that speaks for it by its owner's delegation; empty: none

  IslandCategory island_category() const { return parameters.island_category.value_or(IslandCategory::kUncategorized); }
  base::DerKey key() const { return base::DerKeyOf(der_id); }
  DerOwnership ownership() const { return {der_id, owner_id, region_id, gateway_id}; }
};

// Newest reading of a DER; at least one number is present.
struct Reading {
  std::string der_id;
  absl::Time measured_at;
  std::optional<double> power_kw;             // generation positive
  std::optional<double> reactive_power_kvar;  // injection positive
  std::optional<double> voltage_v;
  std::optional<double> frequency_hz;
  std::optional<double> state_of_charge_kwh;
  ReadingQuality quality = ReadingQuality::kValid;
};

struct CapacityRule {
  DerType type = DerType::kSolar;
  double min_kw = 0;        // less is refused
  double max_kw = 0;        // more is refused
  double usual_min_kw = 0;  // less is accepted with a warning
  double usual_max_kw = 0;  // more is accepted with a warning
};

enum class MaintenanceKind { kPreventive = 1, kCorrective = 2, kInspection = 3 };

struct MaintenanceRecord {
  std::string record_id;  // UUID
  std::string der_id;
  MaintenanceKind kind = MaintenanceKind::kPreventive;
  absl::Time starts_at;
  absl::Time ends_at;
  std::string crew;
  std::string notes;
  std::string recorded_by;
  absl::Time recorded_at;
};

}  // namespace derms::domain
