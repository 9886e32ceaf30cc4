#include "libs/store/fleet_index.h"

#include <utility>

namespace derms::store {
namespace {

constexpr std::size_t kWalkStep = 1024;  // DERs per lock

}  // namespace

const FleetIndex::Entry* FleetIndex::Locate(std::string_view der_id) const {
  const auto found = by_id_.find(absl::string_view(der_id.data(), der_id.size()));
  return found == by_id_.end() ? nullptr : &found->second;
}

FleetIndex::DerPtr FleetIndex::Put(domain::Der der) {
  const absl::MutexLock lock(&mutex_);
  const auto [at, added] = by_id_.try_emplace(der.der_id);
  const std::string_view id = at->first;
  Entry& entry = at->second;
  if (!added && entry.der->revision >= der.revision) return nullptr;
  if (added) in_order_.emplace(id, &entry);
  if (added || entry.der->owner_id != der.owner_id) {
    if (!added) by_owner_[entry.der->owner_id].erase(id);
    by_owner_[der.owner_id].emplace(id, &entry);
  }
  const std::string gateway_before = added ? "" : entry.der->gateway_id;
  if (gateway_before != der.gateway_id) {
    if (!gateway_before.empty()) by_gateway_[gateway_before].erase(id);
    if (!der.gateway_id.empty()) by_gateway_[der.gateway_id].emplace(id, &entry);
  }
  entry.der = std::make_shared<const domain::Der>(std::move(der));
  return entry.der;
}

void FleetIndex::PutReading(domain::Reading reading) {
  const absl::MutexLock lock(&mutex_);
  const auto found = by_id_.find(reading.der_id);
  if (found == by_id_.end()) return;
  auto& stored = found->second.reading;
  if (stored && stored->measured_at > reading.measured_at) return;
  if (stored) {
    *stored = std::move(reading);
  } else {
    stored = std::make_unique<domain::Reading>(std::move(reading));
  }
}

FleetIndex::DerPtr FleetIndex::Find(std::string_view der_id) const {
  const absl::ReaderMutexLock lock(&mutex_);
  const Entry* entry = Locate(der_id);
  return entry == nullptr ? nullptr : entry->der;
}

std::int64_t FleetIndex::RevisionOf(std::string_view der_id) const {
  const absl::ReaderMutexLock lock(&mutex_);
  const Entry* entry = Locate(der_id);
  return entry == nullptr ? 0 : entry->der->revision;
}

std::optional<domain::Reading> FleetIndex::ReadingOf(std::string_view der_id) const {
  const absl::ReaderMutexLock lock(&mutex_);
  const Entry* entry = Locate(der_id);
  if (entry == nullptr || !entry->reading) return std::nullopt;
  return *entry->reading;
}

std::size_t FleetIndex::size() const {
  const absl::ReaderMutexLock lock(&mutex_);
  return by_id_.size();
}

std::vector<FleetIndex::DerPtr> FleetIndex::Some(std::string_view after_der_id, const Group& group) const {
  std::vector<DerPtr> some;
  const absl::ReaderMutexLock lock(&mutex_);
  const Ordered* ordered = &in_order_;
  if (group.owner_id || group.gateway_id) {
    const auto& groups = group.owner_id ? by_owner_ : by_gateway_;
    const auto found = groups.find(group.owner_id ? *group.owner_id : *group.gateway_id);
    if (found == groups.end()) return some;
    ordered = &found->second;
  }
  for (auto at = ordered->upper_bound(after_der_id); at != ordered->end() && some.size() < kWalkStep; ++at) {
    some.push_back(at->second->der);
  }
  return some;
}

void FleetIndex::Walk(std::string_view after_der_id, const Group& group,
                      const std::function<bool(const DerPtr&)>& visit) const {
  std::string after(after_der_id);
  while (true) {
    const std::vector<DerPtr> some = Some(after, group);
    for (const DerPtr& der : some) {
      if (!visit(der)) return;
    }
    if (some.size() < kWalkStep) return;
    after = some.back()->der_id;
  }
}

}  // namespace derms::store
