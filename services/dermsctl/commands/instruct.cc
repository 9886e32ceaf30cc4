#include "absl/strings/str_cat.h"
#include "derms/v1/control.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/commands/power_options.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/output/control_text.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

struct Options {
  std::string der_id;
  PowerOptions power;
  bool disconnect = false;
  bool connect = false;
  std::string from;
  std::string duration;
  std::string reason;
  bool dry_run = false;
};

void Declare(CLI::App& command, Options& options) {
  AddValue(command, "DER", options.der_id, "", "Id of the DER.").Required();
  DeclareSetpoint(command, options.power);
  DeclarePowerLimits(command, options.power);
  const Declared disconnect = AddFlag(command, "--disconnect", options.disconnect, "Disconnect from the grid.");
  AddFlag(command, "--connect", options.connect, "Nothing of this strength holds it off the grid.")
      .Excludes(disconnect);
  AddValue(command, "--for", options.duration, "DURATION", "How long, as 90m; at most 24h.").Required();
  AddValue(command, "--from", options.from, "TIME", "From when, at most a day ahead; default now.");
  AddValue(command, "--reason", options.reason, "TEXT", "Why, for people and for the record.").Required();
  AddFlag(command, "--dry-run", options.dry_run, "Check only, store nothing.");
}

absl::StatusOr<v1::IssueInstructionRequest> ToRequest(const Session& session, const Options& options) {
  v1::IssueInstructionRequest request;
  request.set_der_id(options.der_id);
  FillPower(options.power, *request.mutable_power());
  if (options.connect || options.disconnect) request.set_connect(options.connect);
  ASSIGN_OR_RETURN(const absl::Duration length, ParseDuration(options.duration));
  *request.mutable_duration() = ToDurationMessage(length);
  if (!options.from.empty()) {
    ASSIGN_OR_RETURN(const absl::Time from, ParseTime(options.from, session.given_zone()));
    *request.mutable_starts_at() = ToTimestamp(from);
  }
  request.set_reason(options.reason);
  request.set_validate_only(options.dry_run);
  return request;
}

absl::StatusOr<ExitCode> Instruct(Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const v1::IssueInstructionRequest request, ToRequest(session, options));
  ASSIGN_OR_RETURN(const auto answer,
                   session.Call(Process::kEmergency, &v1::ControlService::Stub::IssueInstruction, request));
  const v1::Instruction& given = answer.instruction();
  const std::string id = options.dry_run ? "none (rehearsal)" : given.control_id();
  if (session.json()) {
    session.PrintJson(given);
  } else {
    session.out() << "instruction  " << Printable(id) << '\n'
                  << "tells        " << Printable(given.der_id()) << " as " << Word(given.source()) << ": "
                  << SaysText(given) << '\n'
                  << "holds        " << session.Time(given.starts_at()) << " to " << session.Time(given.valid_until())
                  << '\n'
                  << "reason       " << Printable(given.reason()) << " (" << Printable(given.issued_by()) << ")\n";
  }
  if (!options.dry_run) {
    session.Note(absl::StrCat("To take it back: dermsctl instructions revoke ", given.der_id(), " ", id));
  }
  return ExitCode::kOk;
}

}  // namespace

void AddInstructCommand(CLI::App& root, Selected& selected) {
  AddCommand(root, selected,
             {"instruct", "Tells one DER what to do for a while.",
              "dermsctl instruct BATTERY-01 --power-kw -30 --for 1h --reason \"soak up solar\"\n"
              "dermsctl instruct SOLAR-01 --max-share 0.5 --for 30m --reason \"voltage too high\"\n"
              "dermsctl instruct SOLAR-01 --disconnect --for 10m --reason \"arc fault\""},
             Declare, Instruct);
}

}  // namespace derms::dermsctl
