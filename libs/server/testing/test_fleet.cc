#include "libs/server/testing/test_fleet.h"

#include <utility>

#include "libs/domain/capacity.h"
#include "libs/store/testing/samples.h"

namespace derms::server::testing {

using store::testing::AdminAccess;
using store::testing::FleetAccess;

TestFleet::TestFleet() {
  store::Mutation basics;
  for (const auto& [region_id, parent] : {std::pair("CA", ""), std::pair("NORTH", "CA"), std::pair("SOUTH", "CA")}) {
    basics.writes.push_back(store::RegionPut(
        FleetAccess(), {.region_id = region_id, .parent_region_id = parent, .display_name = "", .revision = 1}));
  }
  for (const domain::CapacityRule& rule : domain::DefaultCapacityRules()) {
    basics.writes.push_back(store::CapacityRulePut(domain::RoleAccess::System(), rule));
  }
  Apply(basics);
}

void TestFleet::Observe(store::FleetObserver& observer) {
  model_.Observe(observer);
  observer.OnRegions(model_.Regions());
}

void TestFleet::PutDer(domain::Der der) {
  if (const auto known = FindDer(der.der_id)) der.revision = known->revision + 1;
  model_.OnNewerRow(der);
}

void TestFleet::PutReading(const domain::Reading& reading) {
  store::Mutation mutation;
  mutation.writes.push_back(store::ReadingPut(AdminAccess(reading.der_id), reading));
  Apply(mutation);
}

void TestFleet::PutOrder(domain::EmergencyOrder order) {
  store::Mutation mutation;
  mutation.writes.push_back(store::EmergencyInsert(FleetAccess(), std::move(order)));
  Apply(mutation);
}

domain::Der BatteryOf(std::string der_id, std::string owner_id) {
  domain::Der der;
  der.der_id = std::move(der_id);
  der.owner_id = std::move(owner_id);
  der.type = domain::DerType::kBattery;
  der.capacity_kw = 100;
  der.latitude_deg = 38.5816;
  der.longitude_deg = -121.4944;
  der.region_id = "NORTH";
  der.registered_at = der.updated_at = kNow - absl::Hours(1);
  der.revision = 1;
  return der;
}

}  // namespace derms::server::testing
