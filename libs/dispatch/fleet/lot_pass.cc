#include "libs/dispatch/fleet/lot_pass.h"

#include <algorithm>
#include <cmath>

namespace derms::dispatch::fleet {
namespace {

constexpr double kNearPriceUsdPerKwh = 0.005;  // renewables this near to their net cost may or may not run
constexpr double kWithoutLoadToShed = 10.0;    // times the value of lost load: there is nothing else to give way
constexpr double kCurtailmentUsdPerKwh = 0.05;
constexpr double kSmallKw = 1e-6;
constexpr double kSamePrice = 1e-6;  // USD per kW
constexpr int kSweeps = 3;
// What a first answer pays at most for leaving its band: storage differs, and who can do more makes up for the others.
constexpr double kFirstBandUsdPerKwh = 0.02;

// A region of the lot, with all below it.
struct Connection {
  Series import_limit_kw, export_limit_kw;
  Series draw_kw;  // without renewables, if devices not yet scheduled keep to the plan
  Series renewable_most_kw, renewable_least_kw;
  Series price_of_excess_in, price_of_excess_out;  // USD per kW
  double storage_left = 0.0;                       // size of storage not yet scheduled

  double ExcessIn(std::size_t t) const { return draw_kw[t] - renewable_most_kw[t] - import_limit_kw[t]; }
  double ExcessOut(std::size_t t) const { return renewable_least_kw[t] - draw_kw[t] - export_limit_kw[t]; }
};

class LotRunner {
 public:
  LotRunner(const RegionModel& model, const Lot& lot, const LotOptions& options, const LotGuide& guide,
            ResponseSpace& space, FleetSchedule& schedule, bool improves)
      : model_(model),
        lot_(lot),
        guide_(guide),
        space_(space),
        schedule_(schedule),
        count_(model.count()),
        improves_(improves),
        rho_(guide.kw_per_size == nullptr && !improves ? 0.0 : model.fleet.hours * options.rho_usd_per_kwh),
        gain_(1.0 / options.diffusion_devices),
        worth_(lot.parts.size()),
        missed_(count_, 0.0),
        plan_(count_, 0.0),
        below_(count_),
        above_(count_),
        least_below_(count_, rho_),
        least_above_(count_, rho_) {
    result_.injection_kw.assign(lot.parts.size(), NoInjection(count_));
    SetWorth();
    if (lot.keeps_limits) SetConnections();
  }

  LotImproved Improve(const LotWish& wish) {
    const Series before_kw = Draw();
    Ask(wish);
    LotImproved improved{Run(), Draw()};
    for (std::size_t t = 0; t < count_; ++t) improved.more_draw_kw[t] -= before_kw[t];
    return improved;
  }

  LotResult Run() {
    for (std::size_t number = 0; number < lot_.devices.size(); ++number) Schedule(number);
    for (int sweep = 0; sweep < kSweeps && Excess() > kSmallKw; ++sweep) Sweep(/*whole_excess=*/sweep + 1 == kSweeps);
    return std::move(result_);
  }

 private:
  // From above; renewables that may or may not run make it as small as they can.
  Series Draw() const {
    const Connection& top = connections_[0];
    Series draw(count_);
    for (std::size_t t = 0; t < count_; ++t) {
      const double least = top.draw_kw[t] - top.renewable_most_kw[t], most = top.draw_kw[t] - top.renewable_least_kw[t];
      draw[t] = std::clamp(std::clamp(0.0, least, most), -top.export_limit_kw[t], top.import_limit_kw[t]);
    }
    return draw;
  }

  void Ask(const LotWish& wish) {
    for (std::size_t t = 0; t < count_; ++t) {
      missed_[t] = AskedFor(wish, t);
      if (missed_[t] > 0.0) least_below_[t] = std::max(rho_, wish.pull_usd_per_kw);
      if (missed_[t] < 0.0) least_above_[t] = std::max(rho_, wish.pull_usd_per_kw);
    }
  }

