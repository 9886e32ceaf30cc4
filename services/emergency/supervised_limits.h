// Which limits of which regions are supervised, and the loads that flows are judged with.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/domain/limit_supervision.h"
#include "libs/domain/region.h"
#include "libs/domain/standing_control.h"
#include "libs/store/queries.h"
#include "services/emergency/region_power.h"

namespace derms::emergency {

inline constexpr std::array<domain::FlowDirection, 2> kFlowDirections = {domain::FlowDirection::kExport,
                                                                         domain::FlowDirection::kImport};

// Power is toward the limit (libs/domain/limit_supervision.h).
struct FlowLimit {
  domain::FlowDirection direction = domain::FlowDirection::kExport;
  double limit_kw = 0;
  double load_kw = 0;  // what the DERs may have more than the limit: the region's load, toward the limit
  std::string source;  // "its export limit", "limit FEEDER-12"
};

// The tightest limits of each region that has any: those of the region itself, judged with its load, and limits put for
// it (PutLimit), of which the shares of the capacities of its DERs are judged together. A region whose load is not
// known is not judged by its own limits: `unknown_load` names those.
struct SupervisedRegions {
  std::map<std::string, std::vector<FlowLimit>> limits;  // by region
  std::vector<std::string> unknown_load;
};

// What the limit of the supervision itself is called; at most 64 characters, as any limit's name.
std::string SupervisionControlId(std::string_view region_id);

// The load of regions with their parts, from the series that they name.
class RegionLoads {
 public:
  explicit RegionLoads(store::Queries& queries) : queries_(queries) {}  // must outlive this

  // Reads what holds now, when the last read is older than `max_age`. Blocks on the database.
  absl::Status Refresh(const domain::RegionTree& regions, absl::Time now, absl::Duration max_age, absl::Time deadline);
  // Consumption positive; none: a series says nothing of now. 0 when no load is named.
  std::optional<double> LoadOf(const domain::RegionTree& regions, std::string_view region_id) const;

 private:
  store::Queries& queries_;
  absl::Time read_at_ = absl::InfinitePast();
  std::map<std::string, double, std::less<>> load_kw_;  // by series
};

SupervisedRegions LimitsOf(const domain::RegionTree& regions, const std::vector<domain::StandingControl>& standing,
                           const RegionLoads& loads, const RegionPower& power, absl::Time now);

}  // namespace derms::emergency
