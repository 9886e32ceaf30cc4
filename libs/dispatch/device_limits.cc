#include "libs/dispatch/device_limits.h"

namespace derms::dispatch {

double HighestOutputKw(const Problem& problem, const Device& device, int interval) {
  return std::visit(Overloaded{
                        [&](const Renewable& r) { return problem.at(r.availability_kw, interval); },
                        [&](const Storage& s) { return s.discharge_max_kw; },
                        [&](const Unit& u) { return u.max_kw; },
                        [&](const Hydro& h) { return problem.at(h.availability_kw, interval); },
                    },
                    device.kind);
}

double LowestOutputKw(const Problem& problem, const Device& device, int interval) {
  return std::visit(Overloaded{
                        [&](const Renewable& r) { return r.must_take ? problem.at(r.availability_kw, interval) : 0.0; },
                        [&](const Storage& s) { return -s.charge_max_kw; },
                        [&](const Unit& u) { return u.committable ? 0.0 : u.min_kw; },
                        [&](const Hydro& h) { return h.min_kw; },
                    },
                    device.kind);
}

double HeadroomUpKw(const Problem& problem, const Device& device, int interval, double power_kw, bool on) {
  if (!device.reserve_up || (std::holds_alternative<Unit>(device.kind) && !on)) return 0.0;
  return HighestOutputKw(problem, device, interval) - power_kw;
}

double HeadroomDownKw(const Problem& problem, const Device& device, int interval, double power_kw, bool on) {
  if (!device.reserve_down) return 0.0;
  if (const auto* unit = std::get_if<Unit>(&device.kind)) return on ? power_kw - unit->min_kw : 0.0;
  return power_kw - LowestOutputKw(problem, device, interval);
}

double CurveCostUsdPerHour(const Unit& unit, double power_kw) {
  double cost = 0.0, from_kw = 0.0;
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
