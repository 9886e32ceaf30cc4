#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "libs/dispatch/checker_parts.h"

namespace derms::dispatch::checking {
namespace {

class DeviceJudge {
 public:
  DeviceJudge(const Problem& problem, const Device& device, const DeviceSchedule& schedule, Findings& findings)
      : problem_(problem), id_(device.id), schedule_(schedule), findings_(findings) {}

  void operator()(const Renewable& renewable) const {
    for (int t = 0; t < problem_.interval_count; ++t) {
      const double available = problem_.at(renewable.availability_kw, t), power = At(schedule_.power_kw, t);
      Between("availability", t, power, renewable.must_take ? available : 0.0, available);
      findings_.Equal("curtailed", id_, t, At(schedule_.curtailed_kw, t), available - power);
    }
  }

  void operator()(const Storage& storage) const {
    const double hours = absl::ToDoubleHours(problem_.interval_length);
    const double left = std::pow(1.0 - storage.standing_loss_per_hour, hours);
    double energy = storage.initial_energy_kwh;
    for (int t = 0; t < problem_.interval_count; ++t) {
      const double charge = At(schedule_.charge_kw, t), discharge = At(schedule_.discharge_kw, t);
      Between("storage_power", t, charge, 0.0, storage.charge_max_kw);
      Between("storage_power", t, discharge, 0.0, storage.discharge_max_kw);
      findings_.Equal("storage_net_power", id_, t, At(schedule_.power_kw, t), discharge - charge);
      if (storage.one_direction) {
        findings_.AtMost("one_direction", id_, t, std::min(charge, discharge), 0.0, storage.charge_max_kw);
      }
      energy =
          left * energy + hours * storage.charge_efficiency * charge - hours * discharge / storage.discharge_efficiency;
      if (storage.inflow_kw) {
        const double inflow = problem_.at(*storage.inflow_kw, t), spilled = At(schedule_.spilled_kw, t);
        Between("spilled", t, spilled, 0.0, inflow);
        energy += hours * (inflow - spilled);
      }
      findings_.Equal("state_of_charge", id_, t, At(schedule_.state_of_charge_kwh, t), energy);
      Between("storage_energy", t, energy, storage.energy_min_kwh, storage.energy_max_kwh);
      for (const EnergyTarget& target : storage.targets) {
        if (target.interval != t) continue;
        findings_.AtMost("energy_target", id_, t, target.at_least_kwh, energy, storage.energy_max_kwh);
        findings_.AtMost("energy_target", id_, t, energy, target.at_most_kwh, storage.energy_max_kwh);
      }
    }
    findings_.AtMost("final_energy", id_, -1, storage.final_energy_min_kwh, energy, storage.energy_max_kwh);
  }

  void operator()(const Unit&) const {}  // checker_unit.cc

  void operator()(const FlexibleLoad& load) const {
    const int end = load.window.end == 0 ? problem_.interval_count : load.window.end;
    double energy = 0.0;
    int starts = 0;
    bool was_on = false;
    for (int t = 0; t < problem_.interval_count; ++t) {
      const double consumption = -At(schedule_.power_kw, t);
      const bool inside = t >= load.window.first && t < end;
      const bool on = inside && (load.min_kw <= 0.0 || schedule_.on[static_cast<std::size_t>(t)] != 0);
      if (!inside && load.min_kw > 0.0 && schedule_.on[static_cast<std::size_t>(t)] != 0) {
        findings_.Add("load_window", id_, t, 1, "on outside its window");
      }
      const char* rule = on ? "load_power" : (inside ? "load_off" : "load_window");
      Between(rule, t, consumption, on ? load.min_kw : 0.0, on ? load.max_kw : 0.0);
      starts += on && !was_on ? 1 : 0;
      was_on = on;
      energy += absl::ToDoubleHours(problem_.interval_length) * consumption;
    }
    if (load.contiguous && starts > 1) findings_.Add("contiguous", id_, -1, starts - 1, "runs in more than one piece");
    findings_.Equal("delivered_energy", id_, -1, energy + schedule_.undelivered_kwh, load.energy_kwh);
    const double most = load.undelivered_usd_per_kwh ? load.energy_kwh : 0.0;
    findings_.AtMost("undelivered", id_, -1, schedule_.undelivered_kwh, most, load.energy_kwh);
    findings_.AtMost("undelivered", id_, -1, 0.0, schedule_.undelivered_kwh, load.energy_kwh);
  }

