#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "derms/v1/control.grpc.pb.h"
#include "libs/client/bulk.h"
#include "libs/client/status.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/csv.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/output/text.h"
#include "services/dermsctl/report.h"

namespace derms::dermsctl {
namespace {

using Result = absl::StatusOr<ExitCode>;
using Exchange = client::BulkExchange<v1::AcknowledgeInstructionsRequest, v1::AcknowledgeInstructionsResponse>;

constexpr int kItemsPerMessage = 1'000;  // the service takes up to 10,000

const std::vector<std::string> kColumns = {"der_id", "source", "control_id", "state", "detail", "delivered_kw"};

struct Options {
  std::string der_id;
  std::string source;
  std::string control_id;
  std::string state;
  std::string detail;
  std::optional<double> delivered_kw;
  std::string file;
};

void Declare(CLI::App& command, Options& options) {
  AddValue(command, "DER", options.der_id, "", "Id of the DER; or many DERs with --file.");
  AddValue(command, "--source", options.source, "SOURCE", "From the set-point: " + Choices<v1::ControlSource>() + ".");
  AddValue(command, "--control", options.control_id, "ID", "From the set-point.");
  AddValue(command, "--state", options.state, "STATE",
           "received, accepted, started, succeeded, partial, rejected or aborted.");
  AddValue(command, "--detail", options.detail, "TEXT", "What there is to say; mandatory with rejected and aborted.");
  AddValue(command, "--delivered-kw", options.delivered_kw, "KW", "Power delivered; mandatory with partial.");
  AddValue(command, "--file", options.file, "FILE",
           "CSV with der_id, source, control_id, state and maybe detail, delivered_kw.");
}

absl::Status SetWords(const std::string& source, const std::string& state, v1::Acknowledgement& ack) {
  ASSIGN_OR_RETURN(const v1::ControlSource from, ParseWord<v1::ControlSource>(source));
  ASSIGN_OR_RETURN(const v1::InstructionState now, ParseWord<v1::InstructionState>(state));
  ack.set_source(from);
  ack.set_state(now);
  return absl::OkStatus();
}

absl::StatusOr<v1::Acknowledgement> FromOptions(const Options& options) {
  v1::Acknowledgement ack;
  ack.set_der_id(options.der_id);
  ack.set_control_id(options.control_id);
  ack.set_detail(options.detail);
  if (options.delivered_kw) ack.set_delivered_kw(*options.delivered_kw);
  RETURN_IF_ERROR(SetWords(options.source, options.state, ack));
  return ack;
}

absl::StatusOr<v1::Acknowledgement> FromRow(const CsvRow& row) {
  base::Violations violations;
  v1::Acknowledgement ack;
  const auto text = [&](const char* column) {
    const auto cell = row.Text({column});
    if (!cell) violations.Add(column, "is missing");
    return cell.value_or("");
  };
  ack.set_der_id(text("der_id"));
  ack.set_control_id(text("control_id"));
  const std::string source = text("source"), state = text("state");
  ack.set_detail(row.Text({"detail"}).value_or(""));
  if (const auto kw = row.Number({"delivered_kw"}, violations)) ack.set_delivered_kw(*kw);
  RETURN_IF_ERROR(violations.ToStatus("INVALID_ACKNOWLEDGEMENT"));
  RETURN_IF_ERROR(SetWords(source, state, ack));
  return ack;
}

// One DER: the refusal itself rather than a count.
Result AcknowledgeOne(Session& session, const Options& options) {
  ASSIGN_OR_RETURN(v1::Acknowledgement ack, FromOptions(options));
  ack.set_request_id(session.world().ids.NewId());
  ASSIGN_OR_RETURN(client::Connection * emergency, session.Connect(Process::kEmergency));
  Exchange exchange(*emergency, &v1::ControlService::Stub::AcknowledgeInstructions);
  bool sent = false;
  absl::Status outcome = base::Internal("STREAM_CUT", "the service gave no result for the acknowledgement");
  RETURN_IF_ERROR(exchange.Run(
      [&](v1::AcknowledgeInstructionsRequest* message) {
        if (std::exchange(sent, true)) return false;
        *message->add_items() = ack;
        return true;
      },
      [&](const auto&, const v1::AcknowledgeInstructionsResponse& answer) {
        for (const v1::ItemResult& result : answer.results()) outcome = client::FromRpc(result.error());
      }));
  RETURN_IF_ERROR(outcome);
  if (session.json()) {
    session.PrintJson(ack);
  } else {
    session.out() << Word(ack.source()) << ' ' << Printable(ack.control_id()) << " is " << Word(ack.state()) << " by "
                  << Printable(ack.der_id()) << '\n';
  }
  return ExitCode::kOk;
}

// Fills one message from the file; false at the end. A file that breaks off leaves its error in `status`.
bool Fill(Session& session, CsvReader& reader, BulkOutcome& outcome, absl::Status& status,
          v1::AcknowledgeInstructionsRequest* message) {
  while (message->items_size() < kItemsPerMessage) {
    const auto row = reader.Next();
    if (!row.ok()) status = row.status();
    if (!row.ok() || !*row) break;
    auto ack = FromRow(**row);
    if (ack.ok()) {
      ack->set_request_id(session.world().ids.NewId());
      *message->add_items() = *std::move(ack);
    } else {
      outcome.Rejected(absl::StrCat("line ", (*row)->line()), ack.status());
    }
  }
  return message->items_size() > 0;
}

Result AcknowledgeFile(Session& session, const std::string& file) {
  ASSIGN_OR_RETURN(const auto reader, CsvReader::Open(file));
  const auto unknown = reader->UnknownColumns(kColumns);
  if (!unknown.empty()) session.Warn(absl::StrCat("columns not used: ", absl::StrJoin(unknown, ", ")));
  ASSIGN_OR_RETURN(client::Connection * emergency, session.Connect(Process::kEmergency));
  BulkOutcome outcome("acknowledgements", "taken", "unchanged");
  absl::Status file_status;
  Exchange exchange(*emergency, &v1::ControlService::Stub::AcknowledgeInstructions);
  auto progress = session.NewProgress("acknowledgements");
  const absl::Status sent = exchange.Run(
      [&](v1::AcknowledgeInstructionsRequest* message) {
        return Fill(session, *reader, outcome, file_status, message);
      },
      [&](const auto&, const v1::AcknowledgeInstructionsResponse& answer) {
        for (const v1::ItemResult& result : answer.results()) outcome.Add(result, "");
        progress->Update(reader->progress(), FormatCount(outcome.handled()));
      });
  progress.reset();
  if (outcome.handled() == 0) RETURN_IF_ERROR(sent);
  const ExitCode code = outcome.Report(session);
  RETURN_IF_ERROR(sent);
  RETURN_IF_ERROR(file_status);
  return code;
}

Result Acknowledge(Session& session, const Options& options) {
  if (options.der_id.empty() == options.file.empty()) {
    return base::InvalidArgument("SCOPE_MISSING", "name a DER with --source, --control and --state, or give --file");
  }
  return options.file.empty() ? AcknowledgeOne(session, options) : AcknowledgeFile(session, options.file);
}

}  // namespace

void AddAcknowledgeCommand(CLI::App& instructions, Selected& selected) {
  AddCommand(instructions, selected,
             {"acknowledge", "Tells what became of the set-point of a DER, or of many from a file.",
              "dermsctl instructions acknowledge BATTERY-01 --source operator --control "
              "7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11 --state started\n"
              "dermsctl instructions acknowledge --file acknowledgements.csv"},
             Declare, Acknowledge);
}

}  // namespace derms::dermsctl
