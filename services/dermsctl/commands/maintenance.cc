#include "absl/strings/str_cat.h"
#include "derms/v1/registry.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/time.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::RegistryService::Stub;
using Result = absl::StatusOr<ExitCode>;

struct RecordOptions {
  std::string der_id;
  std::string kind;
  std::string from;
  std::string until;
  std::string crew;
  std::string notes;
};

void DeclareRecord(CLI::App& command, RecordOptions& options) {
  AddValue(command, "DER", options.der_id, "", "Id of the DER.").Required();
  AddValue(command, "--kind", options.kind, "KIND", Choices<v1::MaintenanceKind>() + ".").Required();
  AddValue(command, "--from", options.from, "TIME", "When the work begins or began.").Required();
  AddValue(command, "--until", options.until, "TIME", "When it ends or ended.").Required();
  AddValue(command, "--notes", options.notes, "TEXT", "What is or was done.").Required();
  AddValue(command, "--crew", options.crew, "TEXT", "Who does or did it.");
}

void PrintRecords(Session& session, const std::vector<v1::MaintenanceRecord>& records) {
  Table table({{"record"}, {"der"}, {"kind"}, {"from"}, {"until"}, {"crew"}, {"notes"}});
  for (const v1::MaintenanceRecord& r : records) {
    if (session.json()) session.PrintJson(r);
    table.AddRow({r.record_id(), r.der_id(), Word(r.kind()), session.Time(r.starts_at()), session.Time(r.ends_at()),
                  r.crew(), r.notes()});
  }
  if (!session.json()) session.Print(table);
}

Result Record(Session& session, const RecordOptions& options) {
  v1::RecordMaintenanceRequest request;
  request.set_der_id(options.der_id);
  ASSIGN_OR_RETURN(const auto kind, ParseWord<v1::MaintenanceKind>(options.kind));
  request.set_kind(kind);
  ASSIGN_OR_RETURN(const absl::Time from, ParseTime(options.from, session.given_zone()));
  ASSIGN_OR_RETURN(const absl::Time until, ParseTime(options.until, session.given_zone()));
  *request.mutable_starts_at() = ToTimestamp(from);
  *request.mutable_ends_at() = ToTimestamp(until);
  request.set_crew(options.crew);
  request.set_notes(options.notes);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::RecordMaintenance, request));
  PrintRecords(session, {answer.record()});
  session.Note(
      absl::StrCat("The status is unchanged. To lock it out: dermsctl status set ", options.der_id, " maintenance"));
  return ExitCode::kOk;
}

struct ListOptions {
  std::string der_id;
};

void DeclareList(CLI::App& command, ListOptions& options) {
  AddValue(command, "DER", options.der_id, "", "Id of the DER.").Required();
}

Result List(Session& session, const ListOptions& options) {
  v1::ListMaintenanceRequest request;
  request.set_der_id(options.der_id);
  std::vector<v1::MaintenanceRecord> records;
  RETURN_IF_ERROR((session.ForEachPage<Stub, v1::ListMaintenanceRequest, v1::ListMaintenanceResponse>(
      Process::kRegistry, &Stub::ListMaintenance, request, [&](const v1::ListMaintenanceResponse& page) {
        records.insert(records.end(), page.records().begin(), page.records().end());
        return true;
      })));
  PrintRecords(session, records);
  return ExitCode::kOk;
}

}  // namespace

void AddMaintenanceCommands(CLI::App& root, Selected& selected) {
  CLI::App& maintenance = AddGroup(root, "maintenance", "Maintenance of DERs.");
  AddCommand(maintenance, selected,
             {"record", "Records maintenance done or planned.",
              "dermsctl maintenance record SOLAR-01 --kind inspection --from 2026-05-04T08:00Z --until "
              "2026-05-04T10:00Z --notes \"torque check\""},
             DeclareRecord, Record);
  AddCommand(maintenance, selected,
             {"list", "Lists the maintenance of a DER, newest first.", "dermsctl maintenance list SOLAR-01"},
             DeclareList, List);
}

}  // namespace derms::dermsctl
