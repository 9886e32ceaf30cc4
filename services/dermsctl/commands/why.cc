#include "derms/v1/control.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/output/control_text.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

struct Options {
  std::string der_id;
  std::string at;
};

void Declare(CLI::App& command, Options& options) {
  AddValue(command, "DER", options.der_id, "", "Id of the DER.").Required();
  AddValue(command, "--at", options.at, "TIME", "At this time, at most 30 days away; default now.");
}

void PrintIfAny(Session& session, const Table& table) {
  if (table.empty()) return;
  session.out() << '\n';
  session.Print(table);
}

Table Controls(const Session& session, const v1::WhySetpointResponse& why) {
  Table table({{"source"}, {"control"}, {"primacy", Align::kRight}, {"by"}, {"given"}, {"from"}, {"until"}, {"says"}});
  for (const v1::Control& each : why.controls()) {
    const bool ranked = each.source() == v1::CONTROL_SOURCE_LIMIT;
    table.AddRow({Word(each.source()), each.control_id(), ranked ? FormatCount(each.primacy()) : "", each.issued_by(),
                  BoundText(session, each.issued_at()), BoundText(session, each.starts_at()),
                  BoundText(session, each.valid_until()), SaysText(each)});
  }
  return table;
}

// The name of a control by its place; empty where nobody's.
std::string NameOf(const v1::WhySetpointResponse& why, bool given, int index) {
  return given && index >= 0 && index < why.controls_size() ? why.controls(index).control_id() : "";
}

Table Clips(const v1::WhySetpointResponse& why) {
  Table table({{"clip"}, {"from kW", Align::kRight}, {"to kW", Align::kRight}, {"control"}});
  for (const v1::Clip& each : why.clips()) {
    table.AddRow({each.reason(), KwText(each.from_kw()), KwText(each.to_kw()),
                  NameOf(why, each.has_control_index(), each.control_index())});
  }
  return table;
}

Table Losers(const v1::WhySetpointResponse& why) {
  Table table({{"lost"}, {"field"}, {"why"}});
  for (const v1::LostControl& each : why.lost()) {
    table.AddRow({each.reason(), Word(each.field()), each.summary()});
  }
  return table;
}

absl::StatusOr<ExitCode> Why(Session& session, const Options& options) {
  v1::WhySetpointRequest request;
  request.set_der_id(options.der_id);
  if (!options.at.empty()) {
    ASSIGN_OR_RETURN(const absl::Time at, ParseTime(options.at, session.given_zone()));
    *request.mutable_at() = ToTimestamp(at);
  }
  ASSIGN_OR_RETURN(const auto why, session.Call(Process::kEmergency, &v1::ControlService::Stub::WhySetpoint, request));
  if (session.json()) {
    session.PrintJson(why);
    return ExitCode::kOk;
  }
  session.out() << Printable(why.summary()) << '\n';
  PrintIfAny(session, Controls(session, why));
  PrintIfAny(session, Clips(why));
  PrintIfAny(session, Losers(why));
  return ExitCode::kOk;
}

}  // namespace

void AddWhyCommand(CLI::App& root, Selected& selected) {
  AddCommand(root, selected,
             {"why", "Tells why a DER does what it does: what was asked of it, what won, what lost.",
              "dermsctl why BATTERY-01\n"
              "dermsctl why BATTERY-01 --at 2026-05-04T08:00Z"},
             Declare, Why);
}

}  // namespace derms::dermsctl
