// Regions re-simulated: what flows over every connection, by adding up all that lies below it.
#include "libs/dispatch/fleet/fleet_checker_parts.h"

namespace derms::dispatch::fleet::checking {
namespace {

// Everything in a region and below it.
struct Subtree {
  Series net_kw, size_kw;  // demand - shed + over - injection; what the tolerance is measured by
  Series headroom_up_kw, headroom_down_kw;
};

class RegionJudge {
 public:
  RegionJudge(const Fleet& fleet, const std::vector<RegionFlows>& flows, const std::vector<RegionSums>& sums,
              Findings& findings)
      : fleet_(fleet), flows_(flows), sums_(sums), findings_(findings), below_(fleet.regions.size()) {
    const Series zero(fleet.intervals(), 0.0);
    for (Subtree& of : below_) of = {zero, zero, zero, zero};
    for (std::size_t r = 0; r < fleet.regions.size(); ++r) AddToAllAbove(r);
  }

  JudgedCost Run() {
    for (std::size_t r = 0; r < fleet_.regions.size(); ++r) {
      cost_.usd += sums_[r].device_cost_usd;
      cost_.terms_usd += sums_[r].cost_terms_usd;
      JudgeService(r);
      JudgeFlow(r);
      JudgeReserve(r);
      if (fleet_.regions[r].parent < 0) PayForExchange(r);
    }
    return cost_;
  }

 private:
  void AddToAllAbove(std::size_t r) {
    const RegionFlows& flows = flows_[r];
    for (int s = static_cast<int>(r); s >= 0; s = fleet_.regions[static_cast<std::size_t>(s)].parent) {
      Subtree& to = below_[static_cast<std::size_t>(s)];
      for (std::size_t t = 0; t < fleet_.intervals(); ++t) {
        const double demand = fleet_.regions[r].demand_kw[t];
        to.net_kw[t] += demand - flows.shed_kw[t] + flows.over_kw[t] - sums_[r].injection_kw[t];
        to.size_kw[t] += demand + sums_[r].most_injection_kw[t];
        to.headroom_up_kw[t] += sums_[r].headroom_up_kw[t];
        to.headroom_down_kw[t] += sums_[r].headroom_down_kw[t];
      }
    }
  }

  void Pay(double usd) {
    cost_.usd += usd;
    cost_.terms_usd += std::abs(usd);
  }

  void JudgeService(std::size_t r) {
    const FleetRegion& region = fleet_.regions[r];
    for (std::size_t t = 0; t < fleet_.intervals(); ++t) {
      const double shed = flows_[r].shed_kw[t], over = flows_[r].over_kw[t], demand = region.demand_kw[t];
      const double most = sums_[r].most_injection_kw[t];
      findings_.AtMost("shed", region.id, t, shed, demand, demand);
      findings_.AtMost("shed", region.id, t, 0.0, shed, demand);
      findings_.AtMost("over_generation", region.id, t, over, most, demand + most);
      findings_.AtMost("over_generation", region.id, t, 0.0, over, demand + most);
      Pay(fleet_.hours * shed * fleet_.value_of_lost_load_usd_per_kwh);
      Pay(fleet_.hours * over * fleet_.over_generation_price_usd_per_kwh);
    }
  }

  void JudgeFlow(std::size_t r) {
    const FleetRegion& region = fleet_.regions[r];
    for (std::size_t t = 0; t < fleet_.intervals(); ++t) {
      const double net = below_[r].net_kw[t], size = below_[r].size_kw[t];
      findings_.Equal("net_import", region.id, t, flows_[r].net_import_kw[t], net, size);
      findings_.AtMost("import_limit", region.id, t, net, region.import_limit_kw[t], size);
      findings_.AtMost("export_limit", region.id, t, -net, region.export_limit_kw[t], size);
    }
  }

  void JudgeReserve(std::size_t r) {
    const FleetRegion& region = fleet_.regions[r];
    const auto judge = [&](const char* rule, const Series& required, const Series& claimed, const Series& headroom,
                           double price) {
      for (std::size_t t = 0; t < required.size(); ++t) {
        const double short_kw = std::max(required[t] - headroom[t], 0.0);
        findings_.Equal(rule, region.id, t, claimed[t], short_kw, required[t] + std::abs(headroom[t]));
        Pay(fleet_.hours * price * short_kw);
      }
    };
    judge("reserve_up", region.reserve_up_kw, flows_[r].reserve_short_up_kw, below_[r].headroom_up_kw,
          fleet_.reserve_up_price_usd_per_kwh);
    judge("reserve_down", region.reserve_down_kw, flows_[r].reserve_short_down_kw, below_[r].headroom_down_kw,
          fleet_.reserve_down_price_usd_per_kwh);
  }

  void PayForExchange(std::size_t r) {
    const FleetRegion& region = fleet_.regions[r];
    double highest = region.peak_so_far_kw;
    for (std::size_t t = 0; t < fleet_.intervals(); ++t) {
      const double net = below_[r].net_kw[t];
      Pay(fleet_.hours * net * (net > 0.0 ? region.import_price_usd_per_kwh[t] : region.export_price_usd_per_kwh[t]));
      highest = std::max(highest, net);
    }
    Pay((highest - region.peak_so_far_kw) * region.peak_charge_usd_per_kw);
    if (region.flattening_usd_per_kwh <= 0.0) return;
    // Around the median: the upper half less the lower half.
    Series sorted = flows_[r].net_import_kw;
    std::sort(sorted.begin(), sorted.end());
    double spread = 0.0;
    for (std::size_t k = 0; k < sorted.size() / 2; ++k) spread += sorted[sorted.size() - 1 - k] - sorted[k];
    Pay(fleet_.hours * region.flattening_usd_per_kwh * spread);
  }

  const Fleet& fleet_;
  const std::vector<RegionFlows>& flows_;
  const std::vector<RegionSums>& sums_;
  Findings& findings_;
  std::vector<Subtree> below_;
  JudgedCost cost_;
};

}  // namespace

JudgedCost JudgeRegions(const Fleet& fleet, const std::vector<RegionFlows>& flows, const std::vector<RegionSums>& sums,
                        Findings& findings) {
  return RegionJudge(fleet, flows, sums, findings).Run();
}

}  // namespace derms::dispatch::fleet::checking
