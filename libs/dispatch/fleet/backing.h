// Headroom of storage that its energy must back: Fleet::reserve_hours = tau > 0.
//
// What counts is the lesser of what power leaves and what the energy E at the end of the interval carries for tau hours
// (problem.h). Sums over devices stay sums of powers if the power part counts and what energy does not back is taken
// off it:
//     up   = (discharge_max - p) - unbacked up,    unbacked up   = max(0, discharge_max - p - eta_d (E - energy_min) /
//     tau) down = (charge_max + p)    - unbacked down,  unbacked down = max(0, charge_max + p - (energy_max - E) /
//     (eta_c tau))
//
// The split. A kW of headroom is worth u, so a kW that is not backed costs u. Of u a part v, 0 <= v <= u, prices the
// difference as it is, of either sign, and for any v
//     u max(0, x) >= v x          (equal where v = u and x >= 0, or v = 0 and x <= 0)
// so with v in its place a device's answer is a lower bound of its cost, and a simple one: v_up takes its part of u off
// what a kW injected loses, and makes a kWh in store at the end of the interval earn v_up eta_d / tau; down likewise.
// That is the device's Lagrangian dual in the row "headroom <= what energy carries" (Boyd and Vandenberghe, Convex
// Optimization, 5.1), so the best v loses nothing. The engine takes the dual prices of that row of the surrogate's
// virtual storages, one series for each of its clusters.
#pragma once

#include <span>

#include "absl/status/status.h"
#include "libs/dispatch/fleet/region_model.h"
#include "libs/dispatch/fleet/storage_response.h"

namespace derms::dispatch::fleet {

// Whether headroom of this region has to be backed.
bool AsksForBacking(const Fleet& fleet, const FleetRegion& region);
bool AsksForBacking(const Fleet& fleet);  // of any region

// UNSUPPORTED_FEATURE, with the region's name, where regions below others ask for it, or have others below.
absl::Status CheckBacking(const Fleet& fleet);

// Headroom of all storage that energy does not back; empty: none has to be.
struct Unbacked {
  Series up_kw, down_kw;

  static Unbacked None(std::size_t intervals) { return {Series(intervals, 0.0), Series(intervals, 0.0)}; }
  void Add(const Unbacked& other);
};

// Headroom that a kWh carries.
struct Carried {
  double up_kw_per_kwh, down_kw_per_kwh;

  static Carried By(const StorageTerms& storage, double reserve_hours) {
    return {storage.discharge_efficiency / reserve_hours, 1.0 / (storage.charge_efficiency * reserve_hours)};
  }
};

// Adds what one storage's powers leave without backing, by the headroom that it counts towards.
template <typename Power>
void AddUnbacked(const Fleet& fleet, const StorageTerms& storage, Headroom headroom, std::span<const Power> power_kw,
                 Unbacked& sum);

// The prices of the run that a storage lies in; null: zeros.
const BackingPrices* BackingOf(const RegionPrices& prices, std::size_t storage);

// What the split takes off the price of headroom by power, into WorthOf.
void AddToWorth(const BackingPrices& backing, Series& worth_usd_per_kw);

// What a kWh in store at the end of each interval earns, USD (StorageTerms::holding_usd_per_kwh).
void HoldingOf(const StorageTerms& storage, double reserve_hours, const BackingPrices& prices,
               std::span<double> holding_usd_per_kwh);

// The part of v x that no decision changes: up (discharge_max + carried energy_min), down likewise. USD.
double BackingConstant(const StorageTerms& storage, double reserve_hours, const BackingPrices& prices);

}  // namespace derms::dispatch::fleet
