#include "services/registry/compliance_judging.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace derms::registry {
namespace {

using domain::ComplianceRun;
using domain::ComplianceSample;
using domain::ReadingPoint;
using gridcode::Deviation;
using gridcode::MeasuredSample;

// Seconds since 1970: a double tells them apart to a quarter of a microsecond.
double SecondsOf(absl::Time time) {
  return static_cast<double>(absl::ToUnixMicros(time)) / 1e6;
}
absl::Time TimeOf(double seconds) {
  return absl::FromUnixMicros(std::llround(seconds * 1e6));
}

MeasuredSample SampleOf(const ReadingPoint& point, const gridcode::Nameplate& nameplate) {
  MeasuredSample sample{.t_s = SecondsOf(point.measured_at)};
  if (point.quality != domain::ReadingQuality::kValid) return sample;
  if (point.voltage_v && nameplate.v_nominal_v > 0) sample.v_pu = *point.voltage_v / nameplate.v_nominal_v;
  sample.f_hz = point.frequency_hz;
  sample.p_kw = point.power_kw;
  sample.q_kvar = point.reactive_power_kvar;
  return sample;
}

ComplianceSample KeptOf(const Deviation& deviation) {
  ComplianceSample kept{.measured_at = TimeOf(deviation.sample.t_s),
                        .v_pu = deviation.sample.v_pu,
                        .f_hz = deviation.sample.f_hz,
                        .p_kw = deviation.sample.p_kw,
                        .q_kvar = deviation.sample.q_kvar,
                        .high = deviation.high,
                        .beyond = deviation.beyond};
  if (std::isfinite(deviation.low)) kept.low = deviation.low;
  return kept;
}
Deviation DeviationOf(const ComplianceSample& kept) {
  const MeasuredSample sample{SecondsOf(kept.measured_at), kept.v_pu, kept.f_hz, kept.p_kw, kept.q_kvar};
  return {sample, kept.low.value_or(-std::numeric_limits<double>::infinity()), kept.high, kept.beyond};
}

ComplianceRun RunOf(const gridcode::ComplianceFinding& finding, const InstalledDevice& device, double rated_kva) {
  ComplianceRun run{.response = static_cast<domain::GridResponse>(finding.response),
                    .reactive_mode = static_cast<int>(finding.mode),
                    .power_cause = static_cast<int>(finding.cause),
                    .record_revision = device.revision,
                    .since = TimeOf(finding.since_s),
                    .until = TimeOf(finding.until_s),
                    .sample_count = finding.sample_count,
                    .worst = KeptOf(finding.worst),
                    .beyond_share = finding.worst.beyond / rated_kva};
  for (const Deviation& deviation : finding.evidence) run.evidence.push_back(KeptOf(deviation));
  return run;
}
gridcode::ComplianceFinding FindingOf(const ComplianceRun& run) {
  gridcode::ComplianceFinding finding{.response = static_cast<gridcode::Response>(run.response),
                                      .mode = static_cast<gridcode::ReactiveMode>(run.reactive_mode),
                                      .cause = static_cast<gridcode::PowerCause>(run.power_cause),
                                      .since_s = SecondsOf(run.since),
                                      .until_s = SecondsOf(run.until),
                                      .sample_count = run.sample_count,
                                      .worst = DeviationOf(run.worst)};
  for (const ComplianceSample& sample : run.evidence) finding.evidence.push_back(DeviationOf(sample));
  return finding;
}

}  // namespace

void ComplianceJudging::Begin(absl::Time time, const std::vector<ReadingPoint>& before,
                              const std::vector<ComplianceRun>& open) {
  Install(timeline_.At(time));
  if (judge_) {
    // The last before the time to settle counts as well.
    auto first = before.end();
    while (first != before.begin() && absl::ToDoubleSeconds(time - first[-1].measured_at) <= judge_->settle_s())
      --first;
    if (first != before.begin()) --first;
    for (; first != before.end(); ++first) {
      if (timeline_.At(first->measured_at) == device_) judge_->Recall(SampleOf(*first, device_->nameplate));
    }
  }
  for (const ComplianceRun& run : open) {
    if (judge_ && run.record_revision == device_->revision) {
      judge_->Resume(FindingOf(run));
    } else if (run.sample_count >= options_.least_samples) {
      result_.ended.push_back(run);
    }
  }
}

void ComplianceJudging::Install(const InstalledDevice* device) {
  device_ = device;
  judge_.reset();
  if (device != nullptr) judge_.emplace(device->device(), options_);
}

void ComplianceJudging::Remove(bool pause) {
  if (!judge_) return;
  if (pause) {
    for (const auto& run : judge_->OpenRuns()) result_.open.push_back(RunOf(run, *device_, judge_->rated_kva()));
  }
  const gridcode::ComplianceReport report = judge_->Finish(pause);
  result_.counts.judged += report.active_judged;
  result_.counts.not_judged += report.not_judged;
  result_.counts.reactive_judged += report.reactive_judged;
  result_.counts.active_outside += report.active_outside;
  result_.counts.reactive_outside += report.reactive_outside;
  found_ += report.finding_count;
  for (const auto& finding : report.findings) {
    if (result_.ended.size() == options_.most_findings) break;
    result_.ended.push_back(RunOf(finding, *device_, judge_->rated_kva()));
  }
  judge_.reset();
}

void ComplianceJudging::Add(const ReadingPoint& point) {
  const InstalledDevice* device = timeline_.At(point.measured_at);
  if (device != device_) {
    Remove(false);
    Install(device);
  }
  if (judge_) {
    judge_->Add(SampleOf(point, device_->nameplate));
  } else {
    ++result_.counts.not_judged;
  }
}

domain::JudgedHour ComplianceJudging::Finish(bool pause) {
  Remove(pause);
  return std::move(result_);
}

}  // namespace derms::registry
