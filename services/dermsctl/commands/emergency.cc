#include <algorithm>
#include <cmath>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "derms/v1/emergency.grpc.pb.h"
#include "libs/base/ids.h"
#include "libs/wire/convert_records.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/scope.h"
#include "services/dermsctl/output/emergency_order.h"
#include "services/dermsctl/output/text.h"
#include "services/dermsctl/report.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::EmergencyService::Stub;
using Result = absl::StatusOr<ExitCode>;

constexpr double kMaxMinutes = 24 * 60;

// Absent numbers stay as the service has them.
struct RestorationOptions {
  double delay_s = -1, window_s = -1, ramp_s = -1, pickup = -1;
};

void DeclareRestoration(CLI::App& command, RestorationOptions& options) {
  AddValue(command, "--restore-delay", options.delay_s, "SECONDS", "Before any DER returns; 0 to 600, default 300.");
  AddValue(command, "--restore-window", options.window_s, "SECONDS",
           "DERs up to 500 kW return at a random moment of it; 1 to 1000, default 300.");
  AddValue(command, "--restore-ramp", options.ramp_s, "SECONDS",
           "Larger ones rise to their capacity in it; 1 to 1000, default 300.");
  AddValue(command, "--restore-pickup", options.pickup, "SHARE",
           "Capacity that may return per minute, as a share of a region's limit; default 0.2.");
}

template <typename Request>
void FillRestoration(const RestorationOptions& options, Request& request) {
  const auto fill = [&](double seconds, auto mutable_duration) {
    if (seconds < 0) return;
    google::protobuf::Duration& duration = *(request.mutable_restoration()->*mutable_duration)();
    duration.set_seconds(static_cast<std::int64_t>(seconds));
    duration.set_nanos(static_cast<std::int32_t>(std::lround((seconds - std::floor(seconds)) * 1e3)) * 1'000'000);
  };
  fill(options.delay_s, &v1::RestorationTerms::mutable_delay);
  fill(options.window_s, &v1::RestorationTerms::mutable_window);
  fill(options.ramp_s, &v1::RestorationTerms::mutable_ramp);
  if (options.pickup >= 0) request.mutable_restoration()->set_pickup_share_per_min(options.pickup);
}

struct AllocateOptions {
  std::string scope;
  double power_kw = 0;
  double minutes = 0;
  std::string reason;
  std::int64_t expect = -1;
  bool disconnect = false;
  std::string kind;
  RestorationOptions restoration;
  bool override_limits = false;
  bool exercise = false;
  bool require_approval = false;
  bool dry_run = false;
  bool yes = false;
};

void DeclareAllocate(CLI::App& command, AllocateOptions& options) {
  AddValue(command, "SCOPE", options.scope, "", kScopeHelp).Required();
  AddValue(command, "--power-kw", options.power_kw, "KW",
           "Total over the scope: positive to give, negative to take, 0 to go to zero.")
      .Required();
  AddValue(command, "--minutes", options.minutes, "MINUTES", "How long; at most 1440.").Required();
  AddValue(command, "--reason", options.reason, "TEXT", "Why, for people and for the record.").Required();
  AddValue(command, "--expect", options.expect, "N",
           "Number of DERs that you expect in the scope; mandatory for ALL_DERS, checked wherever given.");
  AddValue(command, "--kind", options.kind, "KIND",
           "What to do: " + Choices<v1::EmergencyKind>() + "; default by --power-kw: inject, absorb or curtail-all.");
  AddFlag(command, "--disconnect", options.disconnect, "The same as --kind disconnect.");
  DeclareRestoration(command, options.restoration);
  AddFlag(command, "--override-limits", options.override_limits,
          "Limits do not clip what is given or taken; is told with the order.");
  AddFlag(command, "--exercise", options.exercise, "Rehearse: everything but the devices and statuses.");
  AddFlag(command, "--require-approval", options.require_approval,
          "Let it wait until a second person approves it; some kinds do so always.");
  AddFlag(command, "--dry-run", options.dry_run, "Say what would happen, store nothing.");
  AddFlag(command, "--yes", options.yes, "Do not ask before taking ALL_DERS over.");
}

