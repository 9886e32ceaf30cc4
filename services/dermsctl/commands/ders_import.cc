#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "derms/v1/registry.grpc.pb.h"
#include "libs/client/bulk.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/csv.h"
#include "services/dermsctl/input/fleet_csv.h"
#include "services/dermsctl/output/text.h"
#include "services/dermsctl/report.h"

namespace derms::dermsctl {
namespace {

constexpr int kDersPerMessage = 500;  // about 100 kB; the service takes up to 1,000

struct ImportOptions {
  std::string file;
  std::string format = "fleet";
  FleetDefaults defaults;
};

void DeclareImport(CLI::App& command, ImportOptions& options) {
  AddValue(command, "FILE", options.file, "", "CSV file; see docs/dermsctl.md for its columns.").Required();
  AddValue(command, "--format", options.format, "FORMAT",
           "fleet: kW and kWh, one DER a row (default); cats: California Test System, MW.");
  AddValue(command, "--owner", options.defaults.owner_id, "SUBJECT", "Owner of rows that name none; default you.");
  AddValue(command, "--region", options.defaults.region_id, "REGION", "Region of rows that name none.");
}

// Reads DERs from the file message by message; rows that cannot be sent are counted as rejected on the way.
class DerSource {
 public:
  using ReadRow = absl::StatusOr<v1::RegisterDerRequest> (*)(const CsvRow&, const FleetDefaults&);

  DerSource(CsvReader& reader, ReadRow read_row, const FleetDefaults& defaults, base::IdSource& ids,
            BulkOutcome& outcome)
      : reader_(reader), read_row_(read_row), defaults_(defaults), ids_(ids), outcome_(outcome) {}

  bool Fill(v1::RegisterDersRequest* message) {
    while (message->items_size() < kDersPerMessage) {
      auto row = reader_.Next();
      if (!row.ok()) status_ = row.status();
      if (!row.ok() || !*row) break;
      Add(**row, message);
    }
    return message->items_size() > 0;
  }

  // What ended the reading early, if anything did.
  const absl::Status& status() const { return status_; }

 private:
  void Add(const CsvRow& row, v1::RegisterDersRequest* message) {
    auto der = read_row_(row, defaults_);
    if (!der.ok()) {
      outcome_.Rejected(row.Text({"der_id", "plant_code"}).value_or(absl::StrCat("line ", row.line())), der.status());
      return;
    }
    der->set_request_id(ids_.NewId());
    *message->add_items() = *std::move(der);
  }

  CsvReader& reader_;
  const ReadRow read_row_;
  const FleetDefaults& defaults_;
  base::IdSource& ids_;
  BulkOutcome& outcome_;
  absl::Status status_;
};

absl::StatusOr<ExitCode> Import(Session& session, const ImportOptions& options) {
  if (options.format != "fleet" && options.format != "cats") {
    return base::InvalidArgument("UNKNOWN_FORMAT", "--format must be fleet or cats");
  }
  const bool cats = options.format == "cats";
  ASSIGN_OR_RETURN(const auto reader, CsvReader::Open(options.file));
  const auto unknown = reader->UnknownColumns(cats ? CatsColumns() : FleetColumns());
  if (!unknown.empty()) session.Warn(absl::StrCat("columns not used: ", absl::StrJoin(unknown, ", ")));
  ASSIGN_OR_RETURN(client::Connection * registry, session.Connect(Process::kRegistry));

  BulkOutcome outcome("DERs", "registered", "already there");
  DerSource source(*reader, cats ? ReadCatsRow : ReadFleetRow, options.defaults, session.world().ids, outcome);
  client::BulkExchange<v1::RegisterDersRequest, v1::RegisterDersResponse> exchange(
      *registry, &v1::RegistryService::Stub::RegisterDers);
  auto progress = session.NewProgress("DERs");
  const absl::Status sent = exchange.Run([&](v1::RegisterDersRequest* message) { return source.Fill(message); },
                                         [&](const v1::RegisterDersRequest&, const v1::RegisterDersResponse& answer) {
                                           for (const auto& result : answer.results())
                                             outcome.Add(result, "DER_EXISTS");
                                           progress->Update(reader->progress(), FormatCount(outcome.handled()));
                                         });
  progress.reset();
  if (outcome.handled() == 0) RETURN_IF_ERROR(sent);
  const ExitCode code = outcome.Report(session);
  RETURN_IF_ERROR(sent);
  RETURN_IF_ERROR(source.status());
  return code;
}

}  // namespace

void AddDerImportCommand(CLI::App& ders, Selected& selected) {
  AddCommand(ders, selected,
             {"import", "Registers the DERs of a CSV file; those already there are left as they are.",
              "dermsctl ders import deploy/demo/fleet.csv\n"
              "dermsctl ders import ders.csv --format cats --owner utility --region CALIFORNIA"},
             DeclareImport, Import);
}

}  // namespace derms::dermsctl
