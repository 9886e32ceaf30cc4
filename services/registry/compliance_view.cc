#include "services/registry/compliance_view.h"

#include <set>
#include <string>

#include "absl/strings/str_join.h"
#include "libs/wire/convert_time.h"

namespace derms::registry {
namespace {

v1::ComplianceSample ToProto(const domain::ComplianceSample& sample) {
  v1::ComplianceSample out;
  *out.mutable_measured_at() = wire::ToProto(sample.measured_at);
  if (sample.v_pu) out.set_v_pu(*sample.v_pu);
  if (sample.f_hz) out.set_f_hz(*sample.f_hz);
  if (sample.p_kw) out.set_p_kw(*sample.p_kw);
  if (sample.q_kvar) out.set_q_kvar(*sample.q_kvar);
  if (sample.low) out.set_low(*sample.low);
  out.set_high(sample.high);
  out.set_beyond(sample.beyond);
  return out;
}

void SetWorst(const domain::ComplianceRun& run, v1::ComplianceRow& row) {
  row.set_worst_response(static_cast<v1::GridResponse>(run.response));
  *row.mutable_worst_since() = wire::ToProto(run.since);
  *row.mutable_worst_until() = wire::ToProto(run.until);
  row.set_worst_sample_count(run.sample_count);
  row.set_worst_beyond(run.worst.beyond);
  row.set_worst_beyond_share(run.beyond_share);
}

// "E1 R1": each once, in the order of the rules.
std::string RuleNames(const Findings& findings) {
  std::set<gridcode::Rule> rules;
  for (const gridcode::Finding& finding : findings) rules.insert(finding.rule);
  return absl::StrJoin(
      rules, " ", [](std::string* out, gridcode::Rule rule) { out->append(std::string(gridcode::RuleName(rule))); });
}

}  // namespace

v1::ComplianceFinding ToProto(const domain::ComplianceFinding& finding) {
  const domain::ComplianceRun& run = finding.run;
  v1::ComplianceFinding out;
  out.set_finding_id(finding.finding_id);
  out.set_response(static_cast<v1::GridResponse>(run.response));
  out.set_reactive_mode(static_cast<v1::ReactiveMode>(run.reactive_mode));
  if (run.response == domain::GridResponse::kActivePower) {
    out.set_power_cause(static_cast<v1::PowerCause>(run.power_cause));
  }
  *out.mutable_since() = wire::ToProto(run.since);
  *out.mutable_until() = wire::ToProto(run.until);
  out.set_sample_count(run.sample_count);
  *out.mutable_worst() = ToProto(run.worst);
  out.set_beyond_share(run.beyond_share);
  for (const domain::ComplianceSample& sample : run.evidence) *out.add_evidence() = ToProto(sample);
  out.set_record_revision(run.record_revision);
  return out;
}

v1::ComplianceRow ToProto(const store::DerCompliance& found, const Findings& of_settings) {
  v1::ComplianceRow row;
  row.set_der_id(found.der.der_id);
  row.set_owner_id(found.der.owner_id);
  row.set_region_id(found.der.region_id);
  if (found.record) {
    row.set_profile_id(found.record->profile_id);
    row.set_settings_revision(static_cast<std::int32_t>(found.record->settings_revision));
  }
  const domain::ComplianceCounts& counts = found.counts;
  row.set_sample_count(counts.judged + counts.not_judged);
  row.set_judged_count(counts.judged);
  row.set_reactive_judged_count(counts.reactive_judged);
  row.set_active_outside_count(counts.active_outside);
  row.set_reactive_outside_count(counts.reactive_outside);
  row.set_finding_count(found.finding_count);
  if (found.worst) SetWorst(found.worst->run, row);
  row.set_settings_rules(RuleNames(of_settings));
  return row;
}

bool Passes(gridcode::Rule rule, v1::GridRule only_rule, v1::RuleSeverity only_severity) {
  const bool rule_passes = only_rule == v1::GRID_RULE_UNSPECIFIED || static_cast<int>(rule) == only_rule;
  return rule_passes && (only_severity == v1::RULE_SEVERITY_UNSPECIFIED ||
                         static_cast<int>(gridcode::SeverityOf(rule)) == only_severity);
}

}  // namespace derms::registry
