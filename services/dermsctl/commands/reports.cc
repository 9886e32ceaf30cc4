#include "absl/strings/str_cat.h"
#include "derms/v1/telemetry.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::TelemetryService::Stub;
using Result = absl::StatusOr<ExitCode>;

constexpr absl::Duration kPatience = absl::Seconds(60);  // a year of a large fleet

// Which DERs and which time.
struct ScopeOptions {
  std::string der_id, owner, region, from, until;
};

void DeclareScope(CLI::App& command, ScopeOptions& options) {
  AddValue(command, "--from", options.from, "TIME", "Begin of the period, cut to the hour.").Required();
  AddValue(command, "--until", options.until, "TIME", "Its end; now without it.");
  AddValue(command, "--der", options.der_id, "DER", "Only this DER.");
  AddValue(command, "--owner", options.owner, "SUBJECT", "Only DERs of this owner.");
  AddValue(command, "--region", options.region, "REGION", "Only this region and its parts.");
}

template <typename Request>
absl::Status SetScope(Session& session, const ScopeOptions& options, Request& request) {
  request.set_der_id(options.der_id);
  request.set_owner_id(options.owner);
  request.set_region_id(options.region);
  ASSIGN_OR_RETURN(const absl::Time from, ParseTime(options.from, session.given_zone()));
  *request.mutable_from() = ToTimestamp(from);
  if (options.until.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const absl::Time until, ParseTime(options.until, session.given_zone()));
  *request.mutable_until() = ToTimestamp(until);
  return absl::OkStatus();
}

std::string Number(bool known, double value, int decimals) {
  return known ? FormatNumber(value, decimals) : "";
}
std::string Percent(bool known, double share) {
  return known ? absl::StrCat(FormatNumber(100 * share, 1), " %") : "";
}

void PrintTotal(Session& session, const v1::GetPerformanceResponse& answer) {
  const v1::Performance& p = answer.total();
  session.out() << FormatCount(p.der_count()) << " DERs, " << FormatNumber(p.capacity_kw(), 1) << " kW, "
                << session.Time(answer.from()) << " to " << session.Time(answer.until()) << "\n\n";
  Table table({{"figure"}, {"value", Align::kRight}});
  table.AddRow({"availability (AF)", Percent(p.has_availability_factor(), p.availability_factor())});
  table.AddRow({"derated hours (equivalent)", FormatNumber(p.equivalent_derated_hours(), 1)});
  table.AddRow({"weighted availability (WEAF)",
                Percent(p.has_weighted_equivalent_availability_factor(), p.weighted_equivalent_availability_factor())});
  table.AddRow({"capacity factor", Percent(p.has_capacity_factor(), p.capacity_factor())});
  table.AddRow({"utilization", Percent(p.has_utilization(), p.utilization())});
  table.AddRow({"generated kWh", FormatNumber(p.generated_kwh(), 1)});
  table.AddRow({"consumed kWh", FormatNumber(p.consumed_kwh(), 1)});
  table.AddRow({"curtailed kWh", Number(p.has_curtailed_kwh(), p.curtailed_kwh(), 1)});
  table.AddRow({"curtailed", Percent(p.has_curtailed_share(), p.curtailed_share())});
  table.AddRow({"energy value USD", Number(p.has_energy_value_usd(), p.energy_value_usd(), 2)});
  table.AddRow({"operating cost USD", Number(p.has_operating_cost_usd(), p.operating_cost_usd(), 2)});
  table.AddRow({"cost efficiency", Number(p.has_cost_efficiency(), p.cost_efficiency(), 3)});
  table.AddRow({"frequency in band", Percent(p.has_frequency_in_band_share(), p.frequency_in_band_share())});
  table.AddRow({"voltage in band", Percent(p.has_voltage_in_band_share(), p.voltage_in_band_share())});
  table.AddRow({"stability contribution", Number(p.has_stability_contribution(), p.stability_contribution(), 3)});
  table.AddRow({"fairness (Jain)", Number(answer.fairness().has_jain_index(), answer.fairness().jain_index(), 3)});
  session.Print(table);
}

Result Performance(Session& session, const ScopeOptions& options) {
  v1::GetPerformanceRequest request;
  RETURN_IF_ERROR(SetScope(session, options, request));
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::GetPerformance, request, kPatience));
  if (session.json()) {
    session.PrintJson(answer);
  } else {
    PrintTotal(session, answer);
  }
  return ExitCode::kOk;
}

struct ReportOptions {
  ScopeOptions scope;
  std::string kind, step = "day", by = "der";
  bool csv = false;
};

void DeclareReport(CLI::App& command, ReportOptions& options) {
  AddValue(command, "KIND", options.kind, "", Choices<v1::ReportKind>() + ".").Required();
  DeclareScope(command, options.scope);
  AddValue(command, "--step", options.step, "STEP", "Of a history: " + Choices<v1::ReportStep>() + ".");
  AddValue(command, "--by", options.by, "GROUPING", "Of carbon: rows by " + Choices<v1::ReportGrouping>() + ".");
  AddFlag(command, "--csv", options.csv, "As CSV, with all fields.");
}

