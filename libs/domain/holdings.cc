#include "libs/domain/holdings.h"

#include <algorithm>
#include <utility>

namespace derms::domain {
namespace {

constexpr int kDeepest = 16;  // levels of regions (region.cc): even a broken tree holds nobody

Left TakenBy(const EmergencyOrder& order, DerType type) {
  Left left;
  if (IsShutdown(order.kind)) {
    left.shut = true;
    left.since = order.starts_at;
    return left;
  }
  const double fraction = std::clamp(FractionOf(order.shares, type), 0.0, 1.0);
  if (fraction == 0) return left;
  (order.kind == EmergencyKind::kInject ? left.inject : left.absorb) = 1 - fraction;
  left.since = order.starts_at;
  return left;
}

}  // namespace

Left& Left::operator*=(const Left& other) {
  inject *= other.inject;
  absorb *= other.absorb;
  shut = shut || other.shut;
  since = std::min(since, other.since);
  return *this;
}

void Holdings::Group::Recount() {
  left.fill(Left());
  oldest = absl::InfiniteFuture();
  for (const auto& [id, order] : orders) {
    oldest = std::min(oldest, order->starts_at);
    for (std::size_t i = 0; i < left.size(); ++i) left[i] *= TakenBy(*order, static_cast<DerType>(i + 1));
  }
}

Left Holdings::Group::LeftOf(DerType type, absl::Time registered) const {
  if (registered < oldest) return left[static_cast<std::size_t>(type) - 1];
  Left of_young;
  for (const auto& [id, order] : orders) {
    if (registered < order->starts_at) of_young *= TakenBy(*order, type);
  }
  return of_young;
}

Holdings::Group& Holdings::GroupOf(const EmergencyOrder& order) {
  if (!order.region_id.empty()) return by_region_[order.region_id];
  return order.der_id == base::kAllDers ? fleet_ : by_der_[order.der_id];
}

void Holdings::Put(const EmergencyOrder& order) {
  if (order.exercise || over_.contains(order.emergency_id)) return;
  const bool known = orders_.contains(order.emergency_id);
  if (order.state != EmergencyState::kActive) {
    over_.emplace(order.emergency_id, order.ends_at);
    Remove(order.emergency_id);
    if (!known) ends_.emplace(order.ends_at, order.emergency_id);
    return;
  }
  if (known) return;
  auto kept = std::make_shared<EmergencyOrder>(order);
  kept->unbound.clear();
  ends_.emplace(order.ends_at, order.emergency_id);
  Group& group = GroupOf(order);
  group.orders.emplace(order.emergency_id, kept);
  group.Recount();
  orders_.emplace(order.emergency_id, std::move(kept));
  ++version_;
}

void Holdings::Remove(const std::string& emergency_id) {
  const auto found = orders_.find(emergency_id);
  if (found == orders_.end()) return;
  const OrderPtr order = found->second;
  orders_.erase(found);
  Group& group = GroupOf(*order);
  group.orders.erase(emergency_id);
  group.Recount();
  if (group.orders.empty() && !order->region_id.empty()) by_region_.erase(order->region_id);
  if (group.orders.empty() && order->region_id.empty()) by_der_.erase(order->der_id);
  ++version_;
}

void Holdings::DropEnded(absl::Time now) {
  while (!ends_.empty() && ends_.begin()->first <= now) {
    const std::string emergency_id = ends_.begin()->second;
    ends_.erase(ends_.begin());
    over_.erase(emergency_id);
    Remove(emergency_id);
  }
}

Left Holdings::LeftOf(std::string_view region_id, DerType type, absl::Time registered,
                      const RegionTree& regions) const {
  Left left = fleet_.LeftOf(type, registered);
  for (int level = 0; level <= kDeepest && !region_id.empty() && !by_region_.empty(); ++level) {
    const auto given = by_region_.find(region_id);
    if (given != by_region_.end()) left *= given->second.LeftOf(type, registered);
    const Region* region = regions.Find(region_id);
    region_id = region == nullptr ? std::string_view() : std::string_view(region->parent_region_id);
  }
  return left;
}

Left Holdings::LeftOfOwn(const std::string& der_id, DerType type, absl::Time registered) const {
  const auto given = by_der_.find(der_id);
  return given == by_der_.end() ? Left() : given->second.LeftOf(type, registered);
}

Left Holdings::LeftOf(const Der& der, const RegionTree& regions) const {
  Left left = LeftOf(der.region_id, der.type, der.registered_at, regions);
  left *= LeftOfOwn(der.der_id, der.type, der.registered_at);
  return left;
}

std::vector<std::string> Holdings::DersWithOwn() const {
  std::vector<std::string> ders;
  ders.reserve(by_der_.size());
  for (const auto& [der_id, group] : by_der_) ders.push_back(der_id);
  return ders;
}

absl::Time Holdings::oldest_start() const {
  absl::Time oldest = fleet_.oldest;
  for (const auto& [id, group] : by_region_) oldest = std::min(oldest, group.oldest);
  return oldest;
}

}  // namespace derms::domain
