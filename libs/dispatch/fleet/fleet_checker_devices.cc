#include <string>

#include "libs/dispatch/fleet/fleet_checker_parts.h"

namespace derms::dispatch::fleet::checking {
namespace {

double D(float value) {
  return static_cast<double>(value);
}

class Simulator {
 public:
  Simulator(const Fleet& fleet, const FleetSchedule& schedule, Findings& findings)
      : fleet_(fleet),
        schedule_(schedule),
        findings_(findings),
        count_(fleet.intervals()),
        sums_(fleet.regions.size()) {
    for (RegionSums& sums : sums_) {
      sums.injection_kw.assign(count_, 0.0);
      sums.most_injection_kw = sums.headroom_up_kw = sums.headroom_down_kw = sums.injection_kw;
    }
  }

  std::vector<RegionSums> Run() {
    for (std::size_t c = 0; c < fleet_.renewables.classes.size(); ++c) RenewableClassOf(c);
    Each(fleet_.storages.groups, [this](std::size_t i, const DeviceGroup& group) { Storage(i, group); });
    Each(fleet_.units.groups, [this](std::size_t i, const DeviceGroup& group) { Unit(i, group); });
    Each(fleet_.hydros.groups, [this](std::size_t i, const DeviceGroup& group) { Hydro(i, group); });
    return std::move(sums_);
  }

 private:
  template <typename Visit>
  static void Each(const std::vector<DeviceGroup>& groups, const Visit& visit) {
    for (const DeviceGroup& group : groups) {
      for (std::size_t i = group.begin; i < group.end; ++i) visit(i, group);
    }
  }

  void Between(const char* rule, const std::string& subject, std::size_t t, double value, double low, double high) {
    const double size = std::max(std::abs(low), std::abs(high));
    findings_.AtMost(rule, subject, t, value, high, size);
    findings_.AtMost(rule, subject, t, low, value, size);
  }

  // A device's power, and between what it may lie, enters the sums of its region; headroom at most what backs it.
  void Enter(int region, Headroom headroom, std::size_t t, double power, double lowest, double highest,
             double backed_up = kUnlimited, double backed_down = kUnlimited) {
    RegionSums& sums = sums_[static_cast<std::size_t>(region)];
    sums.injection_kw[t] += power;
    sums.most_injection_kw[t] += highest;
    if ((headroom & kHeadroomUp) != 0) sums.headroom_up_kw[t] += std::min(highest - power, backed_up);
    if ((headroom & kHeadroomDown) != 0) sums.headroom_down_kw[t] += std::min(power - lowest, backed_down);
  }
  void Pay(int region, double usd) {
    RegionSums& sums = sums_[static_cast<std::size_t>(region)];
    sums.device_cost_usd += usd;
    sums.cost_terms_usd += std::abs(usd);
  }

  void RenewableClassOf(std::size_t c) {
    const Renewables& all = fleet_.renewables;
    const RenewableClass& of = all.classes[c];
    const Series& profile = fleet_.profiles[static_cast<std::size_t>(of.profile)];
    double capacity = 0.0;
    for (std::size_t i = of.begin; i < of.end; ++i) capacity += D(all.capacity_kw[i]);
    for (std::size_t t = 0; t < count_; ++t) {
      const double taken = of.must_take ? capacity : schedule_.renewable_taken_kw[c * count_ + t];
      Between("renewable_taken", "class " + std::to_string(c), t, taken, 0.0, capacity);
      double before = 0.0, taken_cost = 0.0, curtailed_cost = 0.0;
      for (std::size_t i = of.begin; i < of.end; ++i) {
        const double of_device = std::clamp(taken - before, 0.0, D(all.capacity_kw[i]));
        before += D(all.capacity_kw[i]);
        taken_cost += of_device * D(all.marginal_cost_usd_per_kwh[i]);
        curtailed_cost += (D(all.capacity_kw[i]) - of_device) * D(all.curtailment_price_usd_per_kwh[i]);
      }
      const double available = capacity * profile[t];
      Enter(of.region, of.headroom, t, std::min(taken, capacity) * profile[t], of.must_take ? available : 0.0,
            available);
      Pay(of.region, fleet_.hours * profile[t] * taken_cost);
      Pay(of.region, fleet_.hours * profile[t] * curtailed_cost);
    }
  }

  // Power that so much energy, as it passes the meter, lasts for as long as reserve must.
  double Sustained(double energy_kwh) const {
    return fleet_.reserve_hours > 0.0 ? energy_kwh / fleet_.reserve_hours : kUnlimited;
  }

