#include "services/optimizer/grid_need.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "libs/dispatch/device_limits.h"
#include "libs/gridcode/profile_shelf.h"

namespace derms::optimizer {
namespace {

using dispatch::Device;
using dispatch::Series;

bool AnyAbove0(const Series& series) {
  return std::any_of(series.begin(), series.end(), [](double value) { return value > 0; });
}

double RatedKw(const Device& device) {
  return std::visit(dispatch::Overloaded{
                        [](const dispatch::Renewable& r) { return r.availability_kw.scale; },
                        [](const dispatch::Storage& s) { return s.discharge_max_kw; },
                        [](const dispatch::Unit& u) { return u.max_kw; },
                        [](const dispatch::Hydro& h) { return h.availability_kw.scale; },
                        [](const dispatch::FlexibleLoad&) { return 0.0; },
                    },
                    device.kind);
}

// Most headroom that it can have either way.
double RoomKw(const dispatch::Problem& problem, const Device& device, int interval) {
  if (std::holds_alternative<dispatch::FlexibleLoad>(device.kind)) return 0;
  if (const auto* unit = std::get_if<dispatch::Unit>(&device.kind)) return unit->max_kw - unit->min_kw;
  return HighestOutputKw(problem, device, interval) - LowestOutputKw(problem, device, interval);
}

// The devices of each region itself, added up.
std::vector<gridcode::RespondingFleet> FleetsOf(const BuiltProblem& built) {
  std::vector<gridcode::RespondingFleet> fleets(built.problem.regions.size());
  for (std::size_t i = 0; i < built.problem.devices.size(); ++i) {
    const Device& device = built.problem.devices[i];
    const double rated_kw = RatedKw(device);
    fleets[static_cast<std::size_t>(device.region)].Add(
        built.grid.CurveOf(i), {.up_kw = device.reserve_up ? rated_kw : 0,
                                .down_kw = device.reserve_down ? rated_kw : 0,
                                .apparent_kva = i < built.grid.apparent_kva.size() ? built.grid.apparent_kva[i] : 0});
  }
  return fleets;
}

GridNeed NeedOf(const GridState& grid, const RegionConditions& conditions, const gridcode::RespondingFleet& fleet) {
  GridNeed need;
  gridcode::SupportNeed at_once;
  const gridcode::GridConditions* before = nullptr;
  for (const gridcode::GridConditions& at : conditions.by_interval) {
    if (before == nullptr || !(*before == at)) at_once = fleet.NeedOf(at, grid.curves);
    before = &at;
    need.up_kw.push_back(at_once.headroom_up_kw);
    need.down_kw.push_back(at_once.headroom_down_kw);
    need.inject_kvar.push_back(at_once.inject_kvar);
    need.absorb_kvar.push_back(at_once.absorb_kvar);
  }
  return need;
}

// Headroom that is needed is at most what the devices of the region can move in the interval.
void LimitToRoom(const dispatch::Problem& problem, std::vector<RegionGrid>& regions) {
  struct Room {
    Series up_kw, down_kw;  // empty: not needed
  };
  std::vector<Room> rooms(regions.size());
  const auto count = static_cast<std::size_t>(problem.interval_count);
  for (std::size_t r = 0; r < regions.size(); ++r) {
    if (AnyAbove0(regions[r].need.up_kw) || AnyAbove0(regions[r].need.down_kw))
      rooms[r] = {Series(count), Series(count)};
  }
  for (const Device& device : problem.devices) {
    Room& room = rooms[static_cast<std::size_t>(device.region)];
    for (std::size_t t = 0; t < room.up_kw.size(); ++t) {
      const double room_kw = RoomKw(problem, device, static_cast<int>(t));
      if (device.reserve_up) room.up_kw[t] += room_kw;
      if (device.reserve_down) room.down_kw[t] += room_kw;
    }
  }
  for (std::size_t r = 0; r < regions.size(); ++r) {
    GridNeed& need = regions[r].need;
    for (std::size_t t = 0; t < rooms[r].up_kw.size(); ++t) {
      need.up_kw[t] = std::min(need.up_kw[t], rooms[r].up_kw[t]);
      need.down_kw[t] = std::min(need.down_kw[t], rooms[r].down_kw[t]);
    }
  }
}

void Add(const GridNeed& more, GridNeed& need) {
  for (const auto member : {&GridNeed::up_kw, &GridNeed::down_kw, &GridNeed::inject_kvar, &GridNeed::absorb_kvar}) {
    for (std::size_t t = 0; t < (need.*member).size(); ++t) (need.*member)[t] += (more.*member)[t];
  }
}

bool SameFrequency(const RegionConditions& a, const RegionConditions& b) {
  for (std::size_t t = 0; t < a.by_interval.size(); ++t) {
    const auto &at = a.by_interval[t], &bt = b.by_interval[t];
    if (at.lowest_hz != bt.lowest_hz || at.highest_hz != bt.highest_hz) return false;
  }
  return true;
}

// Gives inverters limits that leave room for reactive power.
class Limiter {
 public:
  explicit Limiter(BuiltProblem& built) : built_(built), problem_(built.problem) {}

