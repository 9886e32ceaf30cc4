#include "libs/dispatch/fleet/storage_response.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libs/dispatch/fleet/storage_step.h"

namespace derms::dispatch::fleet {

StorageTerms StorageTerms::Of(const Storages& s, std::size_t i) {
  return {.charge_max_kw = s.charge_max_kw[i],
          .discharge_max_kw = s.discharge_max_kw[i],
          .energy_min_kwh = s.energy_min_kwh[i],
          .energy_max_kwh = s.energy_max_kwh[i],
          .initial_energy_kwh = s.initial_energy_kwh[i],
          .final_energy_min_kwh = s.final_energy_min_kwh[i],
          .charge_efficiency = s.charge_efficiency[i],
          .discharge_efficiency = s.discharge_efficiency[i],
          .keep = 1.0 - static_cast<double>(s.loss_per_interval[i]),
          .wear_usd_per_kwh = s.wear_usd_per_kwh[i]};
}

StorageResponse::StorageResponse(std::size_t intervals, double hours)
    : hours_(hours), value_(kSegments * intervals), steps_(intervals), held_(intervals) {}

double StorageResponse::Solve(const StorageTerms& storage, std::span<const double> worth, std::span<double> power_kw) {
  MakeSteps(storage, worth);
  if (!storage.holding_usd_per_kwh.empty()) Hold(storage, worth.size());
  Backward(storage, worth.size());
  double beyond = 0.0;
  double value = Forward(storage, worth, power_kw, &beyond);
  for (std::size_t t = 0; t < worth.size(); ++t) value -= worth[t] * power_kw[t];
  if (!storage.holding_usd_per_kwh.empty()) value -= HeldValue(storage, power_kw);
  return value - beyond;
}

double StorageResponse::SolveFromPrice(const StorageTerms& storage, double usd_per_kwh, std::span<const double> worth,
                                       std::span<double> power_kw, double* initial_kwh) {
  MakeSteps(storage, worth);
  const double low = Backward(storage, worth.size());
  StorageTerms from = storage;
  from.initial_energy_kwh = *initial_kwh = low + value_.LengthAbove(usd_per_kwh);
  double beyond = 0.0;
  double value = usd_per_kwh * *initial_kwh + Forward(from, worth, power_kw, &beyond);
  for (std::size_t t = 0; t < worth.size(); ++t) value -= worth[t] * power_kw[t];
  return value - beyond;
}

double StorageResponse::SolveNear(const StorageTerms& storage, std::span<const double> worth,
                                  std::span<const double> wish_kw, double rho, std::span<double> power_kw) {
  MakeStepsNear(storage, worth, wish_kw, [rho](std::size_t) { return std::pair(rho, -rho); });
  if (!storage.holding_usd_per_kwh.empty()) Hold(storage, worth.size());
  Backward(storage, worth.size());
  return Forward(storage, worth, power_kw, nullptr);
}

double StorageResponse::SolveNear(const StorageTerms& storage, std::span<const double> worth, const Pull& pull,
                                  std::span<double> power_kw) {
  MakeStepsNear(storage, worth, pull.wish_kw,
                [&](std::size_t t) { return std::pair(pull.below_usd_per_kw[t], -pull.above_usd_per_kw[t]); });
  if (!storage.holding_usd_per_kwh.empty()) Hold(storage, worth.size());
  Backward(storage, worth.size());
  return Forward(storage, worth, power_kw, nullptr);
}

void StorageResponse::MakeSteps(const StorageTerms& storage, std::span<const double> worth) {
  const double per_charged = 1.0 / (hours_ * storage.charge_efficiency);
  const double per_discharged = storage.discharge_efficiency / hours_;
  const double wear = storage.wear_usd_per_kwh * storage.discharge_efficiency;
  const double in = hours_ * storage.charge_efficiency * storage.charge_max_kw;
  const double out = hours_ * storage.discharge_max_kw / storage.discharge_efficiency;
  for (std::size_t t = 0; t < worth.size(); ++t) {
    Step& step = steps_[t];
    step.segment[0].slope = worth[t] * per_charged;
    step.segment[1].slope = worth[t] * per_discharged - wear;
    step.segment[0].length = in;
    step.segment[1].length = out;
    step.count = 2;
    step.enveloped = false;
    if (step.segment[1].slope > step.segment[0].slope) MakeConcave(step);
  }
}

template <typename Pulled>
void StorageResponse::MakeStepsNear(const StorageTerms& storage, std::span<const double> worth,
                                    std::span<const double> wish, const Pulled& pull) {
  const double per_charged = 1.0 / (hours_ * storage.charge_efficiency);
  const double per_discharged = storage.discharge_efficiency / hours_;
  const double wear = storage.wear_usd_per_kwh * storage.discharge_efficiency;
  const double in = hours_ * storage.charge_efficiency * storage.charge_max_kw;
  const double out = hours_ * storage.discharge_max_kw / storage.discharge_efficiency;
  for (std::size_t t = 0; t < worth.size(); ++t) {
    Step& step = steps_[t];
    const auto [more, less] = pull(t);
    const double below = worth[t] + more, above = worth[t] + less;
    if (wish[t] >= 0.0) {
      const double part = std::min(hours_ * wish[t] / storage.discharge_efficiency, out);
      step.segment[0].slope = below * per_charged;
      step.segment[1].slope = below * per_discharged - wear;
      step.segment[2].slope = above * per_discharged - wear;
      step.segment[0].length = in;
      step.segment[1].length = part;
      step.segment[2].length = out - part;
    } else {
      const double part = std::min(-hours_ * storage.charge_efficiency * wish[t], in);
      step.segment[0].slope = below * per_charged;
      step.segment[1].slope = above * per_charged;
      step.segment[2].slope = above * per_discharged - wear;
      step.segment[0].length = in - part;
      step.segment[1].length = part;
      step.segment[2].length = out;
    }
    step.count = 3;
    step.enveloped = false;
    if (step.segment[1].slope > step.segment[0].slope || step.segment[2].slope > step.segment[1].slope)
      MakeConcave(step);
  }
}

// Pools neighbours whose slopes rise into their chord until none does.
void StorageResponse::MakeConcave(Step& step) {
  step.enveloped = true;
  std::size_t count = 0;
  for (std::size_t s = 0; s < step.count; ++s) {
    double slope = step.segment[s].slope, length = step.segment[s].length;
    while (count > 0 && slope >= step.segment[count - 1].slope) {
      --count;
      const double both = length + step.segment[count].length;
      if (both > 0.0) slope = (slope * length + step.segment[count].slope * step.segment[count].length) / both;
      length = both;
    }
    step.segment[count].slope = slope;
    step.segment[count].length = length;
    ++count;
  }
  step.count = count;
}

void StorageResponse::Hold(const StorageTerms& storage, std::size_t intervals) {
  double held = 0.0;
  for (std::size_t t = intervals; t-- > 0;) {
    held_[t] = held = storage.keep * held + storage.holding_usd_per_kwh[t];
    for (std::size_t s = 0; s < steps_[t].count; ++s) steps_[t].segment[s].slope -= held;
  }
}

double StorageResponse::HeldValue(const StorageTerms& storage, std::span<const double> power_kw) const {
  const double charged = hours_ * storage.charge_efficiency, drawn = hours_ / storage.discharge_efficiency;
  double energy = storage.initial_energy_kwh, sum = 0.0;
  for (std::size_t t = 0; t < power_kw.size(); ++t) {
    energy = storage.keep * energy - power_kw[t] * (power_kw[t] < 0.0 ? charged : drawn);
    sum += storage.holding_usd_per_kwh[t] * energy;
  }
  return sum;
}

double StorageResponse::Backward(const StorageTerms& storage, std::size_t intervals) {
  const EnergyMoves moves = EnergyMoves::Of(storage, hours_);
  EnergyBand band{std::max(storage.energy_min_kwh, storage.final_energy_min_kwh), storage.energy_max_kwh};
  value_.Reset({0.0, band.high - band.low});
  for (std::size_t t = intervals; t-- > 0;) band = StepBack(storage, moves, band, steps_[t], value_);
  return band.low;
}

double StorageResponse::Forward(const StorageTerms& storage, std::span<const double> worth, std::span<double> power_kw,
                                double* beyond) const {
  const double in = hours_ * storage.charge_efficiency * storage.charge_max_kw;
  const double charged_kw = 1.0 / (hours_ * storage.charge_efficiency);
  const double discharged_kw = storage.discharge_efficiency / hours_;
  double energy = storage.initial_energy_kwh, discharge_sum_kw = 0.0;
  for (std::size_t t = 0; t < power_kw.size(); ++t) {
    const Step& step = steps_[t];
    const double kept = storage.keep * energy, z = kept - step.left;
    double taken = 0.0;
    for (std::size_t s = 0; s < step.count; ++s) taken += std::clamp(z - step.before[s], 0.0, step.segment[s].length);
    const double change = in - taken;
    const double charge = std::max(change, 0.0) * charged_kw, discharge = std::max(-change, 0.0) * discharged_kw;
    energy = kept + change;
    discharge_sum_kw += discharge;
    power_kw[t] = discharge - charge;
    if (step.enveloped && beyond != nullptr) {
      const double held = storage.holding_usd_per_kwh.empty() ? 0.0 : held_[t];
      double promised = held * taken - worth[t] * storage.charge_max_kw;
      for (std::size_t s = 0; s < step.count; ++s) {
        promised += step.segment[s].slope * std::clamp(z - step.before[s], 0.0, step.segment[s].length);
      }
      *beyond += promised - worth[t] * power_kw[t] + hours_ * storage.wear_usd_per_kwh * discharge;
    }
  }
  return hours_ * storage.wear_usd_per_kwh * discharge_sum_kw;
}

}  // namespace derms::dispatch::fleet
