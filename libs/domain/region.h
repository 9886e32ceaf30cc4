// Regions of the grid: an area carries load and prices, its parts carry limits; a region is a group of DERs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace derms::domain {

struct Region {
  std::string region_id;
  std::string parent_region_id;  // empty for an area
  std::string display_name;
  std::optional<double> import_limit_kw;  // most power that may flow in; none: unlimited
  std::optional<double> export_limit_kw;  // most power that may flow out; none: unlimited
  std::string load_series_id;             // kW
  std::string import_price_series_id;     // USD/kWh
  std::string export_price_series_id;     // USD/kWh; empty: the import price
  std::string carbon_series_id;           // kg/kWh
  std::int64_t revision = 0;              // 0: not stored yet
};

// All regions, immutable once built: share it by shared_ptr<const RegionTree>. Thread-safe to read.
class RegionTree {
 public:
  RegionTree() = default;
  explicit RegionTree(std::vector<Region> regions);

  const Region* Find(std::string_view region_id) const;  // null when unknown; valid as long as the tree
  // Whether `region_id` is `ancestor_id` or a part of it, at any depth.
  bool IsWithin(std::string_view region_id, std::string_view ancestor_id) const;
  std::vector<const Region*> Areas() const;                                // regions without a parent, by id
  std::vector<const Region*> WithParts(std::string_view region_id) const;  // the region first, then its parts, by depth
  const std::map<std::string, Region, std::less<>>& all() const { return regions_; }
  // INVALID_ARGUMENT UNKNOWN_REGION, REGION_CYCLE or REGION_TOO_DEEP (more than 16 levels) when `candidate` would
  // break the tree.
  absl::Status CheckPut(const Region& candidate) const;

 private:
  absl::Status CheckDepth(const Region& candidate) const;

  std::map<std::string, Region, std::less<>> regions_;
};

}  // namespace derms::domain
