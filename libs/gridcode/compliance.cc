#include "libs/gridcode/compliance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

namespace derms::gridcode {
namespace {

constexpr double kSettled = 2;       // response times until a step is followed to 99 %
constexpr double kLimitWithin = 30;  // seconds in which a power limit is followed (cl. 4.6.2)
constexpr double kRounding = 1e-9;   // of arithmetic, as a share of the rated apparent power
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Settings of reactive power alone. A reference that follows the voltage may stand at either of its bounds.
std::vector<Settings> ReactiveSettings(const Device& device) {
  Settings settings = device.settings;
  settings.droop.enabled = settings.volt_watt.enabled = settings.power_limit.enabled = false;
  if (ReactiveModeOf(settings) != ReactiveMode::kVoltVar || !settings.volt_var.track_v_ref) return {settings};
  settings.volt_var.track_v_ref = false;
  std::vector<Settings> both;
  for (const Figure bound : {Figure::kTrackedLowPu, Figure::kTrackedHighPu}) {
    settings.volt_var.v_ref_pu = device.profile.Number(bound, device.nameplate.categories());
    both.push_back(settings);
  }
  return both;
}

double ReactiveSettleSeconds(const Device& device) {
  if (ReactiveModeOf(device.settings) == ReactiveMode::kVoltVar) return kSettled * device.settings.volt_var.olrt_s;
  return kSettled * device.profile.Number(Figure::kConstantModeResponseS, device.nameplate.categories());
}

double ActiveSettleSeconds(const Settings& settings) {
  double settle_s = 0;
  if (settings.droop.enabled) settle_s = kSettled * settings.droop.olrt_s;
  if (settings.volt_watt.enabled) settle_s = std::max(settle_s, kSettled * settings.volt_watt.olrt_s);
  return settings.power_limit.enabled ? std::max(settle_s, kLimitWithin) : settle_s;
}

bool IsContinuousAt(std::span<const RideThroughBand> bands, double x) {
  const RideThroughBand* band = BandAt(bands, x);
  return band != nullptr && band->mode == RideThroughMode::kContinuous;
}

bool IsNumber(const std::optional<double>& value) {
  return value && std::isfinite(*value);
}

}  // namespace

ComplianceJudge::ComplianceJudge(const Device& device, ComplianceOptions options)
    : device_(device),
      options_(options),
      ratings_(EffectiveRatings(device.nameplate, device.settings.ratings)),
      rated_kva_(std::max(ratings_.s_max_kva, ratings_.s_charge_kva)),
      power_accuracy_(options.accuracy.power_share * rated_kva_),
      reactive_(ReactiveSettings(device)),
      reactive_settle_s_(ReactiveSettleSeconds(device)),
      active_settle_s_(ActiveSettleSeconds(device.settings)) {}

bool ComplianceJudge::InContinuousRange(const MeasuredSample& sample) const {
  const AbnormalCategory category = device_.nameplate.categories().abnormal;
  if (IsNumber(sample.v_pu) && !IsContinuousAt(device_.profile.VoltageBands(category), *sample.v_pu)) return false;
  return !IsNumber(sample.f_hz) || IsContinuousAt(device_.profile.FrequencyBands(category), *sample.f_hz);
}

// Of what is asked for at little active power, anything between what Table 7 requires there and all of it will do.
void ComplianceJudge::WidenBy(const GridSupport& expected, double p_kw, Band& band) const {
  const ReactiveRange required = RequiredReactive(device_.profile, device_.nameplate.categories(), ratings_, p_kw);
  const double least = std::clamp(expected.q_kvar, -required.absorb_kvar, required.inject_kvar);
  band.low = std::min({band.low, expected.q_kvar, least});
  band.high = std::max({band.high, expected.q_kvar, least});
}

// All modes rise or fall with voltage and active power, so the corners of what was measured bound them. Only volt-var
// looks at the voltage.
ComplianceJudge::Band ComplianceJudge::ReactiveBand(const MeasuredSample& sample) const {
  Band band{.t_s = sample.t_s, .low = kInfinity, .high = -kInfinity};
  const std::array corners{*sample.v_pu - options_.accuracy.v_pu, *sample.v_pu + options_.accuracy.v_pu};
  const bool by_voltage = ReactiveModeOf(device_.settings) == ReactiveMode::kVoltVar;
  for (const Settings& settings : reactive_) {
    const Device device{device_.profile, device_.nameplate, settings};
    for (const double v_pu : std::span(corners).first(by_voltage ? 2 : 1)) {
      for (const double p_kw : {*sample.p_kw - power_accuracy_, *sample.p_kw + power_accuracy_}) {
        const GridPoint point{v_pu, device_.profile.nominal_hz(), std::max(0.0, p_kw), p_kw};
        WidenBy(EvaluatePoint(device, point), p_kw, band);
      }
    }
  }
  return band;
}

// What is not known is taken as nominal, where voltage and frequency bound nothing.
ComplianceJudge::Band ComplianceJudge::ActiveBand(const MeasuredSample& sample) const {
  Band band{.t_s = sample.t_s, .low = -kInfinity, .high = -kInfinity};
  const double v_pu = IsNumber(sample.v_pu) ? *sample.v_pu : 1;
  const double f_hz = IsNumber(sample.f_hz) ? *sample.f_hz : device_.profile.nominal_hz();
  for (const double v : {v_pu - options_.accuracy.v_pu, v_pu + options_.accuracy.v_pu}) {
    for (const double f : {f_hz - options_.accuracy.f_hz, f_hz + options_.accuracy.f_hz}) {
      const GridSupport most = EvaluatePoint(device_, {v, f, ratings_.p_max_kw, ratings_.p_max_kw});
      if (most.p_kw <= band.high) continue;
      band.high = most.p_kw;
      band.cause = most.cause == PowerCause::kOperating ? PowerCause::kCapability : most.cause;
      if (band.high >= ratings_.p_max_kw) return band;  // nothing goes beyond it
    }
  }
  return band;
}

// The last one from before the time to settle stays: it held until some moment before this sample.
void ComplianceJudge::Remember(Watch& watch, const Band& asked, double settle_s) {
  while (watch.asked.size() > 1 && watch.asked[1].t_s < asked.t_s - settle_s) watch.asked.pop_front();
  watch.asked.push_back(asked);
}

bool ComplianceJudge::Judge(Watch& watch, const Band& asked, double settle_s, double measured,
                            const MeasuredSample& sample) {
  Remember(watch, asked, settle_s);
  Deviation deviation{.sample = sample, .low = kInfinity, .high = -kInfinity};
  PowerCause cause = asked.cause;
  for (const Band& band : watch.asked) {
    deviation.low = std::min(deviation.low, band.low - power_accuracy_);
    if (band.high + power_accuracy_ <= deviation.high) continue;
    deviation.high = band.high + power_accuracy_;
    cause = band.cause;
  }
  deviation.beyond = std::max(measured - deviation.high, deviation.low - measured);
  if (watch.last_s && sample.t_s - *watch.last_s > options_.longest_gap_s) EndRun(watch);
  watch.last_s = sample.t_s;
  if (deviation.beyond <= kRounding * rated_kva_) {
    EndRun(watch);
    return false;
  }
  ComplianceFinding& run = watch.run;
  if (run.sample_count++ == 0) run.since_s = sample.t_s;
  run.mode = ReactiveModeOf(device_.settings);
  run.until_s = sample.t_s;
  if (run.evidence.size() < options_.most_evidence) run.evidence.push_back(deviation);
  if (run.sample_count > 1 && deviation.beyond <= run.worst.beyond) return true;
  run.worst = deviation;
  run.cause = cause;
  return true;
}

void ComplianceJudge::EndRun(Watch& watch) {
  ComplianceFinding run = std::exchange(watch.run, ComplianceFinding{.response = watch.run.response});
  if (run.sample_count < options_.least_samples) return;
  ++report_.finding_count;
  if (report_.findings.size() < options_.most_findings) report_.findings.push_back(std::move(run));
}

void ComplianceJudge::Recall(const MeasuredSample& sample) {
  if (!IsNumber(sample.p_kw) || !InContinuousRange(sample)) return;
  Remember(active_watch_, ActiveBand(sample), active_settle_s_);
  if (IsNumber(sample.q_kvar) && IsNumber(sample.v_pu)) {
    Remember(reactive_watch_, ReactiveBand(sample), reactive_settle_s_);
  }
}

void ComplianceJudge::Resume(const ComplianceFinding& run) {
  Watch& watch = run.response == Response::kReactivePower ? reactive_watch_ : active_watch_;
  watch.run = run;
  watch.last_s = run.until_s;
}

void ComplianceJudge::Add(const MeasuredSample& sample) {
  const bool active = IsNumber(sample.p_kw) && InContinuousRange(sample);
  const bool reactive = active && IsNumber(sample.q_kvar) && IsNumber(sample.v_pu);
  if (!active) {
    ++report_.not_judged;
    EndRun(reactive_watch_);
    EndRun(active_watch_);
    return;
  }
  ++report_.active_judged;
  report_.active_outside += Judge(active_watch_, ActiveBand(sample), active_settle_s_, *sample.p_kw, sample) ? 1 : 0;
  if (!reactive) return;
  ++report_.reactive_judged;
  const Band asked = ReactiveBand(sample);
  report_.reactive_outside += Judge(reactive_watch_, asked, reactive_settle_s_, *sample.q_kvar, sample) ? 1 : 0;
}

std::vector<ComplianceFinding> ComplianceJudge::OpenRuns() const {
  std::vector<ComplianceFinding> open;
  for (const Watch* watch : {&reactive_watch_, &active_watch_}) {
    if (watch->run.sample_count > 0) open.push_back(watch->run);
  }
  return open;
}

ComplianceReport ComplianceJudge::Finish(bool pause) {
  if (!pause) {
    EndRun(reactive_watch_);
    EndRun(active_watch_);
  }
  std::sort(report_.findings.begin(), report_.findings.end(), [](const auto& a, const auto& b) {
    return std::pair(a.since_s, a.response) < std::pair(b.since_s, b.response);
  });
  return std::move(report_);
}

}  // namespace derms::gridcode
