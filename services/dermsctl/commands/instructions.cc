#include "derms/v1/control.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/output/control_text.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::ControlService::Stub;
using Result = absl::StatusOr<ExitCode>;

struct ListOptions {
  std::string der_id;
  std::string source;
  std::string control_id;
  std::vector<std::string> states;
  bool unresponsive = false;
  std::int64_t limit = 20;
};

void DeclareList(CLI::App& command, ListOptions& options) {
  AddValue(command, "--der", options.der_id, "DER", "Only of this DER.");
  AddValue(command, "--source", options.source, "SOURCE", "Only of this source: " + Choices<v1::ControlSource>() + ".");
  AddValue(command, "--control", options.control_id, "ID", "Only of this control, as an emergency order.");
  AddList(command, "--state", options.states, "STATE", "Only in this state: " + Choices<v1::InstructionState>() + ".");
  AddFlag(command, "--unresponsive", options.unresponsive, "Only those that were never acknowledged in time.");
  AddValue(command, "--limit", options.limit, "N", "Most instructions; default 20, 0 lists all.");
}

absl::StatusOr<v1::ListInstructionsRequest> ToRequest(const ListOptions& options) {
  v1::ListInstructionsRequest request;
  request.set_der_id(options.der_id);
  request.set_control_id(options.control_id);
  request.set_unresponsive_only(options.unresponsive);
  if (!options.source.empty()) {
    ASSIGN_OR_RETURN(const v1::ControlSource source, ParseWord<v1::ControlSource>(options.source));
    request.set_source(source);
  }
  for (const std::string& word : options.states) {
    ASSIGN_OR_RETURN(const v1::InstructionState state, ParseWord<v1::InstructionState>(word));
    request.add_states(state);
  }
  return request;
}

Table InstructionTable() {
  return Table({{"der"},
                {"source"},
                {"control"},
                {"from"},
                {"until"},
                {"state"},
                {"since"},
                {"delivered kW", Align::kRight},
                {"performance", Align::kRight},
                {"by"},
                {"says"},
                {"detail"}});
}

void AddInstruction(Session& session, Table& table, const v1::Instruction& told) {
  table.AddRow({told.der_id(), Word(told.source()), told.control_id(), session.Time(told.starts_at()),
                session.Time(told.valid_until()), Word(told.state()), session.Time(told.state_at()),
                told.has_delivered_kw() ? FormatNumber(told.delivered_kw(), 1) : "",
                told.has_performance() ? FormatNumber(told.performance() * 100, 1) + " %" : "", told.issued_by(),
                SaysText(told), told.detail()});
}

Result List(Session& session, const ListOptions& options) {
  ASSIGN_OR_RETURN(const v1::ListInstructionsRequest request, ToRequest(options));
  Table table = InstructionTable();
  std::int64_t count = 0;
  const auto within_limit = [&] { return options.limit <= 0 || count < options.limit; };
  RETURN_IF_ERROR((session.ForEachPage<Stub, v1::ListInstructionsRequest, v1::ListInstructionsResponse>(
      Process::kEmergency, &Stub::ListInstructions, request, [&](const v1::ListInstructionsResponse& page) {
        for (const v1::Instruction& told : page.instructions()) {
          if (!within_limit()) return false;
          ++count;
          if (session.json()) {
            session.PrintJson(told);
          } else {
            AddInstruction(session, table, told);
          }
        }
        return within_limit();
      })));
  if (!session.json()) session.Print(table);
  return ExitCode::kOk;
}

struct RevokeOptions {
  std::string der_id;
  std::string control_id;
};

void DeclareRevoke(CLI::App& command, RevokeOptions& options) {
  AddValue(command, "DER", options.der_id, "", "Id of the DER.").Required();
  AddValue(command, "INSTRUCTION", options.control_id, "", "Id of the instruction.").Required();
}

Result Revoke(Session& session, const RevokeOptions& options) {
  v1::RevokeInstructionRequest request;
  request.set_der_id(options.der_id);
  request.set_control_id(options.control_id);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kEmergency, &Stub::RevokeInstruction, request));
  const v1::Instruction& told = answer.instruction();
  if (session.json()) {
    session.PrintJson(told);
  } else {
    session.out() << "instruction " << Printable(told.control_id()) << " for " << Printable(told.der_id()) << " is "
                  << Word(told.state()) << '\n';
  }
  return ExitCode::kOk;
}

}  // namespace

CLI::App& AddInstructionCommands(CLI::App& root, Selected& selected) {
  CLI::App& instructions = AddGroup(root, "instructions", "What DERs were told, and what became of it.");
  AddCommand(instructions, selected,
             {"list", "Lists what DERs were told, newest first.",
              "dermsctl instructions list --der BATTERY-01\n"
              "dermsctl instructions list --source emergency --state rejected\n"
              "dermsctl instructions list --control 7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11 --unresponsive"},
             DeclareList, List);
  AddCommand(instructions, selected,
             {"revoke", "Takes an instruction back.",
              "dermsctl instructions revoke BATTERY-01 7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11"},
             DeclareRevoke, Revoke);
  return instructions;
}

}  // namespace derms::dermsctl
