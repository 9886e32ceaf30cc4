#include "libs/domain/region.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::domain {
namespace {

constexpr std::size_t kMaxDepth = 16;  // levels; keeps every walk up the tree short

}  // namespace

RegionTree::RegionTree(std::vector<Region> regions) {
  for (Region& region : regions) {
    std::string id = region.region_id;
    regions_.insert_or_assign(std::move(id), std::move(region));
  }
}

const Region* RegionTree::Find(std::string_view region_id) const {
  const auto found = regions_.find(region_id);
  return found == regions_.end() ? nullptr : &found->second;
}

bool RegionTree::IsWithin(std::string_view region_id, std::string_view ancestor_id) const {
  // Bounded, so that even a broken tree (a cycle) cannot hold a caller.
  for (std::size_t level = 0; level <= kMaxDepth; ++level) {
    if (region_id == ancestor_id) return !region_id.empty();
    const Region* region = Find(region_id);
    if (region == nullptr || region->parent_region_id.empty()) return false;
    region_id = region->parent_region_id;
  }
  return false;
}

std::vector<const Region*> RegionTree::Areas() const {
  std::vector<const Region*> areas;
  for (const auto& [id, region] : regions_) {
    if (region.parent_region_id.empty()) areas.push_back(&region);
  }
  return areas;
}

std::vector<const Region*> RegionTree::WithParts(std::string_view region_id) const {
  std::vector<const Region*> found;
  if (const Region* root = Find(region_id)) found.push_back(root);
  for (std::size_t first = 0, level = 0; first < found.size() && level <= kMaxDepth; ++level) {
    const std::size_t last = found.size();
    for (const auto& [id, region] : regions_) {
      const bool is_part = std::any_of(
          found.begin() + static_cast<std::ptrdiff_t>(first), found.begin() + static_cast<std::ptrdiff_t>(last),
          [&](const Region* parent) { return region.parent_region_id == parent->region_id; });
      if (is_part) found.push_back(&region);
    }
    first = last;
  }
  return found;
}

absl::Status RegionTree::CheckPut(const Region& candidate) const {
  const std::string& parent = candidate.parent_region_id;
  if (parent.empty()) return absl::OkStatus();
  constexpr char kField[] = "region.parent_region_id";
  if (Find(parent) == nullptr && parent != candidate.region_id) {
    const std::string rule = absl::StrCat("region ", parent, " does not exist; create it first with PutRegion");
    return base::InvalidArgument("UNKNOWN_REGION", rule).Field(kField, rule).Metadata("region_id", parent);
  }
  if (IsWithin(parent, candidate.region_id)) {
    const std::string rule =
        absl::StrCat("region ", candidate.region_id, " cannot be a part of itself; choose a parent outside it");
    return base::InvalidArgument("REGION_CYCLE", rule).Field(kField, rule);
  }
  return CheckDepth(candidate);
}

absl::Status RegionTree::CheckDepth(const Region& candidate) const {
  std::size_t levels = 1;  // the candidate
  for (const Region* up = Find(candidate.parent_region_id); up != nullptr && levels <= kMaxDepth; ++levels) {
    up = up->parent_region_id.empty() ? nullptr : Find(up->parent_region_id);
  }
  std::size_t below = 0;
  for (const Region* part : WithParts(candidate.region_id)) {
    std::size_t distance = 0;
    for (std::string_view id = part->region_id; id != candidate.region_id; id = Find(id)->parent_region_id) ++distance;
    below = std::max(below, distance);
  }
  if (levels + below <= kMaxDepth) return absl::OkStatus();
  const std::string rule = absl::StrCat("regions nest at most ", kMaxDepth, " levels; choose a parent higher up");
  return base::InvalidArgument("REGION_TOO_DEEP", rule).Field("region.parent_region_id", rule);
}

}  // namespace derms::domain
