#include "libs/gridcode/ride_through.h"

#include <algorithm>
#include <cmath>

namespace derms::gridcode {
namespace {

constexpr double kRounding_s = 1e-9;  // sums of sample times

const RideThroughBand& ContinuousBand(std::span<const RideThroughBand> bands) {
  return *std::find_if(bands.begin(), bands.end(),  // a profile has exactly one
                       [](const RideThroughBand& band) { return band.mode == RideThroughMode::kContinuous; });
}

Operation OperationIn(const RideThroughBand* band) {
  if (band == nullptr) return Operation::kUndefined;
  switch (band->mode) {
    case RideThroughMode::kContinuous:
      return Operation::kContinuous;
    case RideThroughMode::kMandatory:
      return Operation::kMandatory;
    case RideThroughMode::kPermissive:
      return Operation::kPermissive;
    case RideThroughMode::kMomentaryCessation:
      return Operation::kMomentaryCessation;
    case RideThroughMode::kCeaseToEnergise:
      return Operation::kCeaseToEnergise;
  }
  return Operation::kUndefined;
}

// Of voltage and frequency the one that asks for less output, then the one that obliges less.
int Rank(Operation operation) {
  switch (operation) {
    case Operation::kContinuous:
      return 0;
    case Operation::kMandatory:
      return 1;
    case Operation::kPermissive:
      return 2;
    case Operation::kUndefined:
      return 3;
    case Operation::kMomentaryCessation:
      return 4;
    default:
      return 5;
  }
}

bool GivesNothing(Operation operation) {
  return operation == Operation::kMomentaryCessation || operation == Operation::kCeaseToEnergise;
}

}  // namespace

RideThrough::RideThrough(const Profile& profile, Categories categories, const Settings& settings, bool in_service,
                         double random_share)
    : voltage_bands_(profile.VoltageBands(categories.abnormal)),
      frequency_bands_(profile.FrequencyBands(categories.abnormal)),
      enter_service_(settings.enter_service),
      return_s_(profile.Number(Figure::kCessationReturnS, categories)),
      most_rocof_(profile.Number(Figure::kRocofHzPerS, categories)),
      trips_(settings.trip),
      wait_(settings.enter_service, random_share),
      on_(in_service) {}

void RideThrough::Trip(std::string_view by, double t_s) {
  on_ = entering_ = false;
  tripped_by_ = by;
  tripped_s_ = t_s;
  since_cessation_s_.reset();
  ceased_ = false;
  wait_.Restart();
}

void RideThrough::PassTimeOff(const Sample& held, double dt_s) {
  const double left_s = wait_.Advance(dt_s, held.v_pu, held.f_hz);
  if (left_s < 0) return;
  on_ = entering_ = true;
  entered_for_s_ = left_s;
  tripped_by_ = {};
  tripped_s_.reset();
  wait_.Restart();
}

void RideThrough::PassTime(const Sample& held, double dt_s) {
  const RideThroughBand& v = ContinuousBand(voltage_bands_);
  const RideThroughBand& f = ContinuousBand(frequency_bands_);
  low_v_.Advance(dt_s, held.v_pu < v.low);
  high_v_.Advance(dt_s, held.v_pu > v.high);
  low_f_.Advance(dt_s, held.f_hz < f.low);
  high_f_.Advance(dt_s, held.f_hz > f.high);
  const TripTimers::Trip trip = trips_.Advance(dt_s, held.v_pu, held.f_hz);
  if (!on_) return PassTimeOff(held, dt_s);
  if (!trip.function.empty()) {
    Trip(trip.function, held.t_s + dt_s - trip.left_s);
    wait_.Advance(trip.left_s, held.v_pu, held.f_hz);
    return;
  }
  entered_for_s_ += dt_s;
  if (since_cessation_s_ && !ceased_) *since_cessation_s_ += dt_s;
}

RideThrough::Severity RideThrough::SeverityOf(std::span<const RideThroughBand> bands, double x, const Side& low,
                                              const Side& high) const {
  const RideThroughBand* band = BandAt(bands, x);
  const Operation operation = OperationIn(band);
  if (operation == Operation::kContinuous) return {operation, false};
  const double outside_s = x < ContinuousBand(bands).low ? low.seconds : high.seconds;
  const double least_s = band == nullptr ? 0 : band->LeastSecondsAt(x);
  return {operation, outside_s >= least_s - kRounding_s};
}

GridState RideThrough::OffAt(const Sample& now) const {
  const bool met = MayEnterService(enter_service_, now.v_pu, now.f_hz);
  return {.operation = met ? Operation::kWaiting : Operation::kTripped,
          .energised = false,
          .power_share = 0,
          .may_trip = true,
          .tripped_by = tripped_by_,
          .tripped_s = tripped_s_};
}

GridState RideThrough::StateAt(const Sample& now) {
  if (on_ && !enter_service_.permit) Trip("PERMIT", now.t_s);
  if (!on_) return OffAt(now);
  const Severity v = SeverityOf(voltage_bands_, now.v_pu, low_v_, high_v_);
  const Severity f = SeverityOf(frequency_bands_, now.f_hz, low_f_, high_f_);
  GridState state{.operation = Rank(f.operation) > Rank(v.operation) ? f.operation : v.operation,
                  .may_trip = v.may_trip || f.may_trip || std::abs(rocof_) > most_rocof_};
  ceased_ = GivesNothing(state.operation);
  if (ceased_) since_cessation_s_ = 0;
  const bool held_back = since_cessation_s_ && *since_cessation_s_ < return_s_ - kRounding_s;
  if (since_cessation_s_ && !held_back) since_cessation_s_.reset();
  if (ceased_ || held_back) {
    if (!ceased_) state.operation = Operation::kMomentaryCessation;
    state.energised = false;
    state.power_share = 0;
    return state;
  }
  if (entering_) {
    state.power_share = EnterServiceRamp(enter_service_, entered_for_s_);
    entering_ = state.power_share < 1;
    if (entering_ && state.operation == Operation::kContinuous) state.operation = Operation::kEntering;
  }
  return state;
}

GridState RideThrough::Advance(double t_s, double v_pu, double f_hz) {
  const Sample now{t_s, v_pu, f_hz};
  if (last_) {
    const double dt_s = t_s - last_->t_s;
    PassTime(*last_, dt_s);
    rocof_ = dt_s > 0 ? (f_hz - last_->f_hz) / dt_s : 0;
  }
  last_ = now;
  return StateAt(now);
}

}  // namespace derms::gridcode