  // A limit with a price is to be met, from both sides.
  double AskedFor(const LotWish& wish, std::size_t t) const {
    const Connection& top = connections_[0];
    const double limit_price = worth_[0][kNoHeadroom][t] - wish.price_usd_per_kw[t];
    if (limit_price > kSamePrice) return top.ExcessIn(t);
    if (limit_price >= -kSamePrice) return wish.more_kw[t];
    if (top.ExcessOut(t) > 0.0) return -top.ExcessOut(t);
    return std::max(top.draw_kw[t] - top.renewable_most_kw[t] + top.export_limit_kw[t], 0.0);
  }

  // News reach a lot with limits from the pool above it: its own prices are those that its limits give it.
  void SetWorth() {
    const RegionPart& top = model_.parts[lot_.parts[0]];
    const std::size_t pool = lot_.keeps_limits ? model_.parts[static_cast<std::size_t>(top.parent)].pool : top.pool;
    for (std::size_t place = 0; place < lot_.parts.size(); ++place) {
      for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
        worth_[place][kind] = (*guide_.worth)(lot_.parts[place], static_cast<Headroom>(kind));
        if (guide_.news == nullptr) continue;
        for (std::size_t t = 0; t < count_; ++t) worth_[place][kind][t] += (*guide_.news)[pool][kind][t];
      }
    }
  }

  void SetConnections() {
    connections_.resize(lot_.parts.size());
    for (std::size_t place = lot_.parts.size(); place-- > 0;) {
      SetConnection(place);
      if (lot_.above[place] >= 0)
        AddBelow(connections_[place], connections_[static_cast<std::size_t>(lot_.above[place])]);
    }
    for (std::size_t place = 0; place < lot_.parts.size(); ++place) SetPricesOfExcess(place);
    for (std::size_t number = 0; number < lot_.devices.size(); ++number) {
      const LotDevice& device = lot_.devices[number];
      PlanOf(number);
      ForConnectionsOf(device, [&](Connection& connection) {
        if (device.kind == DeviceKind::kStorage) connection.storage_left += SizeOf(device);
        for (std::size_t t = 0; t < count_; ++t) connection.draw_kw[t] -= plan_[t];
      });
    }
  }

  // Of the region itself, added to what regions below it have already entered.
  void SetConnection(std::size_t place) {
    Connection& to = connections_[place];
    const RegionPart& part = model_.parts[lot_.parts[place]];
    const FleetRegion& region = model_.RegionOf(part);
    to.import_limit_kw = region.import_limit_kw;
    to.export_limit_kw = region.export_limit_kw;
    for (Series* series : {&to.draw_kw, &to.renewable_most_kw, &to.renewable_least_kw}) series->resize(count_);
    for (std::size_t t = 0; t < count_; ++t) {
      to.draw_kw[t] += region.demand_kw[t] - SumOfKinds(part.own.must_take_kw, t);
    }
    for (std::size_t r : part.renewables) {
      const RenewableModel& renewable = model_.renewables[r];
      const Series& worth = worth_[place][renewable.of->headroom];
      for (std::size_t t = 0; t < count_; ++t) {
        const double price = worth[t] / model_.fleet.hours;
        const auto taken = [&](double at) { return model_.AvailableKw(*renewable.of, t, renewable.order.TakenAt(at)); };
        to.renewable_most_kw[t] += taken(price + kNearPriceUsdPerKwh);
        to.renewable_least_kw[t] += taken(price - kNearPriceUsdPerKwh);
      }
    }
  }

  void AddBelow(const Connection& from, Connection& to) const {
    const auto add = [this](const Series& part, Series& sum) {
      sum.resize(count_);
      for (std::size_t t = 0; t < count_; ++t) sum[t] += part[t];
    };
    add(from.draw_kw, to.draw_kw);
    add(from.renewable_most_kw, to.renewable_most_kw);
    add(from.renewable_least_kw, to.renewable_least_kw);
  }

