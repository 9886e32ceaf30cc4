#include "libs/gridcode/grid_support.h"

#include <algorithm>
#include <cmath>

#include "libs/gridcode/droop.h"
#include "libs/gridcode/power_factor.h"
#include "libs/gridcode/response.h"
#include "libs/gridcode/volt_var.h"
#include "libs/gridcode/volt_watt.h"
#include "libs/gridcode/watt_var.h"

namespace derms::gridcode {
namespace {

constexpr double kLn10 = 2.302585092994046;

// One device with what follows from its settings.
class Responder {
 public:
  explicit Responder(const Device& device)
      : device_(device),
        ratings_(EffectiveRatings(device.nameplate, device.settings.ratings)),
        mode_(ReactiveModeOf(device.settings)),
        droop_(device.settings.droop.olrt_s),
        volt_watt_(device.settings.volt_watt.olrt_s),
        reactive_(ReactiveResponseSeconds()),
        // A time constant, where Lag takes the time to 90 %.
        reference_(device.settings.volt_var.v_ref_time_s * kLn10) {}

  // The answer dt_s after the one before.
  GridSupport Respond(const GridPoint& point, double dt_s, const GridState& state) {
    GridSupport answer;
    answer.state = state;
    answer.mode = mode_;
    SetActive(point, dt_s, answer);
    if (!state.energised) return GiveNothing(answer);
    if (state.power_share < 1) Reduce(answer, state.power_share * ratings_.p_max_kw, PowerCause::kState);
    const double wanted_kvar = reactive_.Follow(WantedReactive(point.v_pu, answer.p_kw, dt_s), dt_s);
    Fit(answer, wanted_kvar);
    return answer;
  }

 private:
  double ReactiveResponseSeconds() const {
    if (mode_ == ReactiveMode::kVoltVar) return device_.settings.volt_var.olrt_s;
    return device_.profile.Number(Figure::kConstantModeResponseS, device_.nameplate.categories());
  }

  static void Reduce(GridSupport& answer, double most_kw, PowerCause cause) {
    if (answer.p_kw <= most_kw) return;
    answer.p_kw = most_kw;
    answer.cause = cause;
  }

  // A device that comes back begins with no reactive power and goes on from there.
  GridSupport GiveNothing(GridSupport& answer) {
    reactive_.Reset(0);
    answer.p_kw = answer.q_kvar = 0;
    answer.cause = PowerCause::kState;
    return answer;
  }

  void SetActive(const GridPoint& point, double dt_s, GridSupport& answer) {
    const Settings& settings = device_.settings;
    const double rated_kw = ratings_.p_max_kw;
    const double before_kw = point.operating_kw.value_or(point.available_kw);
    if (settings.droop.enabled) {
      const double wanted = DroopChange(settings.droop, device_.profile.nominal_hz(), point.f_hz);
      answer.droop_pu = droop_.Follow(wanted, dt_s);
    }
    const double least_kw =
        device_.nameplate.can_charge() ? -ratings_.p_charge_kw : device_.nameplate.p_min_pu * rated_kw;
    answer.p_kw = DroopPower(before_kw, answer.droop_pu * rated_kw, least_kw, point.available_kw);
    if (answer.p_kw != before_kw) answer.cause = PowerCause::kDroop;
    if (settings.volt_watt.enabled) {
      answer.volt_watt_limit_pu = volt_watt_.Follow(VoltWattLimit(settings.volt_watt, point.v_pu), dt_s);
      Reduce(answer, answer.volt_watt_limit_pu * rated_kw, PowerCause::kVoltWatt);
    }
    if (settings.power_limit.enabled) {
      Reduce(answer, settings.power_limit.limit_pu * rated_kw, PowerCause::kPowerLimit);
    }
  }

  double Reference(double v_pu, double dt_s) {
    if (!device_.settings.volt_var.track_v_ref) return device_.settings.volt_var.v_ref_pu;
    const Categories categories = device_.nameplate.categories();
    return std::clamp(reference_.Follow(v_pu, dt_s), device_.profile.Number(Figure::kTrackedLowPu, categories),
                      device_.profile.Number(Figure::kTrackedHighPu, categories));
  }

  double WantedReactive(double v_pu, double p_kw, double dt_s) {
    const Settings& settings = device_.settings;
    const double rated_kw = p_kw < 0 ? ratings_.p_charge_kw : ratings_.p_max_kw;
    switch (mode_) {
      case ReactiveMode::kNone:
        return 0;
      case ReactiveMode::kConstantPf:
        return ConstantPfReactive(p_kw);
      case ReactiveMode::kConstantQ:
        return settings.constant_q.q_pu * ratings_.s_max_kva;
      case ReactiveMode::kVoltVar:
        return VoltVarQ(settings.volt_var, v_pu, Reference(v_pu, dt_s)) * ratings_.s_max_kva;
      case ReactiveMode::kWattVar:
        return WattVarQ(settings.watt_var, rated_kw > 0 ? p_kw / rated_kw : 0) * ratings_.s_max_kva;
    }
    return 0;
  }

  double ConstantPfReactive(double p_kw) const {
    const double s_kva = std::max(ratings_.s_max_kva, ratings_.s_charge_kva);
    if (p_kw == 0) return 0;
    // Bounded, so that a power factor of 0 stays a number.
    return std::clamp(ReactivePerActive(device_.settings.constant_pf) * std::abs(p_kw), -10 * s_kva, 10 * s_kva);
  }

  void Fit(GridSupport& answer, double wanted_kvar) {
    Priority priority = device_.settings.watt_priority ? Priority::kActive : Priority::kReactive;
    if (mode_ == ReactiveMode::kConstantPf && !device_.settings.watt_priority) priority = Priority::kPowerFactor;
    const ReactiveRange required =
        RequiredReactive(device_.profile, device_.nameplate.categories(), ratings_, answer.p_kw);
    const Power power = WithinCapability({answer.p_kw, wanted_kvar}, ratings_, priority, required);
    if (power.p_kw != answer.p_kw) answer.cause = PowerCause::kCapability;
    answer.p_kw = power.p_kw;
    answer.q_kvar = power.q_kvar;
  }

  const Device& device_;
  const ConfiguredRatings ratings_;
  const ReactiveMode mode_;
  Lag droop_, volt_watt_, reactive_, reference_;
};

}  // namespace

GridSupport EvaluatePoint(const Device& device, const GridPoint& point) {
  return Responder(device).Respond(point, 0, {});
}

std::vector<GridSupport> EvaluateSeries(const Device& device, std::span<const GridSample> samples,
                                        const SeriesOptions& options) {
  Responder responder(device);
  RideThrough ride_through(device.profile, device.nameplate.categories(), device.settings, options.in_service,
                           options.random_share);
  std::vector<GridSupport> answers;
  answers.reserve(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const GridSample& sample = samples[i];
    const double dt_s = i == 0 ? 0 : sample.t_s - samples[i - 1].t_s;
    const GridState state = ride_through.Advance(sample.t_s, sample.point.v_pu, sample.point.f_hz);
    answers.push_back(responder.Respond(sample.point, dt_s, state));
  }
  return answers;
}

}  // namespace derms::gridcode