  void Storage(std::size_t i, const DeviceGroup& group) {
    const Storages& s = fleet_.storages;
    const std::string subject = "storage " + std::to_string(i);
    const double keep = 1.0 - D(s.loss_per_interval[i]);
    double energy = D(s.initial_energy_kwh[i]), discharged = 0.0;
    for (std::size_t t = 0; t < count_; ++t) {
      const double power = D(schedule_.storage_kw[i * count_ + t]);
      Between("storage_power", subject, t, power, -D(s.charge_max_kw[i]), D(s.discharge_max_kw[i]));
      const double charge = std::max(-power, 0.0), discharge = std::max(power, 0.0);
      energy = keep * energy + fleet_.hours * charge * D(s.charge_efficiency[i]) -
               fleet_.hours * discharge / D(s.discharge_efficiency[i]);
      Between("storage_energy", subject, t, energy, D(s.energy_min_kwh[i]), D(s.energy_max_kwh[i]));
      discharged += fleet_.hours * discharge;
      Enter(group.region, group.headroom, t, power, -D(s.charge_max_kw[i]), D(s.discharge_max_kw[i]),
            Sustained((energy - D(s.energy_min_kwh[i])) * D(s.discharge_efficiency[i])),
            Sustained((D(s.energy_max_kwh[i]) - energy) / D(s.charge_efficiency[i])));
    }
    findings_.AtMost("final_energy", subject, count_ - 1, D(s.final_energy_min_kwh[i]), energy, D(s.energy_max_kwh[i]));
    sums_[static_cast<std::size_t>(group.region)].most_consumption_kw += D(s.charge_max_kw[i]);
    Pay(group.region, discharged * D(s.wear_usd_per_kwh[i]));
  }

  double UnitCost(std::size_t i, double power) const {
    const Units& u = fleet_.units;
    double cost = D(u.cost_at_min_usd_per_hour[i]), start = D(u.min_kw[i]);
    for (std::size_t k = u.first_piece[i]; k < u.first_piece[i + 1]; ++k) {
      const bool is_last = k + 1 == u.first_piece[i + 1];
      const double end = is_last ? kUnlimited : start + D(u.piece_kw[k]);
      cost += std::max(std::min(power, end) - start, 0.0) * D(u.piece_usd_per_kwh[k]);
      start = end;
    }
    return cost;
  }

  void Unit(std::size_t i, const DeviceGroup& group) {
    const Units& u = fleet_.units;
    const std::string subject = "unit " + std::to_string(i);
    const double max = D(u.max_kw[i]);
    double before = D(u.initial_kw[i]), cost = 0.0;
    for (std::size_t t = 0; t < count_; ++t) {
      const double power = D(schedule_.unit_kw[i * count_ + t]);
      Between("unit_output", subject, t, power, D(u.min_kw[i]), max);
      if (t > 0 || !std::isnan(before)) {
        findings_.AtMost("ramp_up", subject, t, power - before, D(u.ramp_up_kw[i]), max);
        findings_.AtMost("ramp_down", subject, t, before - power, D(u.ramp_down_kw[i]), max);
      }
      before = power;
      cost += fleet_.hours * UnitCost(i, power);
      Enter(group.region, group.headroom, t, power, D(u.min_kw[i]), max);
    }
    Pay(group.region, cost);
  }

  void Hydro(std::size_t i, const DeviceGroup& group) {
    const Hydros& h = fleet_.hydros;
    const std::string subject = "hydro " + std::to_string(i);
    const Series& profile = fleet_.profiles[static_cast<std::size_t>(h.profile[i])];
    double energy = 0.0;
    for (std::size_t t = 0; t < count_; ++t) {
      const double power = D(schedule_.hydro_kw[i * count_ + t]), available = D(h.capacity_kw[i]) * profile[t];
      Between("hydro_output", subject, t, power, D(h.min_kw[i]), available);
      energy += fleet_.hours * power;
      Enter(group.region, group.headroom, t, power, D(h.min_kw[i]), available);
    }
    findings_.AtMost("energy_budget", subject, count_ - 1, energy, D(h.energy_budget_kwh[i]),
                     D(h.energy_budget_kwh[i]));
    Pay(group.region, energy * D(h.marginal_cost_usd_per_kwh[i]));
  }

  const Fleet& fleet_;
  const FleetSchedule& schedule_;
  Findings& findings_;
  const std::size_t count_;
  std::vector<RegionSums> sums_;
};

}  // namespace

std::vector<RegionSums> SimulateDevices(const Fleet& fleet, const FleetSchedule& schedule, Findings& findings) {
  return Simulator(fleet, schedule, findings).Run();
}

}  // namespace derms::dispatch::fleet::checking
