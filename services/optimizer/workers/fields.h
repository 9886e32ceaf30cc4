// Every member of the structs of libs/dispatch, for archive.h. A structured binding names all of them: a struct that
// gains a member does not compile here until the member travels too.
#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/resume_point.h"
#include "libs/dispatch/solution.h"
#include "services/optimizer/workers/archive.h"

namespace derms::optimizer {

// Whole seconds and the rest in quarters of a nanosecond, Abseil's own unit: exact for what is finite.
inline void Fields(const absl::Duration& duration, Writer& archive) {
  absl::Duration rest;
  const std::int64_t seconds = absl::IDivDuration(duration, absl::Seconds(1), &rest);
  archive(seconds, absl::IDivDuration(rest, absl::Nanoseconds(1) / 4, &rest));
}
inline void Fields(absl::Duration& duration, Reader& archive) {
  std::int64_t seconds = 0, quarter_nanoseconds = 0;
  archive(seconds, quarter_nanoseconds);
  duration = absl::Seconds(seconds) + quarter_nanoseconds * (absl::Nanoseconds(1) / 4);
}
inline void Fields(const absl::Time& time, Writer& archive) {
  archive(time - absl::UnixEpoch());
}
inline void Fields(absl::Time& time, Reader& archive) {
  absl::Duration since_epoch;
  archive(since_epoch);
  time = absl::UnixEpoch() + since_epoch;
}

template <OneOf<dispatch::ScaledProfile> T, typename Archive>
void Fields(T& scaled, Archive& archive) {
  auto& [profile, scale] = scaled;
  archive(profile, scale);
}

template <OneOf<dispatch::Region> T, typename Archive>
void Fields(T& region, Archive& archive) {
  auto& [id, parent, demand, import_limit, export_limit, reserve_up, reserve_down, import_price, export_price, carbon,
         peak_charge, peak_so_far, flattening] = region;
  archive(id, parent, demand, import_limit, export_limit, reserve_up, reserve_down, import_price, export_price, carbon,
          peak_charge, peak_so_far, flattening);
}

template <OneOf<dispatch::Renewable> T, typename Archive>
void Fields(T& renewable, Archive& archive) {
  auto& [availability, marginal_cost, curtailment_price, must_take] = renewable;
  archive(availability, marginal_cost, curtailment_price, must_take);
}

template <OneOf<dispatch::EnergyTarget> T, typename Archive>
void Fields(T& target, Archive& archive) {
  auto& [interval, at_least, at_most] = target;
  archive(interval, at_least, at_most);
}

template <OneOf<dispatch::Storage> T, typename Archive>
void Fields(T& storage, Archive& archive) {
  auto& [charge_max, discharge_max, energy_min, energy_max, initial, final_min, charge_efficiency, discharge_efficiency,
         loss, wear, one_direction, targets, inflow] = storage;
  archive(charge_max, discharge_max, energy_min, energy_max, initial, final_min, charge_efficiency,
          discharge_efficiency, loss, wear, one_direction, targets, inflow);
}

template <OneOf<dispatch::CostPiece> T, typename Archive>
void Fields(T& piece, Archive& archive) {
  auto& [up_to, price] = piece;
  archive(up_to, price);
}

template <OneOf<dispatch::StartCost> T, typename Archive>
void Fields(T& step, Archive& archive) {
  auto& [off_hours, usd] = step;
  archive(off_hours, usd);
}

template <OneOf<dispatch::IntervalRange> T, typename Archive>
void Fields(T& range, Archive& archive) {
  auto& [first, end] = range;
  archive(first, end);
}

template <OneOf<dispatch::Unit> T, typename Archive>
void Fields(T& unit, Archive& archive) {
  auto& [min, max, ramp_up, ramp_down, initial, pieces, quadratic, co2, budget, committable, no_load, start_cost,
         start_costs, stop_cost, min_up, min_down, initial_hours, start_max, stop_max, maintenance] = unit;
  archive(min, max, ramp_up, ramp_down, initial, pieces, quadratic, co2, budget, committable, no_load, start_cost,
          start_costs, stop_cost, min_up, min_down, initial_hours, start_max, stop_max, maintenance);
}

template <OneOf<dispatch::PeriodBudget> T, typename Archive>
void Fields(T& budget, Archive& archive) {
  auto& [intervals, energy] = budget;
  archive(intervals, energy);
}

template <OneOf<dispatch::Hydro> T, typename Archive>
void Fields(T& hydro, Archive& archive) {
  auto& [availability, min, budget, marginal_cost, period_budgets] = hydro;
  archive(availability, min, budget, marginal_cost, period_budgets);
}

template <OneOf<dispatch::FlexibleLoad> T, typename Archive>
void Fields(T& load, Archive& archive) {
  auto& [window, energy, min, max, contiguous, undelivered_price] = load;
  archive(window, energy, min, max, contiguous, undelivered_price);
}

template <OneOf<dispatch::Device> T, typename Archive>
void Fields(T& device, Archive& archive) {
  auto& [id, region, reserve_up, reserve_down, kind] = device;
  archive(id, region, reserve_up, reserve_down, kind);
}

template <OneOf<dispatch::Problem> T, typename Archive>
void Fields(T& problem, Archive& archive) {
  auto& [interval_length, interval_count, start, regions, devices, profiles, lost_load, over_generation, carbon_price,
         reserve_up_price, reserve_down_price, reserve_hours, carbon_cap] = problem;
  archive(interval_length, interval_count, start, regions, devices, profiles, lost_load, over_generation, carbon_price,
          reserve_up_price, reserve_down_price, reserve_hours, carbon_cap);
}

template <OneOf<dispatch::DeviceSchedule> T, typename Archive>
void Fields(T& schedule, Archive& archive) {
  auto& [power, charge, discharge, state_of_charge, on, curtailed, spilled, undelivered] = schedule;
  archive(power, charge, discharge, state_of_charge, on, curtailed, spilled, undelivered);
}

template <OneOf<dispatch::RegionSchedule> T, typename Archive>
void Fields(T& schedule, Archive& archive) {
  auto& [net_import, shed, over, short_up, short_down, shadow_price, up_price, down_price] = schedule;
  archive(net_import, shed, over, short_up, short_down, shadow_price, up_price, down_price);
}

template <OneOf<dispatch::CostBreakdown> T, typename Archive>
void Fields(T& cost, Archive& archive) {
  auto& [imported, exported, generation, start, wear, carbon, lost_load, over_generation, peak, flattening, curtailment,
         reserve] = cost;
  archive(imported, exported, generation, start, wear, carbon, lost_load, over_generation, peak, flattening,
          curtailment, reserve);
}

template <OneOf<dispatch::Multipliers> T, typename Archive>
void Fields(T& multipliers, Archive& archive) {
  auto& [balance, import_limit, export_limit, reserve_up, reserve_down, peak, flattening, stored_energy, ramp_up,
         ramp_down, energy_budget, period_budget, reserve_energy_up, reserve_energy_down, delivered_energy,
         carbon_cap] = multipliers;
  archive(balance, import_limit, export_limit, reserve_up, reserve_down, peak, flattening, stored_energy, ramp_up,
          ramp_down, energy_budget, period_budget, reserve_energy_up, reserve_energy_down, delivered_energy,
          carbon_cap);
}

template <OneOf<dispatch::BindingConstraint> T, typename Archive>
void Fields(T& binding, Archive& archive) {
  auto& [name, subject, interval, shadow_price] = binding;
  archive(name, subject, interval, shadow_price);
}

template <OneOf<dispatch::Relaxation> T, typename Archive>
void Fields(T& relaxation, Archive& archive) {
  auto& [name, subject, interval, amount, unit, sentence] = relaxation;
  archive(name, subject, interval, amount, unit, sentence);
}

template <OneOf<dispatch::fleet::RegionPrices> T, typename Archive>
void Fields(T& prices, Archive& archive) {
  auto& [balance, flattening, reserve_up, reserve_down, peak, import_limit, export_limit, backing] = prices;
  static_cast<void>(backing);  // of problems that leave no proof
  archive(balance, flattening, reserve_up, reserve_down, peak, import_limit, export_limit);
}

template <OneOf<dispatch::fleet::KeptProof> T, typename Archive>
void Fields(T& proof, Archive& archive) {
  auto& [prices, stored_energy, ramp, water] = proof;
  archive(prices, stored_energy, ramp, water);
}

template <OneOf<dispatch::fleet::KeptBasis> T, typename Archive>
void Fields(T& basis, Archive& archive) {
  auto& [of_columns, of_rows] = basis;
  archive(of_columns, of_rows);
}

template <OneOf<dispatch::fleet::WarmStart> T, typename Archive>
void Fields(T& warm, Archive& archive) {
  auto& [passed, count, round, storage, unit, hydro, energy, proof, bases] = warm;
  archive(passed, count, round, storage, unit, hydro, energy, proof, bases);
}

template <OneOf<dispatch::ResumePoint> T, typename Archive>
void Fields(T& point, Archive& archive) {
  auto& [start, interval_length, regions, storages, units, hydros, plans] = point;
  archive(start, interval_length, regions, storages, units, hydros, plans);
}

template <OneOf<dispatch::Solution> T, typename Archive>
void Fields(T& solution, Archive& archive) {
  auto& [status, devices, regions, cost, lower_bound, bound_kind, multipliers, binding, relaxed, solver, seconds, notes,
         resumed, resume_point] = solution;
  archive(status, devices, regions, cost, lower_bound, bound_kind, multipliers, binding, relaxed, solver, seconds,
          notes, resumed, resume_point);
}

}  // namespace derms::optimizer