  void operator()(const Hydro& hydro) const {
    double energy = 0.0;
    for (int t = 0; t < problem_.interval_count; ++t) {
      Between("availability", t, At(schedule_.power_kw, t), hydro.min_kw, problem_.at(hydro.availability_kw, t));
      energy += absl::ToDoubleHours(problem_.interval_length) * At(schedule_.power_kw, t);
    }
    if (hydro.energy_budget_kwh) {
      findings_.AtMost("energy_budget", id_, -1, energy, *hydro.energy_budget_kwh, *hydro.energy_budget_kwh);
    }
    for (const PeriodBudget& budget : hydro.period_budgets) {
      double in_period = 0.0;
      for (int t = budget.intervals.first; t < budget.intervals.end; ++t) {
        in_period += absl::ToDoubleHours(problem_.interval_length) * At(schedule_.power_kw, t);
      }
      const int last = budget.intervals.end - 1;
      findings_.AtMost("period_budget", id_, last, in_period, budget.energy_kwh, budget.energy_kwh);
    }
  }

 private:
  static double At(const Series& series, int t) { return series[static_cast<std::size_t>(t)]; }

  void Between(const char* rule, int t, double value, double low, double high) const {
    findings_.AtMost(rule, id_, t, value, high, high);
    findings_.AtMost(rule, id_, t, low, value, high);
  }

  const Problem& problem_;
  const std::string& id_;
  const DeviceSchedule& schedule_;
  Findings& findings_;
};

}  // namespace

double MostInjection(const Problem& problem, const Device& device, int t) {
  if (const auto* renewable = std::get_if<Renewable>(&device.kind)) return problem.at(renewable->availability_kw, t);
  if (const auto* storage = std::get_if<Storage>(&device.kind)) return storage->discharge_max_kw;
  if (const auto* hydro = std::get_if<Hydro>(&device.kind)) return problem.at(hydro->availability_kw, t);
  if (const auto* unit = std::get_if<Unit>(&device.kind)) return unit->max_kw;
  return 0.0;
}

double MostConsumption(const Problem& problem, const Device& device, int t) {
  if (const auto* storage = std::get_if<Storage>(&device.kind)) return storage->charge_max_kw;
  const auto* load = std::get_if<FlexibleLoad>(&device.kind);
  if (load == nullptr) return 0.0;
  const int end = load->window.end == 0 ? problem.interval_count : load->window.end;
  return t >= load->window.first && t < end ? load->max_kw : 0.0;
}

EnergyBox EnergyBoxOf(const Problem& problem, const Storage& storage, int t) {
  EnergyBox box{storage.energy_min_kwh, storage.energy_max_kwh};
  if (t + 1 == problem.interval_count) box.least_kwh = std::max(box.least_kwh, storage.final_energy_min_kwh);
  for (const EnergyTarget& target : storage.targets) {
    if (target.interval != t) continue;
    box.least_kwh = std::max(box.least_kwh, target.at_least_kwh);
    box.most_kwh = std::min(box.most_kwh, target.at_most_kwh);
  }
  return box;
}

void CheckDevices(const Problem& problem, const Solution& solution, Findings& findings) {
  for (std::size_t i = 0; i < problem.devices.size(); ++i) {
    std::visit(DeviceJudge(problem, problem.devices[i], solution.devices[i], findings), problem.devices[i].kind);
    if (std::holds_alternative<Unit>(problem.devices[i].kind)) {
      CheckUnit(problem, problem.devices[i], solution.devices[i], findings);
    }
  }
}

}  // namespace derms::dispatch::checking
