#include "libs/store/memory_fleet.h"

#include <algorithm>
#include <utility>

#include "libs/domain/emergency.h"
#include "libs/domain/status.h"

namespace derms::store {
namespace {

constexpr domain::DerType kTypes[] = {domain::DerType::kSolar,      domain::DerType::kWind,
                                      domain::DerType::kBattery,    domain::DerType::kHydro,
                                      domain::DerType::kGeothermal, domain::DerType::kFuelCell};
constexpr domain::DerStatus kStatuses[] = {domain::DerStatus::kOffline, domain::DerStatus::kOnline,
                                           domain::DerStatus::kMaintenance, domain::DerStatus::kEmergency,
                                           domain::DerStatus::kOptimized};

template <typename T>
bool Contains(const std::vector<T>& list, T value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool InBox(const DerFilter::Box& box, const domain::Der& der) {
  if (der.latitude_deg < box.south_deg || der.latitude_deg > box.north_deg) return false;
  const bool east_of_west = der.longitude_deg >= box.west_deg, west_of_east = der.longitude_deg <= box.east_deg;
  return box.west_deg <= box.east_deg ? east_of_west && west_of_east : east_of_west || west_of_east;
}

}  // namespace

void MemoryFleet::PutDer(domain::Der der) {
  const DerPtr old_der = Find(der.der_id);
  if (old_der != nullptr && old_der->revision >= der.revision) return;
  Index(old_der, std::make_shared<const domain::Der>(std::move(der)));
}

void MemoryFleet::PutStatus(std::string_view der_id, domain::DerStatus status, std::int64_t revision,
                            absl::Time updated_at) {
  const DerPtr old_der = Find(der_id);
  // Without the row before there is nothing to change: the chain brings the whole row.
  if (old_der == nullptr || old_der->revision + 1 != revision) return;
  auto new_der = std::make_shared<domain::Der>(*old_der);
  new_der->stored_status = status;
  new_der->revision = revision;
  new_der->updated_at = updated_at;
  Index(old_der, new_der);
}

void MemoryFleet::Index(const DerPtr& old_der, const DerPtr& new_der) {
  by_key_[new_der->key()] = new_der;
  by_id_[new_der->der_id] = new_der;
  if (old_der != nullptr && old_der->owner_id != new_der->owner_id) {
    const auto owner = by_owner_.find(old_der->owner_id);
    owner->second.erase(old_der->der_id);
    if (owner->second.empty()) by_owner_.erase(owner);
  }
  by_owner_[new_der->owner_id][new_der->der_id] = new_der;
}

void MemoryFleet::PutReading(const domain::Reading& reading) {
  const auto [place, is_new] = readings_.try_emplace(base::DerKeyOf(reading.der_id), reading);
  if (!is_new && reading.measured_at >= place->second.measured_at) place->second = reading;
}

void MemoryFleet::PutRegion(const domain::Region& region) {
  const domain::Region* known = regions_->Find(region.region_id);
  if (known != nullptr && known->revision >= region.revision) return;
  std::vector<domain::Region> all;
  for (const auto& [id, each] : regions_->all()) {
    if (id != region.region_id) all.push_back(each);
  }
  all.push_back(region);
  regions_ = std::make_shared<const domain::RegionTree>(std::move(all));
}

void MemoryFleet::SetRegions(std::vector<domain::Region> regions) {
  regions_ = std::make_shared<const domain::RegionTree>(std::move(regions));
}

void MemoryFleet::PutOrder(const domain::EmergencyOrder& order) {
  const auto known = orders_.find(order.emergency_id);
  if (known != orders_.end() && known->second.revision > order.revision) return;
  if (order.state != domain::EmergencyState::kActive) {
    orders_.erase(order.emergency_id);
  } else {
    orders_[order.emergency_id] = order;
  }
}

void MemoryFleet::Cover(base::DerKey der, absl::Time from, absl::Time until, absl::Time now) {
  std::vector<Window>& windows = covered_[der];
  Window merged{from, until};
  std::erase_if(windows, [&](const Window& window) {
    const bool touches = window.from <= merged.until && window.until >= merged.from;
    if (touches) merged = {std::min(merged.from, window.from), std::max(merged.until, window.until)};
    return touches || window.until <= now;
  });
  windows.push_back(merged);
}

MemoryFleet::DerPtr MemoryFleet::Find(std::string_view der_id) const {
  const auto found = by_key_.find(base::DerKeyOf(der_id));
  return found != by_key_.end() && found->second->der_id == der_id ? found->second : nullptr;
}

const domain::Reading* MemoryFleet::LatestReading(std::string_view der_id) const {
  const auto found = readings_.find(base::DerKeyOf(der_id));
  return found == readings_.end() ? nullptr : &found->second;
}

std::vector<domain::CapacityRule> MemoryFleet::Rules() const {
  std::vector<domain::CapacityRule> rules;
  for (const auto& [type, rule] : rules_) rules.push_back(rule);
  return rules;
}

domain::DerStatus MemoryFleet::StatusOf(const domain::Der& der, absl::Time now) const {
  const bool live_order = std::any_of(orders_.begin(), orders_.end(), [&](const auto& entry) {
    return entry.second.IsLiveAt(now) && domain::Binds(entry.second, der, *regions_);
  });
  const auto windows = covered_.find(der.key());
  const bool scheduled_now =
      windows != covered_.end() && std::any_of(windows->second.begin(), windows->second.end(),
                                               [now](const Window& w) { return w.from <= now && now < w.until; });
  return domain::DeriveStatus(der.stored_status, live_order, scheduled_now);
}

std::vector<domain::EmergencyOrder> MemoryFleet::LiveOrders(absl::Time now) const {
  std::vector<domain::EmergencyOrder> live;
  for (const auto& [id, order] : orders_) {
    if (order.IsLiveAt(now)) live.push_back(order);
  }
  return live;
}

FleetStats MemoryFleet::Stats(const std::optional<std::string>& region_id,
                              const std::function<bool(const domain::Der&)>& measured, absl::Time now) const {
  std::map<domain::DerType, FleetStats::OfType> types;
  std::map<domain::DerStatus, int> statuses;
  for (const auto& [id, der] : by_id_) {
    if (der->lifecycle != domain::Lifecycle::kActive) continue;
    if (region_id && !regions_->IsWithin(der->region_id, *region_id)) continue;
    FleetStats::OfType& of_type = types[der->type];
    ++of_type.count;
    of_type.capacity_kw += der->capacity_kw;
    ++statuses[StatusOf(*der, now)];
    const domain::Reading* reading = LatestReading(id);
    const bool usable = reading != nullptr && reading->power_kw && reading->quality != domain::ReadingQuality::kInvalid;
    if (usable && (!measured || measured(*der))) {
      of_type.measured_power_kw = of_type.measured_power_kw.value_or(0) + *reading->power_kw;
    }
  }
  FleetStats stats;
  for (const domain::DerType type : kTypes) {
    types[type].type = type;
    stats.types.push_back(types[type]);
  }
  for (const domain::DerStatus status : kStatuses) stats.statuses.emplace_back(status, statuses[status]);
  stats.live_emergency_count = static_cast<int>(LiveOrders(now).size());
  return stats;
}

bool MemoryFleet::Passes(const DerFilter& filter, const domain::Der& der, absl::Time now) const {
  if (!filter.include_retired && der.lifecycle == domain::Lifecycle::kRetired) return false;
  if (filter.owner_id && der.owner_id != *filter.owner_id) return false;
  if (!filter.types.empty() && !Contains(filter.types, der.type)) return false;
  if (filter.region_id && !regions_->IsWithin(der.region_id, *filter.region_id)) return false;
  if (filter.box && !InBox(*filter.box, der)) return false;
  if (!filter.statuses.empty() && !Contains(filter.statuses, StatusOf(der, now))) return false;
  return !filter.visible || filter.visible(der);
}

std::string MemoryFleet::Scan(const DerFilter& filter, std::string_view after_der_id, std::size_t limit,
                              std::size_t max_scan, absl::Time now, std::vector<DerPtr>& found) const {
  const auto* ders = &by_id_;
  if (filter.owner_id) {
    const auto owner = by_owner_.find(*filter.owner_id);
    if (owner == by_owner_.end()) return "";
    ders = &owner->second;
  }
  std::size_t scanned = 0;
  for (auto it = ders->upper_bound(std::string(after_der_id)); it != ders->end(); ++it) {
    if (Passes(filter, *it->second, now)) found.push_back(it->second);
    if (found.size() == limit || ++scanned == max_scan) return std::next(it) == ders->end() ? "" : it->first;
  }
  return "";
}

}  // namespace derms::store