Table EmptyTable(v1::ReportKind kind) {
  constexpr Align kRight = Align::kRight;
  if (kind == v1::REPORT_KIND_HISTORY) {
    return Table({{"from"}, {"DERs", kRight}, {"generated kWh", kRight}, {"consumed kWh", kRight}, {"max kW", kRight}});
  }
  if (kind == v1::REPORT_KIND_CARBON) {
    return Table({{"der"},
                  {"owner"},
                  {"generated kWh", kRight},
                  {"emitted kg", kRight},
                  {"stored kg", kRight},
                  {"net avoided kg", kRight}});
  }
  if (kind == v1::REPORT_KIND_COMPLIANCE) {
    return Table({{"der"},
                  {"region"},
                  {"judged", kRight},
                  {"outside", kRight},
                  {"findings", kRight},
                  {"worst of rated", kRight},
                  {"rules of settings"}});
  }
  return Table({{"der"},
                {"region"},
                {"kW", kRight},
                {"available", kRight},
                {"generated kWh", kRight},
                {"utilization", kRight},
                {"curtailed", kRight}});
}

// The figures that people look at first; --json and --csv have all of them.
void AddRows(Session& session, const v1::GetReportResponse& page, Table& table) {
  for (const v1::Performance& row : page.performance()) {
    table.AddRow({row.der_id(), row.region_id(), FormatNumber(row.capacity_kw(), 1),
                  Percent(row.has_availability_factor(), row.availability_factor()),
                  FormatNumber(row.generated_kwh(), 1), Percent(row.has_utilization(), row.utilization()),
                  Percent(row.has_curtailed_share(), row.curtailed_share())});
  }
  for (const v1::HistoryRow& row : page.history()) {
    table.AddRow({session.Time(row.starts_at()), FormatCount(row.der_count()), FormatNumber(row.generated_kwh(), 1),
                  FormatNumber(row.consumed_kwh(), 1), Number(row.has_max_power_kw(), row.max_power_kw(), 1)});
  }
  for (const v1::CarbonRow& row : page.carbon()) {
    table.AddRow({row.der_id(), row.owner_id(), FormatNumber(row.generated_kwh(), 1), FormatNumber(row.emitted_kg(), 1),
                  Number(row.has_stored_kg(), row.stored_kg(), 1),
                  Number(row.has_net_avoided_kg(), row.net_avoided_kg(), 1)});
  }
  for (const v1::ComplianceRow& row : page.compliance()) {
    table.AddRow({row.der_id(), row.region_id(), FormatCount(row.judged_count()),
                  FormatCount(row.active_outside_count() + row.reactive_outside_count()),
                  FormatCount(row.finding_count()), Percent(row.has_worst_beyond_share(), row.worst_beyond_share()),
                  row.settings_rules()});
  }
}

void PrintJsonRows(Session& session, const v1::GetReportResponse& page) {
  for (const auto& row : page.performance()) session.PrintJson(row);
  for (const auto& row : page.history()) session.PrintJson(row);
  for (const auto& row : page.carbon()) session.PrintJson(row);
  for (const auto& row : page.compliance()) session.PrintJson(row);
}

Result Report(Session& session, const ReportOptions& options) {
  v1::GetReportRequest request;
  ASSIGN_OR_RETURN(const auto kind, ParseWord<v1::ReportKind>(options.kind));
  ASSIGN_OR_RETURN(const auto step, ParseWord<v1::ReportStep>(options.step));
  RETURN_IF_ERROR(SetScope(session, options.scope, request));
  request.set_kind(kind);
  ASSIGN_OR_RETURN(const auto grouping, ParseWord<v1::ReportGrouping>(options.by));
  request.set_step(step);
  request.set_grouping(grouping);
  request.set_format(options.csv ? v1::REPORT_FORMAT_CSV : v1::REPORT_FORMAT_ROWS);
  Table table = EmptyTable(kind);
  while (true) {
    ASSIGN_OR_RETURN(const auto page, session.Call(Process::kRegistry, &Stub::GetReport, request, kPatience));
    session.out() << page.csv();
    if (session.json()) PrintJsonRows(session, page);
    AddRows(session, page, table);
    if (page.next_page_token().empty()) break;
    request.set_page_token(page.next_page_token());
  }
  if (!session.json() && !options.csv) session.Print(table);
  return ExitCode::kOk;
}

}  // namespace

void AddReportCommands(CLI::App& root, Selected& selected) {
  AddCommand(root, selected,
             {"performance", "Tells how DERs performed together: availability, energy, curtailment, value, fairness.",
              "dermsctl performance --from 2026-11-01T00:00Z --region NORTH"},
             DeclareScope, Performance);
  AddCommand(
      root, selected,
      {"report", "Prints a report: performance, carbon or compliance of each DER, or the history of all of them.",
       "dermsctl report performance --from 2026-11-01T00:00Z --csv > november.csv\n"
       "dermsctl report history --from 2026-11-01T00:00Z --step hour --der SOLAR-01"},
      DeclareReport, Report);
}

}  // namespace derms::dermsctl
