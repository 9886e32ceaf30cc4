#include "absl/strings/str_cat.h"
#include "derms/v1/compliance.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/grid_csv.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::ComplianceService::Stub;
using Result = absl::StatusOr<ExitCode>;

constexpr absl::Duration kPatience = absl::Seconds(60);  // a month of a reading a second; a large fleet

template <typename Request>
absl::Status SetPeriod(Session& session, const std::string& from, const std::string& until, Request& request) {
  ASSIGN_OR_RETURN(const absl::Time begin, ParseTime(from, session.given_zone()));
  *request.mutable_from() = ToTimestamp(begin);
  if (until.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const absl::Time end, ParseTime(until, session.given_zone()));
  *request.mutable_until() = ToTimestamp(end);
  return absl::OkStatus();
}

std::string ResponseWord(v1::GridResponse response) {
  return response == v1::GRID_RESPONSE_UNSPECIFIED ? "" : Word(response);
}
std::string Percent(bool known, double share) {
  return known ? absl::StrCat(FormatNumber(100 * share, 1), " %") : "";
}

struct CheckOptions {
  std::string der_id, from, until, settings;
  std::optional<double> v_pu, f_hz, power_share;
  std::int64_t least_samples = 0;
};

void DeclareCheck(CLI::App& command, CheckOptions& options) {
  AddValue(command, "DER", options.der_id, "", "Id of the DER.").Required();
  AddValue(command, "--from", options.from, "TIME", "Begin of the period, cut to the hour.").Required();
  AddValue(command, "--until", options.until, "TIME", "Its end, at most 31 days later; now without it.");
  AddValue(command, "--settings", options.settings, "FILE",
           "Judge by the settings of this file (docs/grid-code.md) in place of the stored ones.");
  AddValue(command, "--voltage-accuracy", options.v_pu, "PU", "Accuracy of the voltage; default 0.01.");
  AddValue(command, "--frequency-accuracy", options.f_hz, "HZ", "Accuracy of the frequency; default 0.01.");
  AddValue(command, "--power-accuracy", options.power_share, "SHARE",
           "Accuracy of power, of the rated apparent power; default 0.05.");
  AddValue(command, "--least-samples", options.least_samples, "COUNT",
           "Readings one after the other that make a finding; default 3.");
}

absl::StatusOr<v1::CheckComplianceRequest> ToRequest(Session& session, const CheckOptions& options) {
  v1::CheckComplianceRequest request;
  request.set_der_id(options.der_id);
  RETURN_IF_ERROR(SetPeriod(session, options.from, options.until, request));
  if (!options.settings.empty()) {
    ASSIGN_OR_RETURN(const GridSettingsFile file, ReadGridSettings(options.settings));
    *request.mutable_settings() = file.settings;
  }
  if (options.v_pu) request.mutable_accuracy()->set_v_pu(*options.v_pu);
  if (options.f_hz) request.mutable_accuracy()->set_f_hz(*options.f_hz);
  if (options.power_share) request.mutable_accuracy()->set_power_share(*options.power_share);
  request.set_least_samples(static_cast<std::int32_t>(options.least_samples));
  return request;
}

// "12,030 of 12,096 readings judged, none outside".
std::string CountsSentence(const v1::ComplianceRow& row) {
  const std::string outside =
      row.active_outside_count() + row.reactive_outside_count() == 0
          ? "none outside"
          : absl::StrCat(FormatCount(row.reactive_outside_count()), " outside in reactive power, ",
                         FormatCount(row.active_outside_count()), " in active power");
  return absl::StrCat(FormatCount(row.judged_count()), " of ", FormatCount(row.sample_count()), " readings judged (",
                      FormatCount(row.reactive_judged_count()), " in reactive power), ", outside);
}

void PrintCheck(Session& session, const v1::CheckComplianceResponse& answer) {
  session.out() << CountsSentence(answer.row()) << '\n';
  if (answer.row().finding_count() > 0) {
    Table table({{"rule"},
                 {"response"},
                 {"since"},
                 {"until"},
                 {"readings", Align::kRight},
                 {"worst", Align::kRight},
                 {"allowed", Align::kRight},
                 {"beyond", Align::kRight},
                 {"of rated", Align::kRight}});
    for (const v1::ComplianceFinding& f : answer.findings()) {
      const bool reactive = f.response() == v1::GRID_RESPONSE_REACTIVE_POWER;
      const v1::ComplianceSample& w = f.worst();
      table.AddRow({"R2", Word(f.response()), session.Time(f.since()), session.Time(f.until()),
                    FormatCount(f.sample_count()), FormatNumber(reactive ? w.q_kvar() : w.p_kw(), 2),
                    w.has_low() ? absl::StrCat(FormatNumber(w.low(), 2), " to ", FormatNumber(w.high(), 2))
                                : absl::StrCat("at most ", FormatNumber(w.high(), 2)),
                    FormatNumber(w.beyond(), 2), Percent(f.has_beyond_share(), f.beyond_share())});
    }
    session.Print(table);
    if (answer.row().finding_count() > answer.findings_size()) {
      session.out() << "the first " << answer.findings_size() << " of " << FormatCount(answer.row().finding_count())
                    << " findings\n";
    }
  }
  for (const v1::GridFinding& f : answer.settings_findings()) {
    session.out() << f.rule() << ' ' << f.field() << ": " << f.observed() << "; "
                  << (f.rule() == "R1" ? "the profile has " : "must be ") << f.limit() << '\n';
  }
}

