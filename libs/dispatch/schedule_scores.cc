#include "libs/dispatch/schedule_scores.h"

#include <algorithm>
#include <cmath>

#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/region_tree.h"

namespace derms::dispatch {
namespace {

constexpr double kIdleKw = 1e-6;
constexpr double kWeightOfMargin = 0.7;             // against the device's own calm, 0.3
constexpr double kUsualReserveShareOfDemand = 0.1;  // where a region asks for none
constexpr double kFullMargin = 2.0;                 // headroom / requirement that earns all points

int OneToTen(double share) {
  return 1 + static_cast<int>(std::lround(9.0 * std::clamp(share, 0.0, 1.0)));
}

class Scorer {
 public:
  Scorer(const Problem& problem, const Solution& solution)
      : problem_(problem), solution_(solution), tree_(problem.regions) {}

  ScheduleScores Run() {
    const auto count = static_cast<std::size_t>(problem_.interval_count);
    std::vector<Series> margins, scarcities;
    for (std::size_t r = 0; r < problem_.regions.size(); ++r) {
      scarcities.push_back(Scarcity(r));
      margins.push_back(problem_.regions[r].parent < 0 ? Margins(static_cast<int>(r)) : Series{});
    }
    const Series largest = LargestPowers();
    ScheduleScores scores;
    for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
      const Device& device = problem_.devices[i];
      const auto region = static_cast<std::size_t>(device.region);
      const auto root = static_cast<std::size_t>(tree_.root_of(device.region));
      auto& priority = scores.priority.emplace_back(count, 1);
      auto& stability = scores.grid_stability_score.emplace_back(count, 1);
      for (std::size_t t = 0; t < count; ++t) {
        const double power = std::abs(solution_.devices[i].power_kw[t]);
        if (power > kIdleKw) priority[t] = OneToTen(0.5 * power / largest[t] + 0.5 * scarcities[region][t]);
        stability[t] = OneToTen(kWeightOfMargin * margins[root][t] + (1.0 - kWeightOfMargin) * Calm(i, t));
      }
    }
    return scores;
  }

 private:
  Series LargestPowers() const {
    Series largest(static_cast<std::size_t>(problem_.interval_count), 0.0);
    for (const DeviceSchedule& schedule : solution_.devices) {
      for (std::size_t t = 0; t < largest.size(); ++t)
        largest[t] = std::max(largest[t], std::abs(schedule.power_kw[t]));
    }
    return largest;
  }

  // Share of the other intervals that are cheaper than this one; a flat price: one half.
  Series Scarcity(std::size_t region) const {
    const auto root = static_cast<std::size_t>(tree_.root_of(static_cast<int>(region)));
    const Series& shadow = solution_.regions[region].shadow_price_usd_per_kwh;
    const Series& prices = shadow.empty() ? problem_.regions[root].import_price_usd_per_kwh : shadow;
    Series sorted = prices, scarcity;
    std::sort(sorted.begin(), sorted.end());
    for (double price : prices) {
      const auto cheaper = std::lower_bound(sorted.begin(), sorted.end(), price) - sorted.begin();
      const auto equal = std::upper_bound(sorted.begin(), sorted.end(), price) - sorted.begin() - cheaper;
      scarcity.push_back((static_cast<double>(cheaper) + 0.5 * static_cast<double>(equal)) /
                         static_cast<double>(sorted.size()));
    }
    return scarcity;
  }

  // Headroom of all devices below the root against what it asks for, the worse of up and down, in [0, 1].
  Series Margins(int root) const {
    const auto count = static_cast<std::size_t>(problem_.interval_count);
    Series up(count, 0.0), down = up, demand = up;
    for (std::size_t r = 0; r < problem_.regions.size(); ++r) {
      if (tree_.root_of(static_cast<int>(r)) != root) continue;
      for (std::size_t t = 0; t < count; ++t) {
        demand[t] += ValueAt(problem_.regions[r].demand_kw, static_cast<int>(t), 0.0);
      }
    }
    for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
      const Device& device = problem_.devices[i];
      if (tree_.root_of(device.region) != root) continue;
      const DeviceSchedule& schedule = solution_.devices[i];
      for (std::size_t t = 0; t < count; ++t) {
        up[t] += HeadroomUpKw(problem_, device, schedule, static_cast<int>(t));
        down[t] += HeadroomDownKw(problem_, device, schedule, static_cast<int>(t));
      }
    }
    const Region& region = problem_.regions[static_cast<std::size_t>(root)];
    const auto margin = [](double headroom, double required) {
      return required <= 0.0 ? 1.0 : std::clamp(headroom / (kFullMargin * required), 0.0, 1.0);
    };
    Series margins(count);
    for (std::size_t t = 0; t < count; ++t) {
      const double usual = kUsualReserveShareOfDemand * demand[t];
      margins[t] = std::min(margin(up[t], ValueAt(region.reserve_up_kw, static_cast<int>(t), usual)),
                            margin(down[t], ValueAt(region.reserve_down_kw, static_cast<int>(t), usual)));
    }
    return margins;
  }

  // 1 for no change since the interval before, 0 for a change over the device's whole range.
  double Calm(std::size_t i, std::size_t t) const {
    const Device& device = problem_.devices[i];
    const Series& power = solution_.devices[i].power_kw;
    double before = power[t > 0 ? t - 1 : 0];
    const auto* unit = std::get_if<Unit>(&device.kind);
    if (t == 0 && unit != nullptr && unit->initial_kw) before = *unit->initial_kw;
    const double range = HighestOutputKw(problem_, device, static_cast<int>(t)) -
                         std::min(LowestOutputKw(problem_, device, static_cast<int>(t)), 0.0);
    const double change = std::abs(power[t] - before);
    return change <= kIdleKw ? 1.0 : 1.0 - std::min(change / std::max(range, kIdleKw), 1.0);
  }

  const Problem& problem_;
  const Solution& solution_;
  const RegionTree tree_;
};

}  // namespace

ScheduleScores ScoreSchedule(const Problem& problem, const Solution& solution) {
  return Scorer(problem, solution).Run();
}

}  // namespace derms::dispatch
