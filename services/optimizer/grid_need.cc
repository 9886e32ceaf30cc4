#include "services/optimizer/grid_need.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "libs/dispatch/device_limits.h"
#include "libs/gridcode/profile_shelf.h"

namespace derms::optimizer {
namespace {

using dispatch::Device;
using dispatch::Series;
using gridcode::SupportNeed;

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

// Shares of rated power by interval, of a region.
struct Shares {
  Series up, down, inject, absorb;
  bool any_headroom() const { return AnyAbove0(up) || AnyAbove0(down); }
};

Shares SharesOf(const RegionConditions& conditions) {
  Shares shares;
  SupportNeed need;
  const gridcode::GridConditions* before = nullptr;
  for (const gridcode::GridConditions& at : conditions.by_interval) {
    if (before == nullptr || !(*before == at)) need = StandardCurves().NeedOf(at, {.active_kw = 1, .apparent_kva = 1});
    before = &at;
    shares.up.push_back(need.headroom_up_kw);
    shares.down.push_back(need.headroom_down_kw);
    shares.inject.push_back(need.inject_kvar);
    shares.absorb.push_back(need.absorb_kvar);
  }
  return shares;
}

// What the devices of a region itself are asked in the ratio of, and can do.
struct Strength {
  double rated_up_kw = 0, rated_down_kw = 0, apparent_kva = 0;
  Series room_up_kw, room_down_kw;  // empty: not needed
};

void AddRoom(const dispatch::Problem& problem, const Device& device, Strength& strength) {
  for (std::size_t t = 0; t < strength.room_up_kw.size(); ++t) {
    const double room_kw = RoomKw(problem, device, static_cast<int>(t));
    if (device.reserve_up) strength.room_up_kw[t] += room_kw;
    if (device.reserve_down) strength.room_down_kw[t] += room_kw;
  }
}

std::vector<Strength> StrengthsOf(const BuiltProblem& built, const std::vector<Shares>& shares) {
  std::vector<Strength> strengths(shares.size());
  const auto count = static_cast<std::size_t>(built.problem.interval_count);
  for (std::size_t r = 0; r < shares.size(); ++r) {
    if (!shares[r].any_headroom()) continue;
    strengths[r].room_up_kw.assign(count, 0);
    strengths[r].room_down_kw.assign(count, 0);
  }
  for (std::size_t i = 0; i < built.problem.devices.size(); ++i) {
    const Device& device = built.problem.devices[i];
    Strength& strength = strengths[static_cast<std::size_t>(device.region)];
    const double rated_kw = RatedKw(device);
    if (device.reserve_up) strength.rated_up_kw += rated_kw;
    if (device.reserve_down) strength.rated_down_kw += rated_kw;
    if (i < built.grid.apparent_kva.size()) strength.apparent_kva += built.grid.apparent_kva[i];
    AddRoom(built.problem, device, strength);
  }
  return strengths;
}

GridNeed OwnNeed(const Shares& shares, const Strength& strength) {
  GridNeed need;
  for (std::size_t t = 0; t < shares.up.size(); ++t) {
    const auto least = [&](double kw, const Series& room_kw) { return room_kw.empty() ? 0 : std::min(kw, room_kw[t]); };
    need.up_kw.push_back(least(shares.up[t] * strength.rated_up_kw, strength.room_up_kw));
    need.down_kw.push_back(least(shares.down[t] * strength.rated_down_kw, strength.room_down_kw));
    need.inject_kvar.push_back(shares.inject[t] * strength.apparent_kva);
    need.absorb_kvar.push_back(shares.absorb[t] * strength.apparent_kva);
  }
  return need;
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
      apparent_kva_ = built_.grid.apparent_kva[i];
      if (apparent_kva_ <= 0 || !AnyAbove0(shares())) continue;
      std::visit([this](auto& kind) { Limit(kind); }, device.kind);
    }
  }

 private:
  const Series& shares() const { return built_.grid.regions[region_].reactive_share; }
  // Most active power beside the share, kW.
  double MostKw(double share) const { return apparent_kva_ * gridcode::ActiveShareBeside(share, 1); }
  double MostOverTheHorizonKw() const { return MostKw(*std::max_element(shares().begin(), shares().end())); }

  void Limit(dispatch::Renewable& renewable) {
    const double ratio = apparent_kva_ / renewable.availability_kw.scale;
    auto& profile = renewable.availability_kw.profile;
    const auto [known, is_new] = limited_.try_emplace({profile, region_, ratio}, profile);
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
  std::map<std::tuple<int, std::size_t, double>, int> limited_;  // profile, region, kVA per kW -> profile
  std::size_t region_ = 0;
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
  std::vector<Shares> shares;
  for (const RegionConditions& of : conditions) shares.push_back(SharesOf(of));
  const std::vector<Strength> strengths = StrengthsOf(built, shares);
  built.grid.regions.assign(conditions.size(), {});
  for (std::size_t r = 0; r < conditions.size(); ++r) {
    RegionGrid& region = built.grid.regions[r];
    region.need = OwnNeed(shares[r], strengths[r]);
    for (std::size_t t = 0; t < shares[r].inject.size(); ++t) {
      region.reactive_share.push_back(std::max(shares[r].inject[t], shares[r].absorb[t]));
    }
    const int parent = built.problem.regions[r].parent;
    region.own_frequency = parent < 0 || !SameFrequency(conditions[r], conditions[static_cast<std::size_t>(parent)]);
  }
  for (std::size_t r = conditions.size(); r-- > 0;) {  // parts stand behind what they are parts of
    const int parent = built.problem.regions[r].parent;
    if (parent >= 0) Add(built.grid.regions[r].need, built.grid.regions[static_cast<std::size_t>(parent)].need);
    built.grid.regions[r].conditions = std::move(conditions[r]);
  }
}

bool AsksForReactivePower(const std::vector<RegionConditions>& conditions) {
  return std::any_of(conditions.begin(), conditions.end(), [](const RegionConditions& of) {
    const Shares shares = SharesOf(of);
    return AnyAbove0(shares.inject) || AnyAbove0(shares.absorb);
  });
}

void UseApparentRatings(const std::map<base::DerKey, double>& kva_by_der, BuiltProblem& built) {
  if (kva_by_der.empty()) return;
  for (std::size_t i = 0; i < built.grid.apparent_kva.size(); ++i) {
    if (built.grid.apparent_kva[i] <= 0) continue;
    if (const auto found = kva_by_der.find(base::DerKeyOf(built.der_ids[i])); found != kva_by_der.end()) {
      built.grid.apparent_kva[i] = found->second;
    }
  }
}

void LimitInverters(BuiltProblem& built) {
  const bool any = std::any_of(built.grid.regions.begin(), built.grid.regions.end(),
                               [](const RegionGrid& region) { return AnyAbove0(region.reactive_share); });
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
