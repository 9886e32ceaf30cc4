// DERs, readings and requests for tests of headroom.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/domain/emergency.h"
#include "services/emergency/fleet_columns.h"

namespace derms::emergency::testing {

inline const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

inline std::shared_ptr<const domain::RegionTree> California() {
  return std::make_shared<domain::RegionTree>(
      std::vector<domain::Region>{{.region_id = "CA", .import_limit_kw = 900},
                                  {.region_id = "NORTH", .parent_region_id = "CA", .export_limit_kw = 400},
                                  {.region_id = "SOUTH", .parent_region_id = "CA"}});
}

inline domain::Der Battery(std::string id, double capacity_kw = 100) {
  domain::Der der;
  der.der_id = std::move(id);
  der.type = domain::DerType::kBattery;
  der.capacity_kw = capacity_kw;
  der.region_id = "NORTH";
  der.stored_status = domain::DerStatus::kOnline;
  der.registered_at = kNow - absl::Hours(1);
  der.revision = 1;
  return der;
}

inline domain::Reading Reads(const std::string& der_id, absl::Time at, double power_kw,
                             std::optional<double> stored_kwh = {}) {
  domain::Reading reading;
  reading.der_id = der_id;
  reading.measured_at = at;
  reading.power_kw = power_kw;
  reading.state_of_charge_kwh = stored_kwh;
  return reading;
}

inline domain::EmergencyRequest Asking(double power_kw, std::string der_id, std::string region_id = "") {
  domain::EmergencyRequest request;
  request.der_id = std::move(der_id);
  request.region_id = std::move(region_id);
  request.power_kw = power_kw;
  request.duration = absl::Hours(1);
  request.reason = "test";
  return request;
}

inline FleetColumns::DerPtr Shared(domain::Der der) {
  return std::make_shared<const domain::Der>(std::move(der));
}

}  // namespace derms::emergency::testing
