#include "libs/dispatch/schedule_scores.h"

#include <algorithm>
#include <cmath>

#include "libs/dispatch/region_tree.h"

namespace derms::dispatch {
namespace {

constexpr double kIdleKw = 1e-6;

int OneToTen(double share) {
  return 1 + static_cast<int>(std::lround(9.0 * std::clamp(share, 0.0, 1.0)));
}

class Scorer {
 public:
  Scorer(const Problem& problem, const Solution& solution)
      : problem_(problem), solution_(solution), tree_(problem.regions) {}

  std::vector<std::vector<int>> Run() {
    const auto count = static_cast<std::size_t>(problem_.interval_count);
    std::vector<Series> scarcities;
    for (std::size_t r = 0; r < problem_.regions.size(); ++r) scarcities.push_back(Scarcity(r));
    const Series largest = LargestPowers();
    std::vector<std::vector<int>> priorities;
    priorities.reserve(problem_.devices.size());
    for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
      const auto region = static_cast<std::size_t>(problem_.devices[i].region);
      auto& priority = priorities.emplace_back(count, 1);
      for (std::size_t t = 0; t < count; ++t) {
        const double power = std::abs(solution_.devices[i].power_kw[t]);
        if (power > kIdleKw) priority[t] = OneToTen(0.5 * power / largest[t] + 0.5 * scarcities[region][t]);
      }
    }
    return priorities;
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

  const Problem& problem_;
  const Solution& solution_;
  const RegionTree tree_;
};

}  // namespace

std::vector<std::vector<int>> PrioritiesOf(const Problem& problem, const Solution& solution) {
  return Scorer(problem, solution).Run();
}

}  // namespace derms::dispatch