absl::StatusOr<v1::AllocateEmergencyRequest> ToRequest(const AllocateOptions& options) {
  if (!(options.minutes > 0 && options.minutes <= kMaxMinutes)) {
    return base::InvalidArgument("INVALID_DURATION", "--minutes must be above 0 and at most 1440");
  }
  v1::AllocateEmergencyRequest request;
  FillScope(options.scope, request);
  request.set_power_kw(options.power_kw);
  request.mutable_duration()->set_seconds(std::llround(options.minutes * 60));
  request.set_reason(options.reason);
  FillExpectedCount(options.expect, request);
  if (!options.kind.empty()) {
    ASSIGN_OR_RETURN(const auto kind, ParseWord<v1::EmergencyKind>(options.kind));
    request.set_kind(kind);
  }
  if (options.disconnect) request.set_kind(v1::EMERGENCY_KIND_DISCONNECT);
  FillRestoration(options.restoration, request);
  request.set_override_limits(options.override_limits);
  request.set_exercise(options.exercise);
  request.set_require_approval(options.require_approval);
  request.set_validate_only(options.dry_run);
  return request;
}

// Says what the order would do, by the service's own rehearsal, and waits for the word.
absl::Status AskForTheWord(Session& session, const v1::AllocateEmergencyRequest& request) {
  const World& world = session.world();
  if (!world.terminal.in || !world.terminal.err) {
    return base::FailedPrecondition("CONFIRMATION_MISSING",
                                    "taking ALL_DERS over needs --yes when nobody can be asked");
  }
  v1::AllocateEmergencyRequest rehearsal = request;
  rehearsal.set_validate_only(true);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kEmergency, &Stub::AllocateEmergency, rehearsal));
  const v1::EmergencyOrder& order = answer.order();
  double headroom_kw = 0;
  for (const v1::ClassShare& share : order.shares()) headroom_kw += share.headroom_kw();
  world.err << (order.exercise() ? "EXERCISE: " : "") << "this takes over " << FormatCount(order.der_count())
            << " DERs: " << Word(order.kind()) << ' ' << FormatNumber(order.power_kw(), 1) << " kW for "
            << FormatNumber(static_cast<double>(request.duration().seconds()) / 60, 1) << " min";
  if (headroom_kw > 0) world.err << " of " << FormatNumber(headroom_kw, 1) << " kW they could give or take";
  if (!wire::TookForce(order)) world.err << ", once a second person approves it";
  world.err << ".\nType " << base::kAllDers << " to go on: " << std::flush;
  std::string word;
  std::getline(world.in, word);
  if (absl::StripAsciiWhitespace(word) == std::string(base::kAllDers)) return absl::OkStatus();
  return base::Aborted("NOT_CONFIRMED", "nothing was done");
}

std::string WhatNext(const v1::EmergencyOrder& order) {
  if (!wire::TookForce(order)) {
    return "It binds nobody until another person says: dermsctl emergency approve " + order.emergency_id();
  }
  if (order.kind() == v1::EMERGENCY_KIND_RESTORE) return "It holds nobody: there is nothing to release.";
  return "To end it: dermsctl emergency release " + order.emergency_id();
}

Result Allocate(Session& session, const AllocateOptions& options) {
  ASSIGN_OR_RETURN(const v1::AllocateEmergencyRequest request, ToRequest(options));
  const bool everything = options.scope == base::kAllDers;
  if (everything && !options.yes && !options.dry_run) RETURN_IF_ERROR(AskForTheWord(session, request));
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kEmergency, &Stub::AllocateEmergency, request));
  PrintOrder(session, answer.order());
  if (!options.dry_run) session.Note(WhatNext(answer.order()));
  return ExitCode::kOk;
}

absl::StatusOr<std::vector<v1::EmergencyOrder>> FindOrders(Session& session, const v1::ListEmergenciesRequest& request,
                                                           std::int64_t limit) {
  std::vector<v1::EmergencyOrder> orders;
  RETURN_IF_ERROR((session.ForEachPage<Stub, v1::ListEmergenciesRequest, v1::ListEmergenciesResponse>(
      Process::kEmergency, &Stub::ListEmergencies, request, [&](const v1::ListEmergenciesResponse& page) {
        for (const v1::EmergencyOrder& order : page.orders()) {
          if (std::ssize(orders) < limit) orders.push_back(order);
        }
        return std::ssize(orders) < limit;
      })));
  return orders;
}

struct ReleaseOptions {
  std::string emergency_id;
  bool all = false;
  RestorationOptions restoration;
};

void DeclareRelease(CLI::App& command, ReleaseOptions& options) {
  AddValue(command, "ORDER", options.emergency_id, "", "Id of the order.");
  AddFlag(command, "--all", options.all, "Every order in force that you may release.");
  DeclareRestoration(command, options.restoration);
}

