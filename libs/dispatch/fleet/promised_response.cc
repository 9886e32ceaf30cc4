#include "libs/dispatch/fleet/promised_response.h"

#include <algorithm>
#include <array>

#include "libs/dispatch/fleet/backing.h"
#include "libs/dispatch/fleet/storage_step.h"

namespace derms::dispatch::fleet {
namespace {

constexpr std::size_t kEnergyKinks = 2;  // up and down

struct Kink {
  double at_kw, drop_usd_per_kw;
};

}  // namespace

PromisedResponse::PromisedResponse(std::size_t intervals, double hours, double reserve_hours)
    : hours_(hours),
      reserve_hours_(reserve_hours),
      up_kw_(intervals),
      down_kw_(intervals),
      steps_(intervals),
      value_((kSegments + kEnergyKinks) * intervals) {}

double PromisedResponse::SolveNear(const StorageTerms& storage, std::span<const double> worth,
                                   std::span<const double> wish_kw, double rho, const HeadroomPrices& prices,
                                   std::span<double> power_kw, int answers) {
  prices_ = prices;
  Promise(storage, wish_kw);
  double cost = 0.0;
  for (int answer = 1; answer <= answers; ++answer) {
    for (std::size_t t = 0; t < worth.size(); ++t) MakeStep(storage, worth[t], wish_kw[t], rho, t);
    Backward(storage);
    cost = Forward(storage, power_kw);
    if (answer < answers) Promise(storage, power_kw);
  }
  return cost;
}

void PromisedResponse::Promise(const StorageTerms& s, std::span<const double> power_kw) {
  const Carried carried = Carried::By(s, reserve_hours_);
  const double charged = hours_ * s.charge_efficiency, drawn = hours_ / s.discharge_efficiency;
  double energy = s.initial_energy_kwh;
  for (std::size_t t = 0; t < power_kw.size(); ++t) {
    const double power = power_kw[t];
    energy = s.keep * energy - power * (power < 0.0 ? charged : drawn);
    energy = std::clamp(energy, s.energy_min_kwh, s.energy_max_kwh);  // a wish may be for more than there is
    up_kw_[t] = 0.5 * (s.discharge_max_kw - power + carried.up_kw_per_kwh * (energy - s.energy_min_kwh));
    down_kw_[t] = 0.5 * (s.charge_max_kw + power + carried.down_kw_per_kwh * (s.energy_max_kwh - energy));
  }
}

// The gain of an interval over energy taken out, from charging at most to discharging at most: its slope falls at the
// wish, where headroom up falls short of the promise, and where headroom down no longer does.
void PromisedResponse::MakeStep(const StorageTerms& s, double worth, double wish_kw, double rho, std::size_t t) {
  std::array<Kink, 4> kinks = {{{wish_kw, 2.0 * rho},
                                {s.discharge_max_kw - up_kw_[t], UpPrice(t)},
                                {down_kw_[t] - s.charge_max_kw, DownPrice(t)},
                                {s.discharge_max_kw, 0.0}}};
  for (Kink& kink : kinks) kink.at_kw = std::clamp(kink.at_kw, -s.charge_max_kw, s.discharge_max_kw);
  std::sort(kinks.begin(), kinks.end(), [](const Kink& x, const Kink& y) { return x.at_kw < y.at_kw; });
  const double charged = hours_ * s.charge_efficiency, drawn = hours_ / s.discharge_efficiency;
  const double wear = s.wear_usd_per_kwh * s.discharge_efficiency;
  Step& step = steps_[t];
  step.count = 0;
  double slope = worth + rho + DownPrice(t), from = -s.charge_max_kw;
  const auto add = [&](double to, double kwh_per_kw, double wear_usd_per_kwh) {
    if (to <= from) return;
    step.segment[step.count++] = {slope / kwh_per_kw - wear_usd_per_kwh, (to - from) * kwh_per_kw};
    from = to;
  };
  for (const Kink& kink : kinks) {
    add(std::min(kink.at_kw, 0.0), charged, 0.0);
    add(kink.at_kw, drawn, wear);
    slope -= kink.drop_usd_per_kw;
  }
  if (step.count == 0) step.segment[step.count++] = {0.0, 0.0};
  MakeConcave(step);
}

// One direction at a time: the concave envelope, as in storage_response.h.
void PromisedResponse::MakeConcave(Step& step) {
  std::size_t count = 0;
  for (std::size_t s = 0; s < step.count; ++s) {
    Segment next = step.segment[s];
    while (count > 0 && next.slope > step.segment[count - 1].slope) {
      const Segment& last = step.segment[--count];
      const double both = next.length + last.length;
      next = {(next.slope * next.length + last.slope * last.length) / both, both};
    }
    step.segment[count++] = next;
  }
  step.count = count;
}

// storage_response.h, and a kink in the value of energy where it no longer carries what is promised.
void PromisedResponse::Backward(const StorageTerms& s) {
  const Carried carried = Carried::By(s, reserve_hours_);
  const EnergyMoves moves = EnergyMoves::Of(s, hours_);
  EnergyBand band{std::max(s.energy_min_kwh, s.final_energy_min_kwh), s.energy_max_kwh};
  value_.Reset({0.0, band.high - band.low});
  for (std::size_t t = steps_.size(); t-- > 0;) {
    if (const double price = UpPrice(t); price > 0.0) {
      const double least = s.energy_min_kwh + up_kw_[t] / carried.up_kw_per_kwh;
      value_.RaiseBefore(least - band.low, price * carried.up_kw_per_kwh);
    }
    if (const double price = DownPrice(t); price > 0.0) {
      const double most = s.energy_max_kwh - down_kw_[t] / carried.down_kw_per_kwh;
      value_.LowerBehind(most - band.low, price * carried.down_kw_per_kwh);
    }
    band = StepBack(s, moves, band, steps_[t], value_);
  }
}

double PromisedResponse::Forward(const StorageTerms& s, std::span<double> power_kw) const {
  const double in = hours_ * s.charge_efficiency * s.charge_max_kw;
  const double charged_kw = 1.0 / (hours_ * s.charge_efficiency), discharged_kw = s.discharge_efficiency / hours_;
  double energy = s.initial_energy_kwh, discharge_sum_kw = 0.0;
  for (std::size_t t = 0; t < power_kw.size(); ++t) {
    const Step& step = steps_[t];
    const double kept = s.keep * energy, z = kept - step.left;
    double taken = 0.0;
    for (std::size_t k = 0; k < step.count; ++k) taken += std::clamp(z - step.before[k], 0.0, step.segment[k].length);
    const double change = in - taken;
    const double charge = std::max(change, 0.0) * charged_kw, discharge = std::max(-change, 0.0) * discharged_kw;
    energy = kept + change;
    discharge_sum_kw += discharge;
    power_kw[t] = discharge - charge;
  }
  return hours_ * s.wear_usd_per_kwh * discharge_sum_kw;
}

}  // namespace derms::dispatch::fleet
