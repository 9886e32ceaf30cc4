// What each device kind can do in one interval, and what its constants come to per interval; for the solvers.
#pragma once

#include <algorithm>
#include <cmath>

#include "libs/dispatch/problem.h"

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
// The smallest injection, kW; negative: storage that charges (a committable unit counted as off).
double LowestOutputKw(const Problem& problem, const Device& device, int interval);

// Headroom of a device that injects power_kw (problem.h, Region::reserve_up_kw); `on` matters to committable units.
double HeadroomUpKw(const Problem& problem, const Device& device, int interval, double power_kw, bool on);
double HeadroomDownKw(const Problem& problem, const Device& device, int interval, double power_kw, bool on);

// Share of the stored energy that is left after one interval.
inline double Retention(const Storage& storage, double hours) {
  return std::pow(1.0 - storage.standing_loss_per_hour, hours);
}

// Largest change between adjacent intervals, kW.
inline double RampUpKw(const Unit& unit, double hours) {
  return unit.ramp_up_kw_per_min * 60.0 * hours;
}
inline double RampDownKw(const Unit& unit, double hours) {
  return unit.ramp_down_kw_per_min * 60.0 * hours;
}
inline bool IsOnBefore(const Unit& unit) {
  return !unit.committable || unit.initial_kw.value_or(0.0) > 0.0;
}

// Whether being on or off makes a difference beyond p = 0.
inline bool NeedsCommitment(const Unit& unit) {
  return unit.committable && (unit.min_kw > 0.0 || unit.no_load_usd_per_hour > 0.0 || unit.start_cost_usd > 0.0);
}

// C(p) without no-load and carbon, USD/h.
double CurveCostUsdPerHour(const Unit& unit, double power_kw);

// Price of a bought kWh with its carbon, USD/kWh.
double ImportPriceWithCarbon(const Problem& problem, const Region& root, int interval);

}  // namespace derms::dispatch