  // Beyond the limits load is shed on the way in; on the way out renewables are curtailed, else energy thrown away.
  void SetPricesOfExcess(std::size_t place) {
    Connection& to = connections_[place];
    const Fleet& fleet = model_.fleet;
    const FleetRegion& region = model_.RegionOf(model_.parts[lot_.parts[place]]);
    for (std::size_t t = 0; t < count_; ++t) {
      const double worth = worth_[place][kNoHeadroom][t];
      const double lost = fleet.value_of_lost_load_usd_per_kwh * (region.demand_kw[t] > 0.0 ? 1.0 : kWithoutLoadToShed);
      const double over =
          to.renewable_least_kw[t] > 0.0 ? kCurtailmentUsdPerKwh : fleet.over_generation_price_usd_per_kwh;
      to.price_of_excess_in.push_back(std::max(fleet.hours * lost - worth, rho_));
      to.price_of_excess_out.push_back(std::max(fleet.hours * over + worth, rho_));
    }
  }

  template <typename Visit>
  void ForConnectionsOf(const LotDevice& device, const Visit& visit) {
    if (connections_.empty()) return;
    for (int place = static_cast<int>(device.place); place >= 0; place = lot_.above[static_cast<std::size_t>(place)]) {
      visit(connections_[static_cast<std::size_t>(place)]);
    }
  }

  double SizeOf(const LotDevice& device) const { return DeviceSize(model_.fleet, device.kind, device.index); }
  // Into plan_.
  void PlanOf(std::size_t number) {
    const LotDevice& device = lot_.devices[number];
    if (improves_) {
      const std::span<const float> powers = PowersOf(schedule_, device.kind, device.index, count_);
      std::copy(powers.begin(), powers.end(), plan_.begin());
      return;
    }
    if (guide_.kw_per_size == nullptr) return;
    const double size = SizeOf(device);
    const Series& now = (*guide_.kw_per_size)[device.cluster];
    if (guide_.own == nullptr || guide_.own->kw_per_size.empty()) {
      for (std::size_t t = 0; t < count_; ++t) plan_[t] = size * now[t];
      return;
    }
    const Series& own = guide_.own->kw_per_size[guide_.own->virtual_of[number]];
    const Series& first = (*guide_.first_kw_per_size)[device.cluster];
    for (std::size_t t = 0; t < count_; ++t) plan_[t] = size * (own[t] + now[t] - first[t]);
  }

  void Schedule(std::size_t number) {
    const LotDevice& device = lot_.devices[number];
    PlanOf(number);
    for (std::size_t t = 0; t < count_; ++t) {
      space_.wish_kw[t] = plan_[t] + (device.kind == DeviceKind::kStorage ? gain_ * missed_[t] : 0.0);
    }
    const double before = improves_ ? CostOf(model_.fleet, device.kind, device.index,
                                             PowersOf(schedule_, device.kind, device.index, count_))
                                    : 0.0;
    Enter(device, Answer(device, /*whole_excess=*/false, FirstBandPrice()) - before);
    if (device.kind != DeviceKind::kStorage) return;
    ForConnectionsOf(device, [&](Connection& connection) { connection.storage_left -= SizeOf(device); });
  }

  // The device's answer to prices near the wish, in space_.power_kw; returns its cost.
  double Answer(const LotDevice& device, bool whole_excess, double most_band_price) {
    const Fleet& fleet = model_.fleet;
    const Series& worth = worth_[device.place][device.headroom];
    below_ = least_below_;
    above_ = least_above_;
    switch (device.kind) {
      case DeviceKind::kUnit:
        return space_.unit.SolveNear(UnitTerms::Of(fleet.units, device.index), worth, {space_.wish_kw, below_, above_},
                                     space_.power_kw);
      case DeviceKind::kHydro:
        return space_.hydro.SolveNear(HydroTerms::Of(fleet, device.index), worth, space_.wish_kw, rho_,
                                      space_.power_kw);
      case DeviceKind::kStorage:
        break;
    }
    ForConnectionsOf(device, [&](const Connection& connection) {
      HoldWithin(connection, whole_excess ? 1.0 : SizeOf(device) / std::max(connection.storage_left, 1e-9),
                 most_band_price);
    });
    return space_.storage.SolveNear(StorageTerms::Of(fleet.storages, device.index), worth,
                                    {space_.wish_kw, below_, above_}, space_.power_kw);
  }