  void Run() {
    for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
      Device& device = problem_.devices[i];
      region_ = static_cast<std::size_t>(device.region);
      curve_ = built_.grid.CurveOf(i);
      apparent_kva_ = built_.grid.apparent_kva[i];
      if (apparent_kva_ <= 0) continue;
      shares_ = &SharesOf(region_, curve_);
      if (shares_->empty()) continue;
      std::visit([this](auto& kind) { Limit(kind); }, device.kind);
    }
  }

 private:
  const Series& shares() const { return *shares_; }

  // What a curve asks of each kVA in a region, by interval; empty: nothing.
  const Series& SharesOf(std::size_t region, std::size_t curve) {
    const auto [known, is_new] = shares_of_.try_emplace({region, curve});
    if (!is_new) return known->second;
    Series shares;
    for (const gridcode::GridConditions& at : built_.grid.regions[region].conditions.by_interval) {
      const gridcode::SupportNeed need = built_.grid.curves[curve].NeedOf(at, {.apparent_kva = 1});
      shares.push_back(std::max(need.inject_kvar, need.absorb_kvar));
    }
    if (AnyAbove0(shares)) known->second = std::move(shares);
    return known->second;
  }

  // Most active power beside the share, kW.
  double MostKw(double share) const { return apparent_kva_ * gridcode::ActiveShareBeside(share, 1); }
  double MostOverTheHorizonKw() const { return MostKw(*std::max_element(shares().begin(), shares().end())); }

  void Limit(dispatch::Renewable& renewable) {
    const double ratio = apparent_kva_ / renewable.availability_kw.scale;
    auto& profile = renewable.availability_kw.profile;
    const auto [known, is_new] = limited_.try_emplace({profile, region_, curve_, ratio}, profile);
    if (is_new) known->second = LimitedProfile(profile, ratio);
    profile = known->second;
  }

  // The same one where nothing is above the limit.
  int LimitedProfile(int profile, double ratio) {
    Series limited = problem_.profiles[static_cast<std::size_t>(profile)];
    bool changed = false;
    for (std::size_t t = 0; t < limited.size(); ++t) {
      const double most = ratio * gridcode::ActiveShareBeside(shares()[t], 1);
      changed = changed || limited[t] > most;
      limited[t] = std::min(limited[t], most);
    }
    if (!changed) return profile;
    problem_.profiles.push_back(std::move(limited));
    built_.profile_series.push_back(std::string(built_.profile_series[static_cast<std::size_t>(profile)]));
    return static_cast<int>(problem_.profiles.size()) - 1;
  }

  void Limit(dispatch::Storage& storage) const {
    const double most_kw = MostOverTheHorizonKw();
    storage.discharge_max_kw = std::min(storage.discharge_max_kw, most_kw);
    const double charge_kw = std::min(storage.charge_max_kw, most_kw);
    const double per_interval_kwh = problem_.hours() * storage.charge_efficiency * charge_kw;
    const bool reaches_end =
        storage.initial_energy_kwh + problem_.interval_count * per_interval_kwh > storage.final_energy_min_kwh;
    const bool reaches_least = storage.initial_energy_kwh + per_interval_kwh > storage.energy_min_kwh;
    if (reaches_end && reaches_least) storage.charge_max_kw = charge_kw;
  }

