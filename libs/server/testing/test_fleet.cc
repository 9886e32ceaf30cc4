#include "libs/server/testing/test_fleet.h"

#include <algorithm>
#include <utility>

#include "libs/domain/capacity.h"
#include "libs/domain/emergency.h"
#include "libs/domain/status.h"
#include "libs/server/testing/test_calls.h"

namespace derms::server::testing {
namespace {

bool Has(const auto& list, auto value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

bool InBox(const store::DerFilter::Box& box, const domain::Der& der) {
  if (der.latitude_deg < box.south_deg || der.latitude_deg > box.north_deg) return false;
  const bool east_of_west = der.longitude_deg >= box.west_deg, west_of_east = der.longitude_deg <= box.east_deg;
  return box.west_deg <= box.east_deg ? east_of_west && west_of_east : east_of_west || west_of_east;
}

}  // namespace

TestFleet::TestFleet() : rules_(domain::DefaultCapacityRules()) {
  regions_ = std::make_shared<domain::RegionTree>(
      std::vector<domain::Region>{{.region_id = "CA", .revision = 1},
                                  {.region_id = "NORTH", .parent_region_id = "CA", .revision = 1},
                                  {.region_id = "SOUTH", .parent_region_id = "CA", .revision = 1}});
}

void TestFleet::Apply(const store::Mutation& mutation) {
  for (const store::RowWrite& write : mutation.writes) {
    if (const auto* insert = std::get_if<store::DerInsert>(&write)) PutDer(insert->der());
    if (const auto* replace = std::get_if<store::DerReplace>(&write)) PutDer(replace->der());
    if (const auto* change = std::get_if<store::DerStatusChange>(&write)) {
      domain::Der der = *FindDer(change->der_id());
      der.stored_status = change->status();
      der.revision = change->new_revision();
      PutDer(std::move(der));
    }
    if (const auto* put = std::get_if<store::ReadingPut>(&write)) PutReading(put->reading());
    if (const auto* put = std::get_if<store::RegionPut>(&write)) PutRegion(put->region);
    if (const auto* put = std::get_if<store::CapacityRulePut>(&write)) PutRule(put->rule);
  }
}

void TestFleet::PutDer(domain::Der der) {
  auto shared = std::make_shared<const domain::Der>(std::move(der));
  ders_[shared->der_id] = std::move(shared);
}

void TestFleet::PutReading(domain::Reading reading) {
  readings_[reading.der_id] = std::move(reading);
}

void TestFleet::PutRegion(domain::Region region) {
  std::vector<domain::Region> all;
  for (const auto& [id, other] : regions_->all()) {
    if (id != region.region_id) all.push_back(other);
  }
  all.push_back(std::move(region));
  regions_ = std::make_shared<domain::RegionTree>(std::move(all));
}

void TestFleet::PutRule(const domain::CapacityRule& rule) {
  for (domain::CapacityRule& stored : rules_) {
    if (stored.type == rule.type) stored = rule;
  }
}

std::shared_ptr<const domain::Der> TestFleet::FindDer(std::string_view der_id) const {
  const auto it = ders_.find(der_id);
  return it == ders_.end() ? nullptr : it->second;
}

std::optional<domain::Reading> TestFleet::LatestReading(std::string_view der_id) const {
  const auto it = readings_.find(der_id);
  if (it == readings_.end()) return std::nullopt;
  return it->second;
}

store::DerPage TestFleet::ListDers(const store::DerFilter& filter, std::string_view after_der_id, std::size_t limit,
                                   absl::Time now) const {
  store::DerPage page;
  for (auto it = ders_.upper_bound(after_der_id); it != ders_.end(); ++it) {
    const domain::Der& der = *it->second;
    const bool wanted = (filter.include_retired || der.lifecycle == domain::Lifecycle::kActive) &&
                        (!filter.owner_id || der.owner_id == *filter.owner_id) && Has(filter.types, der.type) &&
                        Has(filter.statuses, StatusOf(der, now)) &&
                        (!filter.region_id || regions_->IsWithin(der.region_id, *filter.region_id)) &&
                        (!filter.box || InBox(*filter.box, der)) && (!filter.visible || filter.visible(der));
    if (!wanted) continue;
    if (page.ders.size() == limit) {
      page.next_after_der_id = page.ders.back()->der_id;
      break;
    }
    page.ders.push_back(it->second);
  }
  return page;
}

domain::DerStatus TestFleet::StatusOf(const domain::Der& der, absl::Time now) const {
  const bool live_order = std::any_of(orders_.begin(), orders_.end(), [&](const domain::EmergencyOrder& order) {
    return order.IsLiveAt(now) && domain::Binds(order, der, *regions_);
  });
  return domain::DeriveStatus(der.stored_status, live_order, /*scheduled_now=*/false);
}

std::vector<domain::EmergencyOrder> TestFleet::LiveOrders(absl::Time now) const {
  std::vector<domain::EmergencyOrder> live;
  for (const auto& order : orders_) {
    if (order.IsLiveAt(now)) live.push_back(order);
  }
  return live;
}

store::FleetStats TestFleet::Stats(std::optional<std::string> region_id,
                                   const std::function<bool(const domain::Der&)>& measured, absl::Time now) const {
  store::FleetStats stats;
  for (int type = 1; type <= 6; ++type) stats.types.push_back({.type = static_cast<domain::DerType>(type)});
  for (int status = 1; status <= 5; ++status) stats.statuses.emplace_back(static_cast<domain::DerStatus>(status), 0);
  for (const auto& [id, der] : ders_) {
    if (region_id && !regions_->IsWithin(der->region_id, *region_id)) continue;
    auto& of_type = stats.types[static_cast<std::size_t>(der->type) - 1];
    ++of_type.count;
    of_type.capacity_kw += der->capacity_kw;
    ++stats.statuses[static_cast<std::size_t>(StatusOf(*der, now)) - 1].second;
    const auto reading = LatestReading(id);
    if (reading && reading->power_kw && measured(*der)) {
      of_type.measured_power_kw = of_type.measured_power_kw.value_or(0) + *reading->power_kw;
    }
  }
  stats.live_emergency_count = static_cast<int>(LiveOrders(now).size());
  return stats;
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