  // Brings the wish into the band that the connection leaves this device, which answers for `share` of an excess.
  void HoldWithin(const Connection& connection, double share, double most_price) {
    for (std::size_t t = 0; t < count_; ++t) {
      const double in = connection.ExcessIn(t), out = connection.ExcessOut(t);
      const double least = plan_[t] + (in > 0.0 ? share * in : in);
      const double most = std::max(plan_[t] - (out > 0.0 ? share * out : out), least);
      double& wish = space_.wish_kw[t];
      if (wish <= least) {
        wish = least;
        below_[t] = std::max(below_[t], std::min(connection.price_of_excess_in[t], most_price));
      }
      if (wish >= most) {
        wish = most;
        above_[t] = std::max(above_[t], std::min(connection.price_of_excess_out[t], most_price));
      }
    }
  }

  void Enter(const LotDevice& device, double cost) {
    const std::span<float> to = PowersOf(schedule_, device.kind, device.index, count_);
    Series& injection = result_.injection_kw[device.place][device.headroom];
    for (std::size_t t = 0; t < count_; ++t) {
      to[t] = static_cast<float>(space_.power_kw[t]);
      const double power = to[t], beyond_plan = power - plan_[t];
      injection[t] += power;
      missed_[t] -= beyond_plan;
      ForConnectionsOf(device, [&](Connection& connection) { connection.draw_kw[t] -= beyond_plan; });
    }
    result_.cost_usd += cost;
  }

  double Excess() const {
    double most = 0.0;
    for (const Connection& connection : connections_) {
      for (std::size_t t = 0; t < count_; ++t) most = std::max({most, connection.ExcessIn(t), connection.ExcessOut(t)});
    }
    return most;
  }

  double FirstBandPrice() const {
    return guide_.kw_per_size == nullptr && !improves_ ? kUnlimited : model_.fleet.hours * kFirstBandUsdPerKwh;
  }

  // Every storage again, with the others as they are: what it did is its plan.
  void Sweep(bool whole_excess) {
    for (const LotDevice& device : lot_.devices) {
      if (device.kind != DeviceKind::kStorage) continue;
      ForConnectionsOf(device, [&](Connection& connection) { connection.storage_left += SizeOf(device); });
    }
    for (const LotDevice& device : lot_.devices) {
      if (device.kind != DeviceKind::kStorage) continue;
      if (Excess() <= kSmallKw) return;
      const std::span<float> powers = PowersOf(schedule_, device.kind, device.index, count_);
      const double cost_before = CostOf(model_.fleet, device.kind, device.index, powers);
      Series& injection = result_.injection_kw[device.place][device.headroom];
      for (std::size_t t = 0; t < count_; ++t) {
        space_.wish_kw[t] = plan_[t] = powers[t];
        injection[t] -= plan_[t];
      }
      Enter(device, Answer(device, whole_excess, kUnlimited) - cost_before);
      ForConnectionsOf(device, [&](Connection& connection) { connection.storage_left -= SizeOf(device); });
    }
  }

  const RegionModel& model_;
  const Lot& lot_;
  const LotGuide& guide_;
  ResponseSpace& space_;
  FleetSchedule& schedule_;
  const std::size_t count_;
  const bool improves_;  // the lot is scheduled
  const double rho_, gain_;
  std::vector<std::array<Series, kHeadroomKinds>> worth_;  // by place
  std::vector<Connection> connections_;                    // by place; empty: no limits to keep
  Series missed_, plan_, below_, above_, least_below_, least_above_;
  LotResult result_;
};

}  // namespace

LotResult RunLot(const RegionModel& model, const Lot& lot, const LotOptions& options, const LotGuide& guide,
                 ResponseSpace& space, FleetSchedule& schedule) {
  return LotRunner(model, lot, options, guide, space, schedule, /*improves=*/false).Run();
}

LotImproved ImproveLot(const RegionModel& model, const Lot& lot, const LotOptions& options, const LotWish& wish,
                       ResponseSpace& space, FleetSchedule& schedule) {
  return LotRunner(model, lot, options, {.worth = wish.worth}, space, schedule, /*improves=*/true).Improve(wish);
}

}  // namespace derms::dispatch::fleet