Result Release(Session& session, const ReleaseOptions& options) {
  if (options.emergency_id.empty() != options.all) {
    return base::InvalidArgument("SCOPE_MISSING", "give the id of an order, or --all");
  }
  v1::ReleaseEmergencyRequest request;
  FillRestoration(options.restoration, request);
  if (!options.all) {
    request.set_emergency_id(options.emergency_id);
    ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kEmergency, &Stub::ReleaseEmergency, request));
    PrintOrder(session, answer.order());
    return ExitCode::kOk;
  }
  v1::ListEmergenciesRequest active;
  active.set_active_only(true);
  ASSIGN_OR_RETURN(const auto orders, FindOrders(session, active, INT64_MAX));
  BulkOutcome outcome("orders", "released", "already ended");
  for (const v1::EmergencyOrder& order : orders) {
    request.set_emergency_id(order.emergency_id());
    const absl::Status status = session.Call(Process::kEmergency, &Stub::ReleaseEmergency, request).status();
    if (status.ok()) {
      outcome.Done();
    } else if (base::ReasonOf(status) == "EMERGENCY_ENDED") {
      outcome.Unchanged();
    } else {
      outcome.Rejected(order.emergency_id(), status);
    }
  }
  return outcome.Report(session);
}

struct ListOptions {
  bool active_only = false, pending_only = false;
  std::int64_t limit = 20;
};

void DeclareList(CLI::App& command, ListOptions& options) {
  AddFlag(command, "--active", options.active_only, "Only orders in force.");
  AddFlag(command, "--pending", options.pending_only, "Only orders that wait for a second person's approval.");
  AddValue(command, "--limit", options.limit, "N", "Most orders; default 20.");
}

Result List(Session& session, const ListOptions& options) {
  v1::ListEmergenciesRequest request;
  request.set_active_only(options.active_only);
  request.set_pending_only(options.pending_only);
  ASSIGN_OR_RETURN(const auto orders, FindOrders(session, request, options.limit));
  Table table({{"order"},
               {"scope"},
               {"kind"},
               {"kW", Align::kRight},
               {"DERs", Align::kRight},
               {"state"},
               {"exercise"},
               {"starts at"},
               {"ends at"},
               {"by"},
               {"reason"},
               {"decision"}});
  for (const v1::EmergencyOrder& o : orders) {
    if (session.json()) session.PrintJson(o);
    const bool begun = wire::TookForce(o);
    const auto& planned_end = begun ? o.ends_at() : o.approval_expires_at();
    const auto& ends_at = o.has_ended_at() ? o.ended_at() : planned_end;
    table.AddRow({o.emergency_id(), ScopeOf(o), Word(o.kind()), FormatNumber(o.power_kw(), 1),
                  FormatCount(o.der_count()), Word(o.state()), o.exercise() ? "yes" : "no",
                  begun ? session.Time(o.starts_at()) : "-", session.Time(ends_at), o.issued_by(), o.reason(),
                  DecisionText(o)});
  }
  if (!session.json()) session.Print(table);
  return ExitCode::kOk;
}

struct GetOptions {
  std::string emergency_id;
};

void DeclareGet(CLI::App& command, GetOptions& options) {
  AddValue(command, "ORDER", options.emergency_id, "", "Id of the order.").Required();
}

Result Get(Session& session, const GetOptions& options) {
  v1::GetEmergencyRequest request;
  request.set_emergency_id(options.emergency_id);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kEmergency, &Stub::GetEmergency, request));
  PrintOrder(session, answer.order());
  return ExitCode::kOk;
}

}  // namespace

CLI::App& AddEmergencyCommands(CLI::App& root, Selected& selected) {
  CLI::App& emergency = AddGroup(root, "emergency", "Emergency orders.");
  AddCommand(
      emergency, selected,
      {"allocate", "Takes over a DER, a region or ALL_DERS.",
       "dermsctl emergency allocate ALL_DERS --power-kw 0 --minutes 5 --reason \"bus fault\" --expect 36\n"
       "dermsctl emergency allocate region:NORTH --power-kw 5000 --minutes 15 --reason \"line 7 tripped\"\n"
       "dermsctl emergency allocate region:NORTH --power-kw -800 --kind reduce --minutes 30 --reason \"line 7 hot\"\n"
       "dermsctl emergency allocate region:NORTH --power-kw 0 --kind restore --minutes 60 --reason \"fault gone\""},
      DeclareAllocate, Allocate);
  AddApprovalCommands(emergency, selected);
  AddCommand(emergency, selected, {"release", "Ends an order, or all of them.", "dermsctl emergency release --all"},
             DeclareRelease, Release);
  AddCommand(
      emergency, selected,
      {"list", "Lists orders, newest first.", "dermsctl emergency list --active\ndermsctl emergency list --pending"},
      DeclareList, List);
  AddCommand(emergency, selected,
             {"get", "Shows one order.", "dermsctl emergency get 7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11"}, DeclareGet,
             Get);
  return emergency;
}

}  // namespace derms::dermsctl
