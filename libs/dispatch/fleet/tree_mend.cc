#include "libs/dispatch/fleet/tree_mend.h"

#include <algorithm>
#include <map>

#include "libs/dispatch/fleet/mend_program.h"
#include "libs/dispatch/fleet/small_lp.h"

namespace derms::dispatch::fleet {
namespace {

constexpr std::size_t kMostDeviceIntervals = 4096;  // of a program
constexpr int kRounds = 3;                          // over the batches behind a connection
constexpr double kRounding = 1e-7;                  // relative to 1 kW + the size of the region

class TreeMender {
 public:
  TreeMender(const RegionModel& model, const std::vector<DeviceRun>& runs, const EngineLimits& limits,
             FleetSchedule& schedule, TreePassResult& pass)
      : model_(model), runs_(runs), limits_(limits), schedule_(schedule), pass_(pass) {}

  void Run() {
    least_kw_ = DrawsOf(/*sheds=*/true).whole_kw;
    for (std::size_t p = model_.parts.size(); p-- > 0;) {
      if (Exceeds(p)) Mend(p);
    }
  }

 private:
  const FleetRegion& RegionOf(std::size_t part) const { return model_.RegionOf(model_.parts[part]); }

  bool IsBelow(std::size_t part, std::size_t top) const {
    int at = static_cast<int>(part);
    while (at > static_cast<int>(top)) at = model_.parts[static_cast<std::size_t>(at)].parent;
    return at == static_cast<int>(top);
  }

  // By region, if all renewables run: of itself, with what those below it draw within their limits, and that within its
  // own.
  struct Draws {
    std::vector<Series> own_kw, whole_kw, limited_kw;
  };
  Draws DrawsOf(bool sheds) const {
    const std::vector<Series> none(model_.parts.size(), Series(model_.count(), 0.0));
    Draws draws{none, none, none};
    for (std::size_t p = model_.parts.size(); p-- > 0;) {
      const RegionPart& part = model_.parts[p];
      const FleetRegion& region = RegionOf(p);
      for (std::size_t t = 0; t < model_.count(); ++t) {
        double own = (sheds ? 0.0 : region.demand_kw[t]) - SumOfKinds(pass_.injection_kw[p], t) -
                     SumOfKinds(part.own.must_take_kw, t);
        for (std::size_t r : part.renewables) {
          const RenewableModel& renewable = model_.renewables[r];
          own -= model_.AvailableKw(*renewable.of, t, renewable.order.capacity_kw());
        }
        draws.own_kw[p][t] = own;
        const double whole = draws.whole_kw[p][t] += own;
        draws.limited_kw[p][t] = std::clamp(whole, -region.export_limit_kw[t], region.import_limit_kw[t]);
        if (part.parent >= 0) draws.whole_kw[static_cast<std::size_t>(part.parent)][t] += draws.limited_kw[p][t];
      }
    }
    return draws;
  }

  bool Exceeds(std::size_t part) const {
    const FleetRegion& region = RegionOf(part);
    for (std::size_t t = 0; t < model_.count(); ++t) {
      const double size = 1.0 + region.demand_kw[t] + model_.parts[part].with_below.most_injection_kw[t];
      if (least_kw_[part][t] > region.import_limit_kw[t] + kRounding * size) return true;
    }
    return false;
  }

  void Mend(std::size_t top) {
    std::vector<MendDevice> devices;
    for (const DeviceRun& run : runs_) {
      if (!IsBelow(run.part, top)) continue;
      for (std::uint32_t i = run.begin; i < run.end; ++i) devices.push_back({run.kind, run.headroom, i, run.part});
    }
    const std::size_t most = std::max<std::size_t>(kMostDeviceIntervals / model_.count(), 1);
    for (int round = 0; round < kRounds; ++round) {
      for (std::size_t begin = 0; begin < devices.size(); begin += most) {
        const std::size_t end = std::min(begin + most, devices.size());
        MoveTogether(top, {devices.begin() + static_cast<std::ptrdiff_t>(begin),
                           devices.begin() + static_cast<std::ptrdiff_t>(end)});
        if (limits_.Stop() || !Exceeds(top)) return;
      }
    }
  }

  void MoveTogether(std::size_t top, const std::vector<MendDevice>& devices) {
    std::map<std::size_t, std::size_t> place_of{{top, 0}};  // of parts, parents first
    for (const MendDevice& device : devices) {
      for (std::size_t p = device.part; p != top; p = static_cast<std::size_t>(model_.parts[p].parent)) place_of[p] = 0;
    }
    std::vector<MendRegion> regions;
    const Draws draws = DrawsOf(/*sheds=*/false);
    for (auto& [part, place] : place_of) {
      place = regions.size();
      const int above =
          part == top ? -1 : static_cast<int>(place_of.at(static_cast<std::size_t>(model_.parts[part].parent)));
      regions.push_back({above, draws.own_kw[part], &RegionOf(part)});
    }
    for (std::size_t p = top + 1; p < model_.parts.size(); ++p) {
      const auto above = place_of.find(static_cast<std::size_t>(model_.parts[p].parent));
      if (place_of.contains(p) || above == place_of.end()) continue;
      for (std::size_t t = 0; t < model_.count(); ++t) regions[above->second].need_kw[t] += draws.limited_kw[p][t];
    }
    std::vector<std::size_t> place;
    for (const MendDevice& device : devices) place.push_back(place_of.at(device.part));
    const MendProgram program(model_.fleet, regions, devices, place, schedule_);
    SmallLp lp(program.program());
    if (!lp.Solve(limits_).ok()) return;
    Enter(devices, -1.0);
    program.Write(lp.x(), schedule_);
    Enter(devices, 1.0);
    least_kw_ = DrawsOf(/*sheds=*/true).whole_kw;
  }

  void Enter(const std::vector<MendDevice>& devices, double sign) {
    for (const MendDevice& device : devices) {
      const std::span<const float> power_kw = PowersOf(schedule_, device.kind, device.index, model_.count());
      pass_.cost_usd += sign * CostOf(model_.fleet, device.kind, device.index, power_kw);
      Series& injection = pass_.injection_kw[device.part][device.headroom];
      for (std::size_t t = 0; t < model_.count(); ++t) injection[t] += sign * static_cast<double>(power_kw[t]);
    }
  }

  const RegionModel& model_;
  const std::vector<DeviceRun>& runs_;
  const EngineLimits& limits_;
  FleetSchedule& schedule_;
  TreePassResult& pass_;
  std::vector<Series> least_kw_;  // what regions draw with all load shed, before their own limits
};

}  // namespace

void MendTree(const RegionModel& model, const std::vector<DeviceRun>& runs, const EngineLimits& limits,
              FleetSchedule& schedule, TreePassResult& pass) {
  TreeMender(model, runs, limits, schedule, pass).Run();
}

}  // namespace derms::dispatch::fleet
