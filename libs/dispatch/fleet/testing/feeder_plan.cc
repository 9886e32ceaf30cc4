#include "libs/dispatch/fleet/testing/feeder_plan.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace derms::dispatch::fleet::testing {
namespace {

constexpr double kShareBelow = 0.8;  // of the region's demand
constexpr double kLeastLimitKw = 5.0;

}  // namespace

FeederPlan::FeederPlan(const FleetShape& shape, int number, int region, std::size_t intervals)
    : region_(region), random_(shape.seed * 7919ULL + static_cast<std::uint64_t>(number) + 1) {
  if (shape.devices_per_feeder == 0) return;
  const std::size_t devices = shape.devices / static_cast<std::size_t>(shape.regions);
  feeders_.assign(std::max<std::size_t>(devices / shape.devices_per_feeder, 1), Series(intervals, 0.0));
}

void FeederPlan::AddRenewable(int place, double capacity_kw, const Series& profile) {
  if (feeders_.empty()) return;
  Series& sum = feeders_[static_cast<std::size_t>(place - region_ - 1)];
  for (std::size_t t = 0; t < sum.size(); ++t) sum[t] += capacity_kw * profile[t];
}

void FeederPlan::HangBelow(Fleet& fleet) {
  if (feeders_.empty()) return;
  const std::string above = fleet.regions.back().id;
  const Series whole = fleet.regions.back().demand_kw;
  const std::size_t count = whole.size();
  std::vector<double> size(feeders_.size());
  double sizes = 0.0;
  for (double& of : size) sizes += of = random_.LogNormal(1.0, 0.25);
  Series left = whole;
  for (std::size_t f = 0; f < feeders_.size(); ++f) {
    FleetRegion feeder;
    feeder.id = absl::StrCat(above, "-F", f);
    feeder.parent = region_;
    const double phase = random_.Uniform(0.0, 2.0 * std::numbers::pi);
    for (std::size_t t = 0; t < count; ++t) {
      const double angle = 2.0 * std::numbers::pi * static_cast<double>(t) / static_cast<double>(count);
      const double demand = kShareBelow * whole[t] * size[f] / sizes * (1.0 + 0.15 * std::sin(angle - phase));
      feeder.demand_kw.push_back(std::min(demand, left[t]));
      left[t] -= feeder.demand_kw[t];
    }
    SetLimits(feeder, feeders_[f]);
    fleet.regions.push_back(std::move(feeder));
  }
  fleet.regions[static_cast<std::size_t>(region_)].demand_kw = left;
}

void FeederPlan::SetLimits(FleetRegion& feeder, const Series& renewable_kw) {
  double most_in = 0.0, most_out = 0.0;
  for (std::size_t t = 0; t < renewable_kw.size(); ++t) {
    const double net = feeder.demand_kw[t] - renewable_kw[t];
    most_in = std::max(most_in, net);
    most_out = std::max(most_out, -net);
  }
  const double in = random_.Uniform(0.6, 1.3) * most_in + kLeastLimitKw;
  const double out = random_.Uniform(0.5, 1.2) * most_out + kLeastLimitKw;
  for (std::size_t t = 0; t < renewable_kw.size(); ++t) {
    const double hour = 24.0 * (static_cast<double>(t) + 0.5) / static_cast<double>(renewable_kw.size());
    const double warm = hour > 12.0 && hour < 18.0 ? 0.9 : 1.0;  // conductors carry less in the heat of the day
    feeder.import_limit_kw.push_back(warm * in);
    feeder.export_limit_kw.push_back(warm * out);
  }
}

}  // namespace derms::dispatch::fleet::testing
