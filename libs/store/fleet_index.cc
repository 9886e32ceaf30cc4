#include "libs/store/fleet_index.h"

#include <utility>

namespace derms::store {
namespace {

constexpr std::size_t kWalkStep = 1024;  // DERs per lock

}  // namespace

bool FleetIndex::Put(domain::Der der) {
  const absl::MutexLock lock(&mutex_);
  Entry& entry = by_id_[der.der_id];
  if (entry.der && entry.der->revision >= der.revision) return false;
  if (!entry.der || entry.der->owner_id != der.owner_id) {
    if (entry.der) by_owner_[entry.der->owner_id].erase(der.der_id);
    by_owner_[der.owner_id].insert(der.der_id);
  }
  entry.der = std::make_shared<const domain::Der>(std::move(der));
  return true;
}

void FleetIndex::PutReading(domain::Reading reading) {
  const absl::MutexLock lock(&mutex_);
  const auto found = by_id_.find(std::string_view(reading.der_id));
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
  const auto found = by_id_.find(der_id);
  return found == by_id_.end() ? nullptr : found->second.der;
}

std::int64_t FleetIndex::RevisionOf(std::string_view der_id) const {
  const absl::ReaderMutexLock lock(&mutex_);
  const auto found = by_id_.find(der_id);
  return found == by_id_.end() ? 0 : found->second.der->revision;
}

std::optional<domain::Reading> FleetIndex::ReadingOf(std::string_view der_id) const {
  const absl::ReaderMutexLock lock(&mutex_);
  const auto found = by_id_.find(der_id);
  if (found == by_id_.end() || !found->second.reading) return std::nullopt;
  return *found->second.reading;
}

std::size_t FleetIndex::size() const {
  const absl::ReaderMutexLock lock(&mutex_);
  return by_id_.size();
}

std::vector<FleetIndex::DerPtr> FleetIndex::Some(std::string_view after_der_id,
                                                 const std::optional<std::string>& owner_id) const {
  std::vector<DerPtr> some;
  const absl::ReaderMutexLock lock(&mutex_);
  if (!owner_id) {
    for (auto at = by_id_.upper_bound(after_der_id); at != by_id_.end() && some.size() < kWalkStep; ++at) {
      some.push_back(at->second.der);
    }
    return some;
  }
  const auto owned = by_owner_.find(*owner_id);
  if (owned == by_owner_.end()) return some;
  for (auto at = owned->second.upper_bound(after_der_id); at != owned->second.end() && some.size() < kWalkStep; ++at) {
    some.push_back(by_id_.find(std::string_view(*at))->second.der);
  }
  return some;
}

void FleetIndex::Walk(std::string_view after_der_id, const std::optional<std::string>& owner_id,
                      const std::function<bool(const DerPtr&)>& visit) const {
  std::string after(after_der_id);
  while (true) {
    const std::vector<DerPtr> some = Some(after, owner_id);
    for (const DerPtr& der : some) {
      if (!visit(der)) return;
    }
    if (some.size() < kWalkStep) return;
    after = some.back()->der_id;
  }
}

}  // namespace derms::store