Result Check(Session& session, const CheckOptions& options) {
  ASSIGN_OR_RETURN(const auto request, ToRequest(session, options));
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::CheckCompliance, request, kPatience));
  if (session.json()) {
    session.PrintJson(answer);
  } else {
    PrintCheck(session, answer);
  }
  return ExitCode::kOk;
}

struct ReportOptions {
  std::string from, until, der_id, owner, region, rule, severity;
  bool csv = false;
};

void DeclareReport(CLI::App& command, ReportOptions& options) {
  AddValue(command, "--from", options.from, "TIME", "Begin of the period, cut to the hour.").Required();
  AddValue(command, "--until", options.until, "TIME", "Its end; now without it.");
  AddValue(command, "--der", options.der_id, "DER", "Only this DER.");
  AddValue(command, "--owner", options.owner, "SUBJECT", "Only DERs of this owner.");
  AddValue(command, "--region", options.region, "REGION", "Only this region and its parts.");
  AddValue(command, "--rule", options.rule, "RULE",
           absl::StrCat("Only DERs for which this rule found something: ", Choices<v1::GridRule>(), "."));
  AddValue(command, "--severity", options.severity, "SEVERITY",
           absl::StrCat("The same with every rule that does this: ", Choices<v1::RuleSeverity>(), "."));
  AddFlag(command, "--csv", options.csv, "As CSV, with all fields.");
}

absl::StatusOr<v1::GetComplianceReportRequest> ToRequest(Session& session, const ReportOptions& options) {
  v1::GetComplianceReportRequest request;
  RETURN_IF_ERROR(SetPeriod(session, options.from, options.until, request));
  request.set_der_id(options.der_id);
  request.set_owner_id(options.owner);
  request.set_region_id(options.region);
  if (!options.rule.empty()) {
    ASSIGN_OR_RETURN(const auto rule, ParseWord<v1::GridRule>(options.rule));
    request.set_grid_rule(rule);
  }
  if (!options.severity.empty()) {
    ASSIGN_OR_RETURN(const auto severity, ParseWord<v1::RuleSeverity>(options.severity));
    request.set_severity(severity);
  }
  request.set_format(options.csv ? v1::REPORT_FORMAT_CSV : v1::REPORT_FORMAT_ROWS);
  return request;
}

Result Report(Session& session, const ReportOptions& options) {
  ASSIGN_OR_RETURN(auto request, ToRequest(session, options));
  constexpr Align kRight = Align::kRight;
  Table table({{"der"},
               {"region"},
               {"judged", kRight},
               {"outside", kRight},
               {"findings", kRight},
               {"worst"},
               {"of rated", kRight},
               {"rules of settings"}});
  while (true) {
    ASSIGN_OR_RETURN(const auto page, session.Call(Process::kRegistry, &Stub::GetComplianceReport, request, kPatience));
    session.out() << page.csv();
    for (const v1::ComplianceReportRow& each : page.rows()) {
      if (session.json()) session.PrintJson(each);
      const v1::ComplianceRow& row = each.row();
      table.AddRow({row.der_id(), row.region_id(), FormatCount(row.judged_count()),
                    FormatCount(row.active_outside_count() + row.reactive_outside_count()),
                    FormatCount(row.finding_count()), ResponseWord(row.worst_response()),
                    Percent(row.has_worst_beyond_share(), row.worst_beyond_share()), row.settings_rules()});
    }
    if (page.next_page_token().empty()) break;
    request.set_page_token(page.next_page_token());
  }
  if (!session.json() && !options.csv) session.Print(table);
  return ExitCode::kOk;
}

}  // namespace

void AddComplianceCommands(CLI::App& root, Selected& selected) {
  CLI::App& compliance =
      AddGroup(root, "compliance", "Whether DERs answer voltage and frequency as their settings say.");
  AddCommand(compliance, selected,
             {"check", "Judges the stored readings of a DER now.",
              "dermsctl compliance check SOLAR-01 --from 2026-11-25T00:00Z\n"
              "dermsctl compliance check SOLAR-01 --from 2026-11-25T00:00Z --settings planned.csv"},
             DeclareCheck, Check);
  AddCommand(compliance, selected,
             {"report", "Prints what was found while readings came in, and what the rules find in settings.",
              "dermsctl compliance report --from 2026-11-01T00:00Z --rule r2\n"
              "dermsctl compliance report --from 2026-11-01T00:00Z --csv > compliance.csv"},
             DeclareReport, Report);
}

}  // namespace derms::dermsctl
