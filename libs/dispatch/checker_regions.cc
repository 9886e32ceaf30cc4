#include <algorithm>
#include <cmath>

#include "libs/dispatch/checker_parts.h"

namespace derms::dispatch::checking {
namespace {

bool IsWithin(const Problem& problem, int region, std::size_t subtree) {
  for (int s = region; s >= 0; s = problem.regions[static_cast<std::size_t>(s)].parent) {
    if (s == static_cast<int>(subtree)) return true;
  }
  return false;
}

// One region, judged from the devices and regions in its subtree alone.
class RegionJudge {
 public:
  RegionJudge(const Problem& problem, const Solution& solution, std::size_t region, Findings& findings)
      : problem_(problem),
        solution_(solution),
        index_(region),
        region_(problem.regions[region]),
        schedule_(solution.regions[region]),
        findings_(findings) {
    for (std::size_t s = 0; s < problem.regions.size(); ++s) {
      if (IsWithin(problem, static_cast<int>(s), region)) regions_.push_back(s);
    }
    for (std::size_t i = 0; i < problem.devices.size(); ++i) {
      if (IsWithin(problem, problem.devices[i].region, region)) devices_.push_back(i);
    }
  }

  // Device by device, not interval by interval: a fleet's schedules do not fit into the processor's caches.
  void Run() {
    SumUp();
    for (int t = 0; t < problem_.interval_count; ++t) {
      CheckOwn(t);
      CheckFlow(t);
      CheckReserve("reserve_up", region_.reserve_up_kw, schedule_.reserve_short_up_kw, up_kw_, t);
      CheckReserve("reserve_down", region_.reserve_down_kw, schedule_.reserve_short_down_kw, down_kw_, t);
    }
  }

 private:
  static double At(const Series& series, int t) { return series[static_cast<std::size_t>(t)]; }

  void SumUp() {
    for (Series* sum : {&net_kw_, &scale_kw_, &most_over_kw_, &up_kw_, &down_kw_}) {
      sum->assign(static_cast<std::size_t>(problem_.interval_count), 0.0);
    }
    for (std::size_t s : regions_) AddRegion(problem_.regions[s], solution_.regions[s]);
    for (std::size_t i : devices_) AddDevice(problem_.devices[i], solution_.devices[i]);
  }
  void AddRegion(const Region& region, const RegionSchedule& schedule) {
    for (std::size_t t = 0; t < net_kw_.size(); ++t) {
      const double demand = Or(region.demand_kw, static_cast<int>(t), 0.0);
      net_kw_[t] += demand - schedule.shed_kw[t] + schedule.over_kw[t];
      scale_kw_[t] += demand;
    }
  }
  void AddDevice(const Device& device, const DeviceSchedule& schedule) {
    const bool own = device.region == static_cast<int>(index_);
    const bool up = device.reserve_up && !region_.reserve_up_kw.empty();
    const bool down = device.reserve_down && !region_.reserve_down_kw.empty();
    for (int t = 0; t < problem_.interval_count; ++t) {
      const auto at = static_cast<std::size_t>(t);
      net_kw_[at] -= schedule.power_kw[at];
      scale_kw_[at] += std::abs(schedule.power_kw[at]);
      if (own) most_over_kw_[at] += MostInjection(problem_, device, t);
      if (up) up_kw_[at] += HeadroomUp(device, schedule, t);
      if (down) down_kw_[at] += HeadroomDown(device, schedule, t);
    }
  }

  void CheckOwn(int t) const {
    const double demand = Or(region_.demand_kw, t, 0.0), most_over = At(most_over_kw_, t);
    const double shed = At(schedule_.shed_kw, t), over = At(schedule_.over_kw, t);
    findings_.AtMost("shed", region_.id, t, shed, demand, demand);
    findings_.AtMost("shed", region_.id, t, 0.0, shed, demand);
    findings_.AtMost("over_generation", region_.id, t, over, most_over, most_over);
    findings_.AtMost("over_generation", region_.id, t, 0.0, over, most_over);
  }

  void CheckFlow(int t) const {
    const double net = At(net_kw_, t), scale = At(scale_kw_, t);
    findings_.Equal("net_import", region_.id, t, At(schedule_.net_import_kw, t), net);
    findings_.AtMost("import_limit", region_.id, t, net, Or(region_.import_limit_kw, t, kUnlimited), scale);
    findings_.AtMost("export_limit", region_.id, t, -net, Or(region_.export_limit_kw, t, kUnlimited), scale);
  }

