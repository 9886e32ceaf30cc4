// What each device kind can do in one interval, and what its constants come to per interval; for the solvers.
#pragma once

#include <algorithm>
#include <cmath>

#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {

template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

inline double ValueAt(const Series& series, int interval, double when_empty) {
  return series.empty() ? when_empty : series[static_cast<std::size_t>(interval)];
}

// The largest injection, kW >= 0 (a committable unit counted as on).
double HighestOutputKw(const Problem& problem, const Device& device, int interval);
// The smallest injection, kW; negative: storage that charges, a flexible load (a committable unit counted as off).
double LowestOutputKw(const Problem& problem, const Device& device, int interval);

// Headroom that a device keeps with this schedule (problem.h, Region::reserve_up_kw). Needs power_kw, on, and of
// storage the energies.
double HeadroomUpKw(const Problem& problem, const Device& device, const DeviceSchedule& schedule, int interval);
double HeadroomDownKw(const Problem& problem, const Device& device, const DeviceSchedule& schedule, int interval);

// Share of the stored energy that is left after one interval.
inline double Retention(const Storage& storage, double hours) {
  return std::pow(1.0 - storage.standing_loss_per_hour, hours);
}
inline double InflowKw(const Problem& problem, const Storage& storage, int interval) {
  return storage.inflow_kw ? problem.at(*storage.inflow_kw, interval) : 0.0;
}
// Bounds on the energy at the end of each interval: energy_min and energy_max, targets, final minimum.
struct EnergyBounds {
  Series least_kwh, most_kwh;
};
EnergyBounds EnergyBoundsOf(const Problem& problem, const Storage& storage);

// Largest change between adjacent intervals, kW.
inline double RampUpKw(const Unit& unit, double hours) {
  return unit.ramp_up_kw_per_min * 60.0 * hours;
}
inline double RampDownKw(const Unit& unit, double hours) {
  return unit.ramp_down_kw_per_min * 60.0 * hours;
}

// Intervals in which a flexible load may run.
inline IntervalRange WindowOf(const Problem& problem, const FlexibleLoad& load) {
  return {load.window.first, load.window.end == 0 ? problem.interval_count : load.window.end};
}
inline bool IsWithin(const IntervalRange& range, int interval) {
  return interval >= range.first && interval < range.end;
}

// C(p) + q p^2 without no-load and carbon, USD/h.
double CurveCostUsdPerHour(const Unit& unit, double power_kw);

// Price of a bought kWh with its carbon, USD/kWh.
double ImportPriceWithCarbon(const Problem& problem, const Region& root, int interval);

}  // namespace derms::dispatch
