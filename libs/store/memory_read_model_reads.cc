// The reading half of MemoryReadModel: nothing here waits for the database.
#include <algorithm>
#include <utility>

#include "libs/store/memory_read_model.h"

namespace derms::store {
namespace {

constexpr int kTypeCount = 6;
constexpr int kStatusCount = 5;

bool Inside(const DerFilter::Box& box, const domain::Der& der) {
  if (der.latitude_deg < box.south_deg || der.latitude_deg > box.north_deg) return false;
  if (box.west_deg <= box.east_deg) return box.west_deg <= der.longitude_deg && der.longitude_deg <= box.east_deg;
  return der.longitude_deg >= box.west_deg || der.longitude_deg <= box.east_deg;
}

template <typename T>
bool Wanted(const std::vector<T>& wanted, T value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

bool Matches(const DerFilter& filter, const domain::Der& der, const StatusView& view, absl::Time now) {
  if (!filter.include_retired && der.lifecycle == domain::Lifecycle::kRetired) return false;
  if (!Wanted(filter.types, der.type)) return false;
  if (filter.box && !Inside(*filter.box, der)) return false;
  if (filter.region_id && !view.regions->IsWithin(der.region_id, *filter.region_id)) return false;
  if (filter.visible && !filter.visible(der)) return false;
  return filter.statuses.empty() || Wanted(filter.statuses, view.StatusOf(der, now));
}

}  // namespace

std::shared_ptr<const domain::Der> MemoryReadModel::FindDer(std::string_view der_id) const {
  return fleet_.Find(der_id);
}

std::optional<domain::Reading> MemoryReadModel::LatestReading(std::string_view der_id) const {
  return fleet_.ReadingOf(der_id);
}

std::shared_ptr<const domain::RegionTree> MemoryReadModel::Regions() const {
  return overlay_.view()->regions;
}

std::vector<domain::CapacityRule> MemoryReadModel::CapacityRules() const {
  const absl::ReaderMutexLock lock(&mutex_);
  return rules_;
}

DerPage MemoryReadModel::ListDers(const DerFilter& filter, std::string_view after_der_id, std::size_t limit,
                                  absl::Time now) const {
  const auto view = overlay_.view();
  DerPage page;
  fleet_.Walk(after_der_id, {filter.owner_id, filter.gateway_id}, [&](const FleetIndex::DerPtr& der) {
    if (!Matches(filter, *der, *view, now)) return true;
    if (page.ders.size() == limit) {  // one more than fits: there is a next page
      if (!page.ders.empty()) page.next_after_der_id = page.ders.back()->der_id;
      return false;
    }
    page.ders.push_back(der);
    return true;
  });
  return page;
}

domain::DerStatus MemoryReadModel::StatusOf(const domain::Der& der, absl::Time now) const {
  return overlay_.view()->StatusOf(der, now);
}

std::vector<std::shared_ptr<const domain::EmergencyOrder>> MemoryReadModel::LiveOrders(absl::Time now) const {
  const auto view = overlay_.view();  // lives on while it is walked: a temporary in the loop's head would not
  std::vector<std::shared_ptr<const domain::EmergencyOrder>> live;
  for (const auto& order : view->orders) {
    if (order->IsLiveAt(now)) live.push_back(order);
  }
  return live;
}

FleetStats MemoryReadModel::Stats(std::optional<std::string> region_id,
                                  const std::function<bool(const domain::Der&)>& measured, absl::Time now) const {
  const auto view = overlay_.view();
  FleetStats stats;
  for (int type = 1; type <= kTypeCount; ++type) {
    stats.types.push_back({static_cast<domain::DerType>(type), 0, 0, std::nullopt});
  }
  for (int status = 1; status <= kStatusCount; ++status) {
    stats.statuses.emplace_back(static_cast<domain::DerStatus>(status), 0);
  }
  fleet_.Walk("", {}, [&](const FleetIndex::DerPtr& der) {
    if (der->lifecycle == domain::Lifecycle::kRetired) return true;
    if (region_id && !view->regions->IsWithin(der->region_id, *region_id)) return true;
    FleetStats::OfType& of_type = stats.types[static_cast<std::size_t>(der->type) - 1];
    ++of_type.count;
    of_type.capacity_kw += der->capacity_kw;
    ++stats.statuses[static_cast<std::size_t>(view->StatusOf(*der, now)) - 1].second;
    if (!measured || !measured(*der)) return true;
    const auto reading = fleet_.ReadingOf(der->der_id);
    if (reading && reading->power_kw && reading->quality != domain::ReadingQuality::kInvalid) {
      of_type.measured_power_kw = of_type.measured_power_kw.value_or(0) + *reading->power_kw;
    }
    return true;
  });
  for (const auto& order : view->orders) stats.live_emergency_count += order->IsLiveAt(now) ? 1 : 0;
  return stats;
}

}  // namespace derms::store
