#include "libs/store/compliance_rows.h"

#include <nlohmann/json.hpp>

#include "libs/store/reading_chunks.h"

namespace derms::store {
namespace {

using domain::ComplianceRun;
using domain::ComplianceSample;
using nlohmann::json;

constexpr char kUnreadable[] = "what was found in readings is not in a form that this version knows";

// Times in microseconds since 1970. A number that is not known is not there.
json JsonOf(const ComplianceSample& sample) {
  json out = {{"at_us", absl::ToUnixMicros(sample.measured_at)}, {"high", sample.high}, {"beyond", sample.beyond}};
  const auto add = [&](const char* name, const std::optional<double>& value) {
    if (value) out[name] = *value;
  };
  add("v_pu", sample.v_pu);
  add("f_hz", sample.f_hz);
  add("p_kw", sample.p_kw);
  add("q_kvar", sample.q_kvar);
  add("low", sample.low);
  return out;
}

ComplianceSample SampleIn(const json& in) {
  const auto get = [&](const char* name) {
    const auto found = in.find(name);
    return found == in.end() ? std::nullopt : std::optional(found->get<double>());
  };
  ComplianceSample sample{.measured_at = absl::FromUnixMicros(in.at("at_us").get<std::int64_t>()),
                          .v_pu = get("v_pu"),
                          .f_hz = get("f_hz"),
                          .p_kw = get("p_kw"),
                          .q_kvar = get("q_kvar"),
                          .low = get("low"),
                          .high = in.at("high").get<double>(),
                          .beyond = in.at("beyond").get<double>()};
  return sample;
}

json JsonOf(const std::vector<ComplianceSample>& samples) {
  json out = json::array();
  for (const ComplianceSample& sample : samples) out.push_back(JsonOf(sample));
  return out;
}
std::vector<ComplianceSample> SamplesIn(const json& in) {
  std::vector<ComplianceSample> samples;
  for (const json& each : in) samples.push_back(SampleIn(each));
  return samples;
}

json JsonOf(const ComplianceRun& run) {
  json out = {{"response", static_cast<int>(run.response)},
              {"mode", run.reactive_mode},
              {"cause", run.power_cause},
              {"revision", run.record_revision},
              {"since_us", absl::ToUnixMicros(run.since)},
              {"until_us", absl::ToUnixMicros(run.until)},
              {"samples", run.sample_count},
              {"worst", JsonOf(run.worst)},
              {"share", run.beyond_share}};
  if (!run.evidence.empty()) out["evidence"] = JsonOf(run.evidence);
  return out;
}

ComplianceRun RunIn(const json& in) {
  ComplianceRun run;
  run.response = static_cast<domain::GridResponse>(in.at("response").get<int>());
  run.reactive_mode = in.at("mode").get<int>();
  run.power_cause = in.at("cause").get<int>();
  run.record_revision = in.at("revision").get<std::int64_t>();
  run.since = absl::FromUnixMicros(in.at("since_us").get<std::int64_t>());
  run.until = absl::FromUnixMicros(in.at("until_us").get<std::int64_t>());
  run.sample_count = in.at("samples").get<int>();
  run.worst = SampleIn(in.at("worst"));
  run.beyond_share = in.at("share").get<double>();
  if (in.contains("evidence")) run.evidence = SamplesIn(in.at("evidence"));
  return run;
}

template <typename Read>
auto Parsed(std::string_view text, Read read) {
  try {
    return read(json::parse(text));
  } catch (const json::exception&) {
    UnreadableRow(kUnreadable);
  }
}

}  // namespace

std::string SampleJson(const ComplianceSample& sample) {
  return JsonOf(sample).dump();
}
std::string SamplesJson(const std::vector<ComplianceSample>& samples) {
  return JsonOf(samples).dump();
}
std::string RunsJson(const std::vector<ComplianceRun>& runs) {
  json out = json::array();
  for (const ComplianceRun& run : runs) out.push_back(JsonOf(run));
  return out.dump();
}

ComplianceSample SampleOf(std::string_view text) {
  return Parsed(text, SampleIn);
}
std::vector<ComplianceSample> SamplesOf(std::string_view text) {
  return Parsed(text, SamplesIn);
}
std::vector<ComplianceRun> RunsOf(std::string_view text) {
  return Parsed(text, [](const json& in) {
    std::vector<ComplianceRun> runs;
    for (const json& each : in) runs.push_back(RunIn(each));
    return runs;
  });
}

domain::ComplianceFinding FindingOf(const Rows& rows, std::size_t row, int first_column) {
  int column = first_column;
  domain::ComplianceFinding finding;
  ComplianceRun& run = finding.run;
  finding.finding_id = rows.Text(row, column++);
  run.response = static_cast<domain::GridResponse>(rows.Small(row, column++));
  run.since = rows.Micros(row, column++);
  run.until = rows.Micros(row, column++);
  run.sample_count = rows.Small(row, column++);
  run.record_revision = rows.Int(row, column++);
  run.reactive_mode = rows.Small(row, column++);
  run.power_cause = rows.Small(row, column++);
  run.beyond_share = rows.Double(row, column++);
  run.worst = SampleOf(rows.View(row, column++));
  run.evidence = SamplesOf(rows.View(row, column++));
  return finding;
}

}  // namespace derms::store
