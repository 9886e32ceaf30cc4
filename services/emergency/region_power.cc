#include "services/emergency/region_power.h"

#include "libs/domain/control.h"

namespace derms::emergency {
namespace {

const std::int64_t kFreshSeconds = absl::ToInt64Seconds(domain::kSupervisionFreshness);

bool IsActive(const domain::Der& der) {
  return der.lifecycle == domain::Lifecycle::kActive;
}

std::int64_t SecondOf(std::int64_t us) {
  return us / 1'000'000;
}

bool IsFresh(std::int64_t measured_second, absl::Time now) {
  return measured_second > absl::ToUnixSeconds(now) - kFreshSeconds;
}

}  // namespace

RegionPower::Group& RegionPower::GroupOf(const domain::Der& der) {
  auto& groups = regions_[der.region_id];
  if (groups == nullptr) groups = std::make_unique<Groups>();
  return (*groups)[domain::IndexOf(der.type)];
}

// Adds the DER with its reading to its group, or takes it away.
void RegionPower::Count(const Row& row, int sign) {
  if (row.der == nullptr || !IsActive(*row.der)) return;
  const domain::PowerRange capability = domain::CapabilityOf(*row.der);
  Group& group = GroupOf(*row.der);
  group.active_count += sign;
  group.capacity_kw += sign * capability.max_kw;
  group.charge_kw -= sign * capability.min_kw;
  CountReading(group, row, sign);
}

void RegionPower::CountReading(Group& group, const Row& row, int sign) {
  if (!row.usable) return;
  if (group.ring.empty()) group.ring.resize(kSlots);
  const std::int64_t second = SecondOf(row.measured_us);
  Slot& slot = group.ring[static_cast<std::size_t>(second % kSlots)];
  if (slot.second > second || (sign < 0 && slot.second != second)) return;  // long past, and no longer in the ring
  if (slot.second < second) slot = {.second = second};
  slot.power_kw += sign * row.power_kw;
  slot.count += sign;
}

void RegionPower::OnDer(const std::shared_ptr<const domain::Der>& der) {
  const absl::MutexLock lock(&mutex_);
  Row& row = rows_[der->der_id];
  if (row.der != nullptr && row.der->revision >= der->revision) return;
  Count(row, -1);
  row.der = der;
  Count(row, 1);
}

void RegionPower::OnReading(const domain::Reading& reading) {
  const std::int64_t measured_us = absl::ToUnixMicros(reading.measured_at);
  const absl::MutexLock lock(&mutex_);
  const auto found = rows_.find(reading.der_id);
  if (found == rows_.end() || measured_us < found->second.measured_us || measured_us < 0) return;
  Row& row = found->second;
  const bool counts = IsActive(*row.der);
  Group& group = GroupOf(*row.der);
  if (counts) CountReading(group, row, -1);
  row.measured_us = measured_us;
  const bool believed =
      reading.quality != domain::ReadingQuality::kInvalid && reading.quality != domain::ReadingQuality::kStale;
  row.usable = believed && reading.power_kw.has_value();
  row.power_kw = reading.power_kw.value_or(0);
  if (counts) CountReading(group, row, 1);
}

void RegionPower::OnRegions(const std::shared_ptr<const domain::RegionTree>& regions) {
  const absl::MutexLock lock(&mutex_);
  tree_ = regions;
}

RegionTotals RegionPower::TotalsOf(std::string_view region_id, absl::Time now) const {
  RegionTotals totals;
  const absl::MutexLock lock(&mutex_);
  for (const domain::Region* region : tree_->WithParts(region_id)) {
    const auto found = regions_.find(region->region_id);
    if (found == regions_.end()) continue;
    for (std::size_t type = 0; type < domain::kDerTypeCount; ++type) {
      const Group& group = (*found->second)[type];
      int measured = 0;
      for (const Slot& slot : group.ring) {
        if (slot.count <= 0 || !IsFresh(slot.second, now)) continue;
        measured += slot.count;
        totals.power_kw += slot.power_kw;
        totals.power_by_type[type] += slot.power_kw;
      }
      totals.measured_count += measured;
      totals.unmeasured_count += group.active_count - measured;
      totals.capacity_kw += group.capacity_kw;
      totals.charge_kw += group.charge_kw;
    }
  }
  return totals;
}

std::vector<RegionPower::Part> RegionPower::PartsOf(std::string_view region_id, absl::Time now) const {
  std::vector<Part> parts;
  const absl::MutexLock lock(&mutex_);
  absl::flat_hash_map<std::string, bool> within;
  for (const domain::Region* region : tree_->WithParts(region_id)) within.emplace(region->region_id, true);
  for (const auto& [der_id, row] : rows_) {
    if (!row.usable || !IsActive(*row.der) || within.count(row.der->region_id) == 0) continue;
    if (IsFresh(SecondOf(row.measured_us), now)) {
      parts.push_back({row.der, row.power_kw, absl::FromUnixMicros(row.measured_us)});
    }
  }
  return parts;
}

}  // namespace derms::emergency