  void Limit(dispatch::Unit& unit) const {
    const double most_kw = std::max(MostOverTheHorizonKw(), unit.min_kw);
    if (most_kw >= unit.max_kw) return;
    if (unit.initial_kw && *unit.initial_kw > most_kw) {
      if (*unit.initial_kw - RampDownKw(unit, problem_.hours()) > most_kw) return;
      unit.initial_kw = most_kw;  // where it can be in the first interval
    }
    unit.max_kw = most_kw;
  }

  void Limit(dispatch::Hydro&) const {}
  void Limit(dispatch::FlexibleLoad&) const {}

  BuiltProblem& built_;
  dispatch::Problem& problem_;
  std::map<std::tuple<int, std::size_t, std::size_t, double>, int> limited_;  // profile, region, curve, kVA per kW
  std::map<std::pair<std::size_t, std::size_t>, Series> shares_of_;           // region, curve
  const Series* shares_ = nullptr;
  std::size_t region_ = 0, curve_ = 0;
  double apparent_kva_ = 0;
};

void AddTo(const Series& need, Series& reserve) {
  if (!AnyAbove0(need)) return;
  reserve.resize(need.size(), 0);
  for (std::size_t t = 0; t < need.size(); ++t) reserve[t] += need[t];
}

}  // namespace

const gridcode::StabilityCurves& StandardCurves() {
  static const gridcode::ProfileShelf shelf;
  static const gridcode::StabilityCurves curves(shelf.Default(),
                                                {gridcode::NormalCategory::kB, gridcode::AbnormalCategory::kIII});
  return curves;
}

void FindGridNeed(std::vector<RegionConditions> conditions, BuiltProblem& built) {
  const std::vector<gridcode::RespondingFleet> fleets = FleetsOf(built);
  built.grid.regions.assign(conditions.size(), {});
  for (std::size_t r = 0; r < conditions.size(); ++r) {
    RegionGrid& region = built.grid.regions[r];
    region.need = NeedOf(built.grid, conditions[r], fleets[r]);
    const int parent = built.problem.regions[r].parent;
    region.own_frequency = parent < 0 || !SameFrequency(conditions[r], conditions[static_cast<std::size_t>(parent)]);
  }
  LimitToRoom(built.problem, built.grid.regions);
  for (std::size_t r = conditions.size(); r-- > 0;) {  // parts stand behind what they are parts of
    const int parent = built.problem.regions[r].parent;
    if (parent >= 0) Add(built.grid.regions[r].need, built.grid.regions[static_cast<std::size_t>(parent)].need);
    built.grid.regions[r].conditions = std::move(conditions[r]);
  }
}

void LimitInverters(BuiltProblem& built) {
  const bool any = std::any_of(built.grid.regions.begin(), built.grid.regions.end(), [](const RegionGrid& region) {
    return AnyAbove0(region.need.inject_kvar) || AnyAbove0(region.need.absorb_kvar);
  });
  if (any) Limiter(built).Run();
}

void AskForHeadroom(BuiltProblem& built) {
  built.grid.asked = true;
  for (std::size_t r = 0; r < built.grid.regions.size(); ++r) {
    const RegionGrid& region = built.grid.regions[r];
    if (!region.own_frequency) continue;
    AddTo(region.need.up_kw, built.problem.regions[r].reserve_up_kw);
    AddTo(region.need.down_kw, built.problem.regions[r].reserve_down_kw);
    if (r > 0 || !built.robust) continue;
    AddTo(region.need.up_kw, built.robust->before.up_kw);  // what security costs is not what the grid needs
    AddTo(region.need.down_kw, built.robust->before.down_kw);
  }
}

}  // namespace derms::optimizer
