#include "libs/domain/der.h"

namespace derms::domain {

std::string_view DerTypeName(DerType type) {
  switch (type) {
    case DerType::kSolar:
      return "SOLAR";
    case DerType::kWind:
      return "WIND";
    case DerType::kBattery:
      return "BATTERY";
    case DerType::kHydro:
      return "HYDRO";
    case DerType::kGeothermal:
      return "GEOTHERMAL";
    case DerType::kFuelCell:
      return "FUEL_CELL";
  }
  return "UNKNOWN";
}

std::string_view IslandCategoryName(IslandCategory category) {
  switch (category) {
    case IslandCategory::kUncategorized:
      return "UNCATEGORIZED";
    case IslandCategory::kIntentionalIslandCapable:
      return "INTENTIONAL_ISLAND_CAPABLE";
    case IslandCategory::kBlackStartCapable:
      return "BLACK_START_CAPABLE";
    case IslandCategory::kIsochronousCapable:
      return "ISOCHRONOUS_CAPABLE";
  }
  return "UNKNOWN";
}

std::string_view DerStatusName(DerStatus status) {
  switch (status) {
    case DerStatus::kOffline:
      return "OFFLINE";
    case DerStatus::kOnline:
      return "ONLINE";
    case DerStatus::kMaintenance:
      return "MAINTENANCE";
    case DerStatus::kEmergency:
      return "EMERGENCY";
    case DerStatus::kOptimized:
      return "OPTIMIZED";
  }
  return "UNKNOWN";
}

}  // namespace derms::domain
