#include "libs/domain/holdings.h"

#include <algorithm>
#include <utility>

#include "libs/domain/restoration.h"

namespace derms::domain {
namespace {

constexpr int kDeepest = 16;  // levels of regions (region.cc): even a broken tree holds nobody

Left TakenBy(const EmergencyOrder& order, DerClass of) {
  Left left;
  if (!IsShared(order.kind)) {
    left.shut = AllowsIsland(order.kind, of.category);
    if (left.shut) left.since = order.starts_at;
    return left;
  }
  const double fraction = std::clamp(FractionOf(order.shares, of.type), 0.0, 1.0);
  if (fraction == 0) return left;
  left.since = order.starts_at;
  if (order.kind == EmergencyKind::kReduce) {
    left.reduce = 1 - fraction;
  } else {
    (order.kind == EmergencyKind::kInject ? left.inject : left.absorb) = 1 - fraction;
  }
  return left;
}

bool Stages(const EmergencyOrder& order) {
  return order.restoration.has_value();
}

}  // namespace

Left LeftUntilBack(const EmergencyOrder& order, DerClass of) {
  if (order.kind == EmergencyKind::kReduce) return TakenBy(order, of);
  Left left;
  left.shut = true;
  left.since = order.starts_at;
  return left;
}

double Left::ShareFor(EmergencyKind kind) const {
  if (kind != EmergencyKind::kReduce) return share();
  return shut || inject < 1 || absorb < 1 ? 0 : reduce;
}

Left& Left::operator*=(const Left& other) {
  inject *= other.inject;
  absorb *= other.absorb;
  reduce *= other.reduce;
  shut = shut || other.shut;
  since = std::min(since, other.since);
  return *this;
}

DerClass DerClass::At(std::size_t index) {
  return {static_cast<DerType>(index / kIslandCategoryCount + 1),
          static_cast<IslandCategory>(index % kIslandCategoryCount + 1)};
}

void Holdings::Group::Recount() {
  left.fill(Left());
  oldest = absl::InfiniteFuture();
  for (const auto& [id, order] : orders) {
    oldest = std::min(oldest, order->starts_at);
    for (std::size_t i = 0; i < left.size(); ++i) left[i] *= TakenBy(*order, DerClass::At(i));
  }
}

Left Holdings::Group::LeftOf(DerClass of, absl::Time registered) const {
  if (registered < oldest) return left[of.index()];
  Left of_young;
  for (const auto& [id, order] : orders) {
    if (registered < order->starts_at) of_young *= TakenBy(*order, of);
  }
  return of_young;
}

Holdings::Group& Holdings::GroupOf(const EmergencyOrder& order) {
  if (!order.region_id.empty()) return by_region_[order.region_id];
  return order.der_id == base::kAllDers ? fleet_ : by_der_[order.der_id];
}

void Holdings::Put(const EmergencyOrder& order) {
  const std::string& id = order.emergency_id;
  if (order.exercise || order.kind == EmergencyKind::kRestore || over_.contains(id)) return;
  if (order.state == EmergencyState::kActive) {
    if (!orders_.contains(id) && !returning_.contains(id)) Add(order);
    return;
  }
  over_.emplace(id, order.ends_at);
  ends_.emplace(order.ends_at, id);
  Remove(id);
  if (Stages(order)) Return(std::make_shared<EmergencyOrder>(order));
}

bool Holdings::Knows(const std::string& emergency_id) const {
  return orders_.contains(emergency_id) || returning_.contains(emergency_id) || over_.contains(emergency_id);
}

void Holdings::Add(const EmergencyOrder& order) {
  auto kept = std::make_shared<EmergencyOrder>(order);
  kept->unbound.clear();
  ends_.emplace(order.end(), order.emergency_id);
  Group& group = GroupOf(order);
  group.orders.emplace(order.emergency_id, kept);
  group.Recount();
  orders_.emplace(order.emergency_id, std::move(kept));
  ++version_;
}

void Holdings::Return(OrderPtr order) {
  ends_.emplace(order->holds_until(), order->emergency_id);
  const std::string id = order->emergency_id;
  returning_[id] = std::move(order);
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
  ++version_;
  if (!group.orders.empty()) return;
  if (order->region_id.empty()) {
    by_der_.erase(order->der_id);
  } else {
    by_region_.erase(order->region_id);
  }
}

void Holdings::DropEnded(absl::Time now) {
  while (!ends_.empty() && ends_.begin()->first <= now) {
    const std::string id = ends_.begin()->second;
    ends_.erase(ends_.begin());
    const auto live = orders_.find(id), returning = returning_.find(id);
    OrderPtr order;
    if (live != orders_.end()) order = live->second;
    if (returning != returning_.end()) order = returning->second;
    if (order == nullptr || order->holds_until() <= now) {
      const auto over = over_.find(id);
      if (over != over_.end() && over->second <= now) over_.erase(over);
      Remove(id);
      if (returning_.erase(id) > 0) ++version_;
    } else if (live != orders_.end()) {
      Remove(id);
      Return(std::move(order));
    }  // otherwise a later entry is for it
  }
}

std::vector<std::shared_ptr<const EmergencyOrder>> Holdings::Returning() const {
  std::vector<OrderPtr> orders;
  for (const auto& [id, order] : returning_) orders.push_back(order);
  return orders;
}

Left Holdings::LeftOf(const Der& der, const RegionTree& regions, absl::Time now) const {
  Left left = LeftOf(der, regions);
  for (const auto& [id, order] : returning_) {
    if (Holds(*order, der, regions, now)) left *= LeftUntilBack(*order, DerClass::Of(der));
  }
  return left;
}

Left Holdings::LeftOf(std::string_view region_id, DerClass of, absl::Time registered, const RegionTree& regions) const {
  Left left = fleet_.LeftOf(of, registered);
  for (int level = 0; level <= kDeepest && !region_id.empty() && !by_region_.empty(); ++level) {
    const auto given = by_region_.find(region_id);
    if (given != by_region_.end()) left *= given->second.LeftOf(of, registered);
    const Region* region = regions.Find(region_id);
    region_id = region == nullptr ? std::string_view() : std::string_view(region->parent_region_id);
  }
  return left;
}

Left Holdings::LeftOfOwn(const std::string& der_id, DerClass of, absl::Time registered) const {
  const auto given = by_der_.find(der_id);
  return given == by_der_.end() ? Left() : given->second.LeftOf(of, registered);
}

Left Holdings::LeftOf(const Der& der, const RegionTree& regions) const {
  Left left = LeftOf(der.region_id, DerClass::Of(der), der.registered_at, regions);
  left *= LeftOfOwn(der.der_id, DerClass::Of(der), der.registered_at);
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
