#include "services/dermsctl/commands/standing.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "services/dermsctl/input/scope.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/output/control_text.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

constexpr char kRevisionHelp[] = "Fail when it has another revision; default any.";

}  // namespace

void DeclareStandingPut(CLI::App& command, StandingPutOptions& options) {
  AddValue(command, "ID", options.control_id, "", "Its name.").Required();
  AddValue(command, "SCOPE", options.scope, "", kScopeHelp).Required();
  DeclarePowerLimits(command, options.power);
  AddValue(command, "--reason", options.reason, "TEXT", "Why, for people and for the record.").Required();
  const Declared until = AddValue(command, "--until", options.until, "TIME", "Until when; this or --for.");
  AddValue(command, "--for", options.duration, "DURATION", "How long, as 90m; this or --until.").Excludes(until);
  AddValue(command, "--from", options.from, "TIME", "From when; default now.");
  AddValue(command, "--program", options.program, "TEXT", "Who stands behind it, as DSO-envelopes.");
  AddFlag(command, "--dry-run", options.dry_run, "Check only, store nothing.");
  AddValue(command, "--expected-revision", options.expected_revision, "N", kRevisionHelp);
}

void DeclareStandingList(CLI::App& command, StandingListOptions& options) {
  AddValue(command, "--der", options.der_id, "DER", "Only those that may hold for this DER.");
  AddFlag(command, "--active", options.active_only, "Only those that have not ended.");
}

void DeclareStandingEnd(CLI::App& command, StandingEndOptions& options) {
  AddValue(command, "ID", options.control_id, "", "Its name.").Required();
  AddValue(command, "--expected-revision", options.expected_revision, "N", kRevisionHelp);
}

absl::StatusOr<v1::StandingControl> ToStandingControl(const Session& session, const StandingPutOptions& options) {
  v1::StandingControl control;
  control.set_control_id(options.control_id);
  FillScope(options.scope, control);
  FillPower(options.power, *control.mutable_power());
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();  // the service names its own limit
  control.set_primacy(static_cast<int>(std::clamp(options.primacy, -kMost, kMost)));
  control.set_program(options.program);
  control.set_reason(options.reason);
  absl::Time from = session.world().clock.Now();
  if (!options.from.empty()) {
    ASSIGN_OR_RETURN(from, ParseTime(options.from, session.given_zone()));
    *control.mutable_starts_at() = ToTimestamp(from);
  }
  if (!options.until.empty()) {
    ASSIGN_OR_RETURN(const absl::Time until, ParseTime(options.until, session.given_zone()));
    *control.mutable_valid_until() = ToTimestamp(until);
  } else if (!options.duration.empty()) {
    ASSIGN_OR_RETURN(const absl::Duration length, ParseDuration(options.duration));
    *control.mutable_valid_until() = ToTimestamp(from + length);
  } else {
    return base::InvalidArgument("END_MISSING", "say until when it holds: --until TIME or --for DURATION");
  }
  return control;
}

void PrintStanding(Session& session, const char* name, const v1::StandingControl& control, bool dry_run) {
  if (session.json()) return session.PrintJson(control);
  session.out() << (dry_run ? "would be " : "") << name << ' ' << Printable(control.control_id()) << ", revision "
                << control.revision() << ": " << PowerText(control.power()) << " for " << Printable(ScopeOf(control))
                << ", " << session.Time(control.starts_at()) << " to " << session.Time(control.valid_until()) << '\n';
}

StandingList::StandingList(Session& session, const char* name)
    : session_(session),
      table_({{name},
              {"scope"},
              {"from"},
              {"until"},
              {"primacy", Align::kRight},
              {"revision", Align::kRight},
              {"by"},
              {"program"},
              {"says"},
              {"reason"}}) {}

void StandingList::Add(const v1::StandingControl& control) {
  if (session_.json()) return session_.PrintJson(control);
  table_.AddRow({control.control_id(), ScopeOf(control), session_.Time(control.starts_at()),
                 session_.Time(control.valid_until()), FormatCount(control.primacy()), FormatCount(control.revision()),
                 control.put_by(), control.program(), PowerText(control.power()), control.reason()});
}

void StandingList::Print() {
  if (!session_.json()) session_.Print(table_);
}

}  // namespace derms::dermsctl
