#include "absl/strings/str_cat.h"
#include "derms/v1/optimizer.grpc.pb.h"
#include "libs/wire/message_csv.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::OptimizerService::Stub;
using Result = absl::StatusOr<ExitCode>;
using Request = v1::GetScheduleCarbonRequest;
using Response = v1::GetScheduleCarbonResponse;

constexpr absl::Duration kPatience = absl::Seconds(60);  // a large fleet

struct Options {
  std::string run_id, der_id, owner, region, by = "der", basis, scope, intake, series;
  std::optional<double> initial_kg_per_kwh;
  bool csv = false;
};

void Declare(CLI::App& command, Options& options) {
  AddValue(command, "RUN", options.run_id, "", "The run.").Required();
  AddValue(command, "--by", options.by, "GROUPING", "Rows by " + Choices<v1::CarbonGrouping>() + "; default der.");
  AddValue(command, "--der", options.der_id, "DER", "Only this DER.");
  AddValue(command, "--owner", options.owner, "SUBJECT", "Only DERs of this owner.");
  AddValue(command, "--region", options.region, "REGION", "Only DERs of this region and its parts.");
  AddValue(command, "--series", options.series, "SERIES", "The grid's intensity; default that of the run's area.");
  AddValue(command, "--basis", options.basis, "BASIS", "What it says: " + Choices<v1::CarbonBasis>() + ".");
  AddValue(command, "--scope", options.scope, "SCOPE",
           "Emissions of generators that declare none: " + Choices<v1::CarbonScope>() + "; default direct.");
  AddValue(command, "--intake", options.intake, "INTAKE",
           "What storage takes in counts as " + Choices<v1::CarbonIntake>() + "; default grid.");
  AddValue(command, "--initial-kg-per-kwh", options.initial_kg_per_kwh, "KG", "Of what storage held at the begin.");
  AddFlag(command, "--csv", options.csv, "As CSV, with all fields.");
}

// An option that was not given leaves the field to the service.
template <typename Enum, typename Set>
absl::Status SetWord(const std::string& word, Set set) {
  if (word.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Enum value, ParseWord<Enum>(word));
  set(value);
  return absl::OkStatus();
}

absl::StatusOr<Request> ToRequest(const Options& options) {
  Request request;
  request.set_run_id(options.run_id);
  request.set_der_id(options.der_id);
  request.set_owner_id(options.owner);
  request.set_region_id(options.region);
  request.set_intensity_series_id(options.series);
  if (options.initial_kg_per_kwh) request.set_initial_kg_per_kwh(*options.initial_kg_per_kwh);
  RETURN_IF_ERROR(SetWord<v1::CarbonGrouping>(options.by, [&](auto value) { request.set_grouping(value); }));
  RETURN_IF_ERROR(SetWord<v1::CarbonBasis>(options.basis, [&](auto value) { request.set_basis(value); }));
  RETURN_IF_ERROR(SetWord<v1::CarbonScope>(options.scope, [&](auto value) { request.set_scope(value); }));
  RETURN_IF_ERROR(SetWord<v1::CarbonIntake>(options.intake, [&](auto value) { request.set_intake(value); }));
  return request;
}

std::string Kg(bool known, double kg) {
  return known ? FormatNumber(kg, 1) : "";
}

void AddRow(const v1::ScheduleCarbon& row, const std::string& name, Table& table) {
  table.AddRow({name, row.owner_id(), FormatNumber(row.output_kwh(), 1), FormatNumber(row.displaced_kg(), 1),
                FormatNumber(row.emitted_kg(), 1), FormatNumber(row.avoided_kg(), 1),
                Kg(row.has_stored_kg(), row.stored_kg())});
}

Table EmptyTable() {
  constexpr Align kRight = Align::kRight;
  return Table({{"der"},
                {"owner"},
                {"output kWh", kRight},
                {"displaced kg", kRight},
                {"emitted kg", kRight},
                {"avoided kg", kRight},
                {"stored kg", kRight}});
}

void Explain(Session& session, const Response& first) {
  session.out() << "\nmethod: " << Printable(first.method()) << '\n';
  for (const std::string& text : first.assumptions()) session.out() << "assumed: " << Printable(text) << '\n';
  session.out() << "from: " << Printable(first.intensity_series_id()) << ", " << Word(first.basis()) << '\n';
}

Result Schedule(Session& session, const Options& options) {
  ASSIGN_OR_RETURN(Request request, ToRequest(options));
  Table table = EmptyTable();
  std::optional<Response> first;
  while (true) {
    ASSIGN_OR_RETURN(const Response page,
                     session.Call(Process::kOptimizer, &Stub::GetScheduleCarbon, request, kPatience));
    if (options.csv && !first) session.out() << wire::CsvHeader(*v1::ScheduleCarbon::descriptor());
    for (const v1::ScheduleCarbon& row : page.rows()) {
      if (session.json()) {
        session.PrintJson(row);
      } else if (options.csv) {
        session.out() << wire::CsvLine(row);
      } else {
        AddRow(row, row.der_id(), table);
      }
    }
    if (!first) first = page;
    if (page.next_page_token().empty()) break;
    request.set_page_token(page.next_page_token());
  }
  if (session.json() || options.csv) return ExitCode::kOk;
  AddRow(first->total(), absl::StrCat(FormatCount(first->total().der_count()), " DERs"), table);
  session.Print(table);
  Explain(session, *first);
  return ExitCode::kOk;
}

}  // namespace

void AddCarbonCommands(CLI::App& root, Selected& selected) {
  CLI::App& carbon = AddGroup(root, "carbon", "Carbon of schedules: emitted, avoided, held by storage.");
  AddCommand(carbon, selected,
             {"schedule", "Tells the carbon of a run's schedules, with method and assumptions.",
              "dermsctl carbon schedule RUN --by owner\n"
              "dermsctl carbon schedule RUN --scope life-cycle --intake area-mix --csv > carbon.csv"},
             Declare, Schedule);
}

}  // namespace derms::dermsctl
