#include "libs/dispatch/device_limits.h"

namespace derms::dispatch {
namespace {

bool IsOn(const DeviceSchedule& schedule, int interval) {
  return schedule.on.empty() || schedule.on[static_cast<std::size_t>(interval)] != 0;
}
double At(const Series& series, int interval) {
  return series[static_cast<std::size_t>(interval)];
}

}  // namespace

double HighestOutputKw(const Problem& problem, const Device& device, int interval) {
  return std::visit(Overloaded{
                        [&](const Renewable& r) { return problem.at(r.availability_kw, interval); },
                        [&](const Storage& s) { return s.discharge_max_kw; },
                        [&](const Unit& u) { return u.max_kw; },
                        [&](const Hydro& h) { return problem.at(h.availability_kw, interval); },
                        [&](const FlexibleLoad&) { return 0.0; },
                    },
                    device.kind);
}

double LowestOutputKw(const Problem& problem, const Device& device, int interval) {
  return std::visit(
      Overloaded{
          [&](const Renewable& r) { return r.must_take ? problem.at(r.availability_kw, interval) : 0.0; },
          [&](const Storage& s) { return -s.charge_max_kw; },
          [&](const Unit& u) { return u.committable ? 0.0 : u.min_kw; },
          [&](const Hydro& h) { return h.min_kw; },
          [&](const FlexibleLoad& l) { return IsWithin(WindowOf(problem, l), interval) ? -l.max_kw : 0.0; },
      },
      device.kind);
}

double HeadroomUpKw(const Problem& problem, const Device& device, const DeviceSchedule& schedule, int interval) {
  if (!device.reserve_up || std::holds_alternative<FlexibleLoad>(device.kind)) return 0.0;
  if (std::holds_alternative<Unit>(device.kind) && !IsOn(schedule, interval)) return 0.0;
  const double by_power = HighestOutputKw(problem, device, interval) - At(schedule.power_kw, interval);
  const auto* storage = std::get_if<Storage>(&device.kind);
  if (storage == nullptr || problem.reserve_hours <= 0.0) return by_power;
  const double stored_kwh = At(schedule.state_of_charge_kwh, interval) - storage->energy_min_kwh;
  return std::min(by_power, storage->discharge_efficiency * stored_kwh / problem.reserve_hours);
}

double HeadroomDownKw(const Problem& problem, const Device& device, const DeviceSchedule& schedule, int interval) {
  if (!device.reserve_down || std::holds_alternative<FlexibleLoad>(device.kind)) return 0.0;
  const double power = At(schedule.power_kw, interval);
  if (const auto* unit = std::get_if<Unit>(&device.kind)) return IsOn(schedule, interval) ? power - unit->min_kw : 0.0;
  const double by_power = power - LowestOutputKw(problem, device, interval);
  const auto* storage = std::get_if<Storage>(&device.kind);
  if (storage == nullptr || problem.reserve_hours <= 0.0) return by_power;
  const double room_kwh = storage->energy_max_kwh - At(schedule.state_of_charge_kwh, interval);
  return std::min(by_power, room_kwh / (storage->charge_efficiency * problem.reserve_hours));
}

EnergyBounds EnergyBoundsOf(const Problem& problem, const Storage& storage) {
  const auto count = static_cast<std::size_t>(problem.interval_count);
  EnergyBounds bounds{Series(count, storage.energy_min_kwh), Series(count, storage.energy_max_kwh)};
  for (const EnergyTarget& target : storage.targets) {
    const auto at = static_cast<std::size_t>(target.interval);
    bounds.least_kwh[at] = std::max(bounds.least_kwh[at], target.at_least_kwh);
    bounds.most_kwh[at] = std::min(bounds.most_kwh[at], target.at_most_kwh);
  }
  bounds.least_kwh.back() = std::max(bounds.least_kwh.back(), storage.final_energy_min_kwh);
  return bounds;
}

double CurveCostUsdPerHour(const Unit& unit, double power_kw) {
  double cost = unit.quadratic_usd_per_kw2h * power_kw * power_kw, from_kw = 0.0;
  for (const CostPiece& piece : unit.cost_pieces) {
    if (power_kw <= from_kw) break;
    cost += piece.usd_per_kwh * (std::min(power_kw, piece.up_to_kw) - from_kw);
    from_kw = piece.up_to_kw;
  }
  return cost;
}

double ImportPriceWithCarbon(const Problem& problem, const Region& root, int interval) {
  return ValueAt(root.import_price_usd_per_kwh, interval, 0.0) +
         problem.carbon_price_usd_per_kg * ValueAt(root.carbon_of_import_kg_per_kwh, interval, 0.0);
}

}  // namespace derms::dispatch
