#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "derms/v1/telemetry.grpc.pb.h"
#include "libs/client/bulk.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/csv.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/output/text.h"
#include "services/dermsctl/report.h"

namespace derms::dermsctl {
namespace {

constexpr int kReadingsPerMessage = 2'000;  // the service takes up to 10,000

const std::vector<std::string> kColumns = {
    "der_id",       "measured_at",         "power_kw", "reactive_power_kvar", "voltage_v",
    "frequency_hz", "state_of_charge_kwh", "quality"};

struct ReportOptions {
  std::string file;
};

void DeclareReport(CLI::App& command, ReportOptions& options) {
  AddValue(command, "FILE", options.file, "",
           "CSV with der_id and any of power_kw, reactive_power_kvar, voltage_v, frequency_hz, state_of_charge_kwh, "
           "quality, measured_at (default: now).")
      .Required();
}

absl::StatusOr<v1::Reading> ReadReading(const CsvRow& row, std::optional<absl::TimeZone> zone) {
  base::Violations violations;
  v1::Reading reading;
  reading.set_der_id(row.Text({"der_id"}).value_or(""));
  if (reading.der_id().empty()) violations.Add("der_id", "is missing");
  if (const auto text = row.Text({"measured_at"})) {
    ASSIGN_OR_RETURN(const absl::Time time, ParseTime(*text, zone));
    *reading.mutable_measured_at() = ToTimestamp(time);
  }
  if (const auto v = row.Number({"power_kw"}, violations)) reading.set_power_kw(*v);
  if (const auto v = row.Number({"reactive_power_kvar"}, violations)) reading.set_reactive_power_kvar(*v);
  if (const auto v = row.Number({"voltage_v"}, violations)) reading.set_voltage_v(*v);
  if (const auto v = row.Number({"frequency_hz"}, violations)) reading.set_frequency_hz(*v);
  if (const auto v = row.Number({"state_of_charge_kwh"}, violations)) reading.set_state_of_charge_kwh(*v);
  if (const auto text = row.Text({"quality"})) {
    ASSIGN_OR_RETURN(const v1::ReadingQuality quality, ParseWord<v1::ReadingQuality>(*text));
    reading.set_quality(quality);
  }
  RETURN_IF_ERROR(violations.ToStatus("INVALID_READING"));
  return reading;
}

// Fills one message from the file; false at the end. A file that breaks off leaves its error in `status`.
bool Fill(CsvReader& reader, std::optional<absl::TimeZone> zone, BulkOutcome& outcome, absl::Status& status,
          v1::ReportReadingsRequest* message) {
  while (message->readings_size() < kReadingsPerMessage) {
    const auto row = reader.Next();
    if (!row.ok()) status = row.status();
    if (!row.ok() || !*row) break;
    auto reading = ReadReading(**row, zone);
    if (reading.ok()) {
      *message->add_readings() = *std::move(reading);
    } else {
      outcome.Rejected(absl::StrCat("line ", (*row)->line()), reading.status());
    }
  }
  return message->readings_size() > 0;
}

void Count(const v1::ReportReadingsResponse& answer, BulkOutcome& outcome) {
  outcome.Done(answer.accepted());
  for (const auto& result : answer.rejected()) outcome.Add(result, "");
  outcome.RejectedUnlisted(answer.rejected_count() - answer.rejected_size());
}

absl::StatusOr<ExitCode> Report(Session& session, const ReportOptions& options) {
  ASSIGN_OR_RETURN(const auto reader, CsvReader::Open(options.file));
  const auto unknown = reader->UnknownColumns(kColumns);
  if (!unknown.empty()) session.Warn(absl::StrCat("columns not used: ", absl::StrJoin(unknown, ", ")));
  ASSIGN_OR_RETURN(client::Connection * registry, session.Connect(Process::kRegistry));

  BulkOutcome outcome("readings", "stored", "unchanged");
  absl::Status file_status;
  client::BulkExchange<v1::ReportReadingsRequest, v1::ReportReadingsResponse> exchange(
      *registry, &v1::TelemetryService::Stub::ReportReadings);
  auto progress = session.NewProgress("readings");
  const absl::Status sent = exchange.Run(
      [&](v1::ReportReadingsRequest* message) {
        return Fill(*reader, session.given_zone(), outcome, file_status, message);
      },
      [&](const v1::ReportReadingsRequest&, const v1::ReportReadingsResponse& answer) {
        Count(answer, outcome);
        progress->Update(reader->progress(), FormatCount(outcome.handled()));
      });
  progress.reset();
  if (outcome.handled() == 0) RETURN_IF_ERROR(sent);
  const ExitCode code = outcome.Report(session);
  RETURN_IF_ERROR(sent);
  RETURN_IF_ERROR(file_status);
  return code;
}

struct ListOptions {
  std::string der_id, from, until;
};

void DeclareList(CLI::App& command, ListOptions& options) {
  AddValue(command, "DER", options.der_id, "", "Id of the DER.").Required();
  AddValue(command, "--from", options.from, "TIME", "Only readings measured from here on.");
  AddValue(command, "--until", options.until, "TIME", "Only readings measured before here.");
}

std::string Cell(bool known, double value, int decimals) {
  return known ? FormatNumber(value, decimals) : "";
}

void AddReading(Session& session, const v1::Reading& r, Table& table) {
  table.AddRow({session.Time(r.measured_at()), Cell(r.has_power_kw(), r.power_kw(), 2),
                Cell(r.has_reactive_power_kvar(), r.reactive_power_kvar(), 2),
                Cell(r.has_voltage_v(), r.voltage_v(), 1), Cell(r.has_frequency_hz(), r.frequency_hz(), 3),
                Cell(r.has_state_of_charge_kwh(), r.state_of_charge_kwh(), 1), Word(r.quality())});
}

absl::StatusOr<ExitCode> List(Session& session, const ListOptions& options) {
  using Stub = v1::TelemetryService::Stub;
  v1::ListReadingsRequest request;
  request.set_der_id(options.der_id);
  if (!options.from.empty()) {
    ASSIGN_OR_RETURN(const absl::Time from, ParseTime(options.from, session.given_zone()));
    *request.mutable_from() = ToTimestamp(from);
  }
  if (!options.until.empty()) {
    ASSIGN_OR_RETURN(const absl::Time until, ParseTime(options.until, session.given_zone()));
    *request.mutable_until() = ToTimestamp(until);
  }
  constexpr Align kRight = Align::kRight;
  Table table(
      {{"measured at"}, {"kW", kRight}, {"kvar", kRight}, {"V", kRight}, {"Hz", kRight}, {"kWh", kRight}, {"quality"}});
  RETURN_IF_ERROR((session.ForEachPage<Stub, v1::ListReadingsRequest, v1::ListReadingsResponse>(
      Process::kRegistry, &Stub::ListReadings, request, [&](const v1::ListReadingsResponse& page) {
        for (const v1::Reading& reading : page.readings()) {
          if (session.json()) session.PrintJson(reading);
          AddReading(session, reading, table);
        }
        return true;
      })));
  if (!session.json()) session.Print(table);
  return ExitCode::kOk;
}

}  // namespace

void AddReadingCommands(CLI::App& root, Selected& selected) {
  CLI::App& readings = AddGroup(root, "readings", "Meter readings.");
  AddCommand(readings, selected,
             {"report", "Stores the readings of a CSV file.", "dermsctl readings report readings.csv"}, DeclareReport,
             Report);
  AddCommand(readings, selected,
             {"list", "Lists the readings of a DER by time.",
              "dermsctl readings list SOLAR-01 --from 2026-11-25T00:00Z --until 2026-11-26T00:00Z"},
             DeclareList, List);
}

}  // namespace derms::dermsctl
