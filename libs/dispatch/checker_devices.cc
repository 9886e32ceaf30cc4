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
      findings_.Equal("state_of_charge", id_, t, At(schedule_.state_of_charge_kwh, t), energy);
      Between("storage_energy", t, energy, storage.energy_min_kwh, storage.energy_max_kwh);
    }
    findings_.AtMost("final_energy", id_, -1, storage.final_energy_min_kwh, energy, storage.energy_max_kwh);
  }

  void operator()(const Unit& unit) const {
    double before = unit.initial_kw.value_or(0.0);
    bool was_on = unit.committable ? before > 0.0 : true;
    for (int t = 0; t < problem_.interval_count; ++t) {
      const bool on = !unit.committable || schedule_.on[static_cast<std::size_t>(t)] != 0;
      const double power = At(schedule_.power_kw, t);
      Between(on ? "unit_output" : "unit_off", t, power, on ? unit.min_kw : 0.0, on ? unit.max_kw : 0.0);
      const bool known = t > 0 || unit.committable || unit.initial_kw.has_value();
      if (known) CheckRamp(unit, t, before, power, was_on, on);
      before = power;
      was_on = on;
    }
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
  }

 private:
  static double At(const Series& series, int t) { return series[static_cast<std::size_t>(t)]; }

  void Between(const char* rule, int t, double value, double low, double high) const {
    findings_.AtMost(rule, id_, t, value, high, high);
    findings_.AtMost(rule, id_, t, low, value, high);
  }

  void CheckRamp(const Unit& unit, int t, double before, double power, bool was_on, bool on) const {
    const double minutes = absl::ToDoubleMinutes(problem_.interval_length);
    const double rise = unit.ramp_up_kw_per_min * minutes, fall = unit.ramp_down_kw_per_min * minutes;
    if (was_on && on) {
      findings_.AtMost("ramp_up", id_, t, power - before, rise, unit.max_kw);
      findings_.AtMost("ramp_down", id_, t, before - power, fall, unit.max_kw);
    } else if (on) {
      findings_.AtMost("ramp_up", id_, t, power, std::max(rise, unit.min_kw), unit.max_kw);
    } else if (was_on) {
      findings_.AtMost("ramp_down", id_, t, before, std::max(fall, unit.min_kw), unit.max_kw);
    }
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
  return std::get<Unit>(device.kind).max_kw;
}

double MostConsumption(const Device& device) {
  const auto* storage = std::get_if<Storage>(&device.kind);
  return storage == nullptr ? 0.0 : storage->charge_max_kw;
}

void CheckDevices(const Problem& problem, const Solution& solution, Findings& findings) {
  for (std::size_t i = 0; i < problem.devices.size(); ++i) {
    std::visit(DeviceJudge(problem, problem.devices[i], solution.devices[i], findings), problem.devices[i].kind);
  }
}

}  // namespace derms::dispatch::checking