  void CheckReserve(const char* rule, const Series& required, const Series& claimed, const Series& headroom,
                    int t) const {
    if (required.empty()) return;
    const double missing = std::max(At(required, t) - At(headroom, t), 0.0);
    const double miss = std::abs(At(claimed, t) - missing);
    findings_.AtMost(rule, region_.id, t, miss, 0.0, At(required, t) + std::abs(At(headroom, t)));
  }

  static bool IsOff(const DeviceSchedule& schedule, int t) {
    return !schedule.on.empty() && schedule.on[static_cast<std::size_t>(t)] == 0;
  }
  // What the energy in (out of) a store would carry for the time that reserve must last.
  double BackedUp(const Storage& storage, const DeviceSchedule& schedule, int t) const {
    if (problem_.reserve_hours <= 0.0) return kUnlimited;
    const double stored = At(schedule.state_of_charge_kwh, t) - storage.energy_min_kwh;
    return stored * storage.discharge_efficiency / problem_.reserve_hours;
  }
  double BackedDown(const Storage& storage, const DeviceSchedule& schedule, int t) const {
    if (problem_.reserve_hours <= 0.0) return kUnlimited;
    const double room = storage.energy_max_kwh - At(schedule.state_of_charge_kwh, t);
    return room / storage.charge_efficiency / problem_.reserve_hours;
  }

  double HeadroomUp(const Device& device, const DeviceSchedule& schedule, int t) const {
    if (std::holds_alternative<FlexibleLoad>(device.kind) || IsOff(schedule, t)) return 0.0;
    const double power = MostInjection(problem_, device, t) - At(schedule.power_kw, t);
    const auto* storage = std::get_if<Storage>(&device.kind);
    return storage == nullptr ? power : std::min(power, BackedUp(*storage, schedule, t));
  }
  double HeadroomDown(const Device& device, const DeviceSchedule& schedule, int t) const {
    if (std::holds_alternative<FlexibleLoad>(device.kind) || IsOff(schedule, t)) return 0.0;
    const double power = At(schedule.power_kw, t);
    if (const auto* storage = std::get_if<Storage>(&device.kind)) {
      return std::min(power + storage->charge_max_kw, BackedDown(*storage, schedule, t));
    }
    if (const auto* unit = std::get_if<Unit>(&device.kind)) return power - unit->min_kw;
    if (const auto* hydro = std::get_if<Hydro>(&device.kind)) return power - hydro->min_kw;
    const auto& renewable = std::get<Renewable>(device.kind);
    return power - (renewable.must_take ? problem_.at(renewable.availability_kw, t) : 0.0);
  }

  const Problem& problem_;
  const Solution& solution_;
  const std::size_t index_;
  const Region& region_;
  const RegionSchedule& schedule_;
  Findings& findings_;
  std::vector<std::size_t> regions_, devices_;  // of the subtree
  // By interval: what flows in and what it is made of, over the subtree; the largest injection of its own devices;
  // headroom of the subtree, where it is asked for.
  Series net_kw_, scale_kw_, most_over_kw_, up_kw_, down_kw_;
};

}  // namespace

void CheckRegions(const Problem& problem, const Solution& solution, Findings& findings) {
  for (std::size_t r = 0; r < problem.regions.size(); ++r) RegionJudge(problem, solution, r, findings).Run();
}

void CheckCarbon(const Problem& problem, const Solution& solution, Findings& findings) {
  if (!problem.carbon_cap_kg) return;
  const double hours = absl::ToDoubleHours(problem.interval_length);
  double kg = 0.0;
  for (int t = 0; t < problem.interval_count; ++t) {
    const auto at = static_cast<std::size_t>(t);
    for (std::size_t r = 0; r < problem.regions.size(); ++r) {
      if (problem.regions[r].parent >= 0) continue;
      const double net = solution.regions[r].net_import_kw[at];
      if (net > 0.0) kg += hours * net * Or(problem.regions[r].carbon_of_import_kg_per_kwh, t, 0.0);
    }
    for (std::size_t i = 0; i < problem.devices.size(); ++i) {
      const auto* unit = std::get_if<Unit>(&problem.devices[i].kind);
      if (unit != nullptr) kg += hours * solution.devices[i].power_kw[at] * unit->co2_kg_per_kwh;
    }
  }
  findings.AtMost("carbon_cap", "", -1, kg, *problem.carbon_cap_kg, *problem.carbon_cap_kg);
}

}  // namespace derms::dispatch::checking
