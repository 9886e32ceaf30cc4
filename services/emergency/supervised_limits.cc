#include "services/emergency/supervised_limits.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/sha256.h"

namespace derms::emergency {
namespace {

using domain::FlowDirection;
using domain::StandingControl;

constexpr absl::Duration kLongestInterval = absl::Hours(24);
constexpr std::size_t kLongestName = 64;
constexpr char kPrefix[] = "SUPERVISION-";
// Who gets a new limit needs time to hear of it, to follow and to report.
constexpr absl::Duration kTimeToFollow = absl::Seconds(30);

// Of a limit in shares of capacities, the power of all DERs together.
double SumOf(double share, const RegionTotals& totals) {
  return share * (share >= 0 ? totals.capacity_kw : totals.charge_kw);
}

// Those that bind the DERs least are of no interest.
void KeepTightest(std::vector<FlowLimit>& limits, FlowLimit limit) {
  for (FlowLimit& kept : limits) {
    if (kept.direction != limit.direction) continue;
    if (limit.limit_kw + limit.load_kw < kept.limit_kw + kept.load_kw) kept = std::move(limit);
    return;
  }
  limits.push_back(std::move(limit));
}

bool Holds(const StandingControl& control, absl::Time now) {
  const absl::Time given = std::max(control.starts_at, control.put_at);
  return !control.region_id.empty() && given + kTimeToFollow <= now && now < control.valid_until &&
         control.control_id != SupervisionControlId(control.region_id);
}

}  // namespace

std::string SupervisionControlId(std::string_view region_id) {
  std::string id = absl::StrCat(kPrefix, std::string(region_id));
  if (id.size() <= kLongestName) return id;
  const std::string digest = base::ToHex(base::Sha256(region_id)).substr(0, 16);
  return absl::StrCat(id.substr(0, kLongestName - digest.size() - 1), "-", digest);
}

absl::Status RegionLoads::Refresh(const domain::RegionTree& regions, absl::Time now, absl::Duration max_age,
                                  absl::Time deadline) {
  if (now - read_at_ < max_age) return absl::OkStatus();
  std::set<std::string> ids;
  for (const auto& [region_id, region] : regions.all()) {
    if (!region.load_series_id.empty()) ids.insert(region.load_series_id);
  }
  std::map<std::string, double, std::less<>> loads;
  if (!ids.empty()) {
    ASSIGN_OR_RETURN(const auto pieces, queries_.LoadSeries({ids.begin(), ids.end()}, now - kLongestInterval,
                                                            now + absl::Seconds(1), deadline));
    for (const domain::SeriesPiece& piece : pieces) {
      const std::int64_t index = (now - piece.starts_at) / piece.interval;
      if (now < piece.starts_at || index >= std::ssize(piece.values)) continue;
      const double value = piece.values[static_cast<std::size_t>(index)];
      if (!std::isnan(value)) loads[piece.series_id] = value;
    }
  }
  load_kw_ = std::move(loads);
  read_at_ = now;
  return absl::OkStatus();
}

std::optional<double> RegionLoads::LoadOf(const domain::RegionTree& regions, std::string_view region_id) const {
  double load_kw = 0;
  for (const domain::Region* region : regions.WithParts(region_id)) {
    if (region->load_series_id.empty()) continue;
    const auto found = load_kw_.find(region->load_series_id);
    if (found == load_kw_.end()) return std::nullopt;
    load_kw += found->second;
  }
  return load_kw;
}

SupervisedRegions LimitsOf(const domain::RegionTree& regions, const std::vector<StandingControl>& standing,
                           const RegionLoads& loads, const RegionPower& power, absl::Time now) {
  SupervisedRegions found;
  for (const auto& [region_id, region] : regions.all()) {
    if (!region.export_limit_kw && !region.import_limit_kw) continue;
    const std::optional<double> load_kw = loads.LoadOf(regions, region_id);
    if (!load_kw) {
      found.unknown_load.push_back(region_id);
      continue;
    }
    auto& limits = found.limits[region_id];
    if (region.export_limit_kw) {
      KeepTightest(limits, {FlowDirection::kExport, *region.export_limit_kw, *load_kw, "its export limit"});
    }
    if (region.import_limit_kw) {
      KeepTightest(limits, {FlowDirection::kImport, *region.import_limit_kw, -*load_kw, "its import limit"});
    }
  }
  for (const StandingControl& control : standing) {
    if (!Holds(control, now) || regions.Find(control.region_id) == nullptr) continue;
    const RegionTotals totals = power.TotalsOf(control.region_id, now);
    const std::string source = absl::StrCat("limit ", control.control_id);
    auto& limits = found.limits[control.region_id];
    if (const auto share = control.power.max_power_share) {
      KeepTightest(limits, {FlowDirection::kExport, SumOf(*share, totals), 0, source});
    }
    if (const auto share = control.power.min_power_share) {
      KeepTightest(limits, {FlowDirection::kImport, -SumOf(*share, totals), 0, source});
    }
  }
  return found;
}

}  // namespace derms::emergency
