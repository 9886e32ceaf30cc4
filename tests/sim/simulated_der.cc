#include "tests/sim/simulated_der.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "tests/sim/weather.h"

namespace derms::sim {
namespace {

constexpr absl::Duration kLongestStep = absl::Seconds(1);
constexpr absl::Duration kLongestGap = absl::Minutes(5);  // after a longer one everything has settled
constexpr double kNearShare = 0.01;

double FirstOrder(double from, double to, absl::Duration step) {
  const double time_constants = absl::FDivDuration(step, kOpenLoopResponse) * std::numbers::ln10;
  return to + (from - to) * std::exp(-time_constants);
}

double Ramped(double from, double to, absl::Duration step, double up_kw_per_min, double down_kw_per_min) {
  const double per_min = to > from ? up_kw_per_min : down_kw_per_min;
  if (!std::isfinite(per_min)) return FirstOrder(from, to, step);
  const double most = per_min * absl::FDivDuration(step, absl::Minutes(1));
  return from + std::clamp(to - from, -most, most);
}

}  // namespace

SimulatedDer::SimulatedDer(DerTraits traits, std::uint64_t weather_seed, absl::Time now, EnterService enter_service)
    : traits_(std::move(traits)),
      weather_seed_(weather_seed),
      enter_service_(std::move(enter_service)),
      now_(now),
      energy_kwh_(traits_.parameters.initial_energy_kwh) {}

void SimulatedDer::Follow(const Target& target) {
  using enum domain::OperatingMode;
  if (target.mode != target_.mode && target.mode != kGridConnected) {
    island_load_kw_ = target.mode == kBlackStart ? kColdLoadShare * traits_.capacity_kw : power_kw_;
  }
  if (target.connected && !target_.connected) enters_at_ = now_ + enter_service_.Wait(++returns_);
  target_ = target;
}

// Of its rating, that it may use since it is back: a straight line over the ramp.
double SimulatedDer::InServiceShare() const {
  if (now_ <= enters_at_) return 0;
  const absl::Duration ramp = enter_service_.ramp();
  return ramp > absl::ZeroDuration() ? std::min(1.0, absl::FDivDuration(now_ - enters_at_, ramp)) : 1;
}

double SimulatedDer::Wanted() const {
  if (!target_.connected) return 0;
  return target_.mode == domain::OperatingMode::kGridConnected ? target_.power_kw : island_load_kw_;
}

bool SimulatedDer::IsNear(double a, double b) const {
  return std::abs(a - b) <= kNearShare * traits_.capacity_kw;
}

double SimulatedDer::Reachable(absl::Time now) const {
  const auto& parameters = traits_.parameters;
  if (is_storage()) {
    const double most = energy_kwh_ > parameters.min_energy_kwh ? traits_.capacity_kw : 0;
    const double least = energy_kwh_ < parameters.energy_capacity_kwh ? -parameters.charge_capacity_kw : 0;
    return std::clamp(Wanted(), least, most);
  }
  const double share = AvailableShare(weather_seed_, traits_.type, traits_.region_id, traits_.longitude_deg, now);
  return std::clamp(Wanted(), 0.0, share * traits_.capacity_kw);
}

void SimulatedDer::Advance(absl::Time now) {
  now_ = std::max(now_, now - kLongestGap);
  within_reach_kw_ = Reachable(now_);
  while (now_ < now) {
    const absl::Duration step = std::min(kLongestStep, now - now_);
    now_ += step;
    Step(step);
  }
}

void SimulatedDer::Step(absl::Duration step) {
  const double before_kw = power_kw_;
  within_reach_kw_ = Reachable(now_);
  const double most_kw = target_.connected ? InServiceShare() * traits_.capacity_kw : 0;
  power_kw_ = Ramped(before_kw, within_reach_kw_, step, traits_.parameters.ramp_up_kw_per_min,
                     traits_.parameters.ramp_down_kw_per_min);
  power_kw_ = std::clamp(power_kw_, -most_kw, most_kw);
  if (is_storage()) Store((before_kw + power_kw_) / 2, step);
}

// An empty or full store ends the power at once: there is nothing to ramp with.
void SimulatedDer::Store(double mean_kw, absl::Duration step) {
  const auto& parameters = traits_.parameters;
  const double hours = absl::FDivDuration(step, absl::Hours(1));
  const double change =
      mean_kw > 0 ? -mean_kw / parameters.discharge_efficiency : -mean_kw * parameters.charge_efficiency;
  energy_kwh_ += change * hours;
  const bool is_empty = energy_kwh_ <= parameters.min_energy_kwh && power_kw_ > 0;
  const bool is_full = energy_kwh_ >= parameters.energy_capacity_kwh && power_kw_ < 0;
  energy_kwh_ = std::clamp(energy_kwh_, std::min(parameters.min_energy_kwh, parameters.energy_capacity_kwh),
                           parameters.energy_capacity_kwh);
  if (!is_empty && !is_full) return;
  power_kw_ = 0;
  within_reach_kw_ = 0;
}

}  // namespace derms::sim
