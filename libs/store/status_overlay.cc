#include "libs/store/status_overlay.h"

#include <algorithm>
#include <utility>

#include "libs/domain/restoration.h"
#include "libs/domain/status.h"

namespace derms::store {

domain::DerStatus StatusView::StatusOf(const domain::Der& der, absl::Time now) const {
  const bool ordered = std::any_of(orders.begin(), orders.end(),
                                   [&](const auto& order) { return domain::Holds(*order, der, *regions, now); });
  const bool scheduled = std::any_of(windows.begin(), windows.end(), [&](const auto& window) {
    return window->from <= now && now < window->until &&
           std::binary_search(window->der_keys.begin(), window->der_keys.end(), der.key());
  });
  return domain::DeriveStatus(der.stored_status, ordered, scheduled);
}

StatusOverlay::StatusOverlay() : tree_(std::make_shared<domain::RegionTree>()) {
  const absl::MutexLock lock(&mutex_);
  Publish();
}

void StatusOverlay::PutRegion(const domain::Region& region) {
  const absl::MutexLock lock(&mutex_);
  domain::Region& stored = regions_[region.region_id];
  if (stored.revision >= region.revision) return;
  stored = region;
  std::vector<domain::Region> all;
  for (const auto& [id, each] : regions_) all.push_back(each);
  tree_ = std::make_shared<domain::RegionTree>(std::move(all));
  Publish();
}

void StatusOverlay::PutOrder(const domain::EmergencyOrder& order) {
  const absl::MutexLock lock(&mutex_);
  auto& stored = orders_[order.emergency_id];
  if (stored && stored->revision >= order.revision) return;
  auto kept = std::make_shared<domain::EmergencyOrder>(order);
  kept->unbound =
      {};  // whom it does not bind follows from the order; a list of names would be the most of what is kept
  stored = std::move(kept);
  Publish();
}

void StatusOverlay::PutWindow(ScheduleWindow window) {
  const absl::MutexLock lock(&mutex_);
  auto& stored = windows_[window.run_id];  // runs never change
  if (!stored) stored = std::make_shared<const ScheduleWindow>(std::move(window));
  Publish();
}

void StatusOverlay::Forget(absl::Time ended_before) {
  const absl::MutexLock lock(&mutex_);
  const auto is_long_over = [](const domain::EmergencyOrder& order, absl::Time by) {
    return std::max(order.ends_at, order.holds_until()) < by;  // until its end an older form of it may still come
  };
  const std::size_t before = orders_.size() + windows_.size();
  std::erase_if(orders_, [&](const auto& entry) { return is_long_over(*entry.second, ended_before); });
  std::erase_if(windows_, [&](const auto& entry) { return entry.second->until < ended_before; });
  if (orders_.size() + windows_.size() != before) Publish();
}

std::shared_ptr<const StatusView> StatusOverlay::view() const {
  const absl::ReaderMutexLock lock(&mutex_);
  return view_;
}

void StatusOverlay::Publish() {
  auto view = std::make_shared<StatusView>();
  view->regions = tree_;
  for (const auto& [id, order] : orders_) view->orders.push_back(order);
  for (const auto& [id, window] : windows_) view->windows.push_back(window);
  view_ = std::move(view);
}

}  // namespace derms::store
