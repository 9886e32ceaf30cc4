#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "derms/v1/optimizer.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/commands/solving_options.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::OptimizerService::Stub;
using Result = absl::StatusOr<ExitCode>;

struct PutOptions {
  std::string policy_id;
  std::string every;
  std::string interval = "1h";
  std::int64_t interval_count = 0;
  SolvingOptions solving;
  bool paused = false;
  bool dry_run = false;
  std::int64_t expected_revision = 0;
};

void DeclarePut(CLI::App& command, PutOptions& options) {
  AddValue(command, "POLICY", options.policy_id, "", "Id of the policy.").Required();
  AddValue(command, "--every", options.every, "DURATION", "Time from run to run, as 15m.").Required();
  DeclareRegion(command, options.solving);
  AddValue(command, "--interval", options.interval, "DURATION", "Length of an interval; default 1h.");
  AddValue(command, "--intervals", options.interval_count, "N", "Number of intervals; default 24.");
  DeclareSolving(command, options.solving);
  AddFlag(command, "--paused", options.paused, "No run is due until it is put again without.");
  AddFlag(command, "--dry-run", options.dry_run, "Check only, store nothing.");
  AddValue(command, "--expected-revision", options.expected_revision, "N",
           "Fail when the policy has another revision; default any.");
}

absl::StatusOr<v1::PutPolicyRequest> ToRequest(const PutOptions& options) {
  v1::PutPolicyRequest request;
  v1::OptimizationPolicy& policy = *request.mutable_policy();
  policy.set_policy_id(options.policy_id);
  ASSIGN_OR_RETURN(const absl::Duration every, ParseDuration(options.every));
  *policy.mutable_every() = ToDurationMessage(every);
  policy.set_paused(options.paused);
  v1::OptimizeResourcesRequest& run = *policy.mutable_request();
  ASSIGN_OR_RETURN(const absl::Duration interval, ParseDuration(options.interval));
  *run.mutable_interval() = ToDurationMessage(interval);
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();  // the service names its own limit
  run.set_interval_count(static_cast<int>(std::clamp(options.interval_count, -kMost, kMost)));
  RETURN_IF_ERROR(FillRequest(options.solving, run));
  request.set_validate_only(options.dry_run);
  request.set_expected_revision(options.expected_revision);
  return request;
}

Result Put(Session& session, const PutOptions& options) {
  ASSIGN_OR_RETURN(const v1::PutPolicyRequest request, ToRequest(options));
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kOptimizer, &Stub::PutPolicy, request));
  const v1::OptimizationPolicy& policy = answer.policy();
  if (session.json()) {
    session.PrintJson(policy);
  } else {
    session.out() << (options.dry_run ? "would be policy " : "policy ") << policy.policy_id() << ", revision "
                  << policy.revision()
                  << (policy.paused() ? ", paused" : absl::StrCat(", next due ", session.Time(policy.next_due_at())))
                  << '\n';
  }
  return ExitCode::kOk;
}

struct ListOptions {
  std::string region;
};

void DeclareList(CLI::App& command, ListOptions& options) {
  AddValue(command, "--region", options.region, "REGION", "Only of this area.");
}

std::string DurationCell(const google::protobuf::Duration& duration) {
  return DurationText(absl::Seconds(duration.seconds()));
}

Result List(Session& session, const ListOptions& options) {
  Table table({{"policy"},
               {"region"},
               {"every"},
               {"interval"},
               {"intervals", Align::kRight},
               {"next due"},
               {"failures", Align::kRight},
               {"last error"},
               {"last run"},
               {"put by"}});
  v1::ListPoliciesRequest request;
  request.set_region_id(options.region);
  RETURN_IF_ERROR((session.ForEachPage<Stub, v1::ListPoliciesRequest, v1::ListPoliciesResponse>(
      Process::kOptimizer, &Stub::ListPolicies, request, [&](const v1::ListPoliciesResponse& page) {
        for (const v1::OptimizationPolicy& p : page.policies()) {
          if (session.json()) session.PrintJson(p);
          table.AddRow({p.policy_id(), p.request().region_id(), DurationCell(p.every()),
                        p.request().has_interval() ? DurationCell(p.request().interval()) : "1 h",
                        FormatCount(p.request().interval_count() > 0 ? p.request().interval_count() : 24),
                        p.paused() ? "paused" : session.Time(p.next_due_at()), FormatCount(p.consecutive_failures()),
                        p.last_error_reason(), p.last_run_id(), p.put_by()});
        }
        return true;
      })));
  if (!session.json()) session.Print(table);
  return ExitCode::kOk;
}

struct DeleteOptions {
  std::string policy_id;
  std::int64_t expected_revision = 0;
};

void DeclareDelete(CLI::App& command, DeleteOptions& options) {
  AddValue(command, "POLICY", options.policy_id, "", "Id of the policy.").Required();
  AddValue(command, "--expected-revision", options.expected_revision, "N",
           "Fail when the policy has another revision; default any.");
}

Result Delete(Session& session, const DeleteOptions& options) {
  v1::DeletePolicyRequest request;
  request.set_policy_id(options.policy_id);
  request.set_expected_revision(options.expected_revision);
  RETURN_IF_ERROR(session.Call(Process::kOptimizer, &Stub::DeletePolicy, request).status());
  if (!session.json()) session.out() << "policy " << options.policy_id << " deleted\n";
  return ExitCode::kOk;
}

}  // namespace

void AddPolicyCommands(CLI::App& root, Selected& selected) {
  CLI::App& policies = AddGroup(root, "policies", "Standing policies: runs that are made again and again.");
  AddCommand(policies, selected,
             {"put", "Creates or replaces a policy: runs over the horizon ahead, put in force.",
              "dermsctl policies put quarter-hourly --every 15m --interval 15m --intervals 96\n"
              "dermsctl policies put hourly --every 1h --robust 0.95 --sustain 30m"},
             DeclarePut, Put);
  AddCommand(policies, selected,
             {"list", "Lists policies, when they are due and how they fare.", "dermsctl policies list"}, DeclareList,
             List);
  AddCommand(policies, selected,
             {"delete", "Deletes a policy; the schedule in force stays.", "dermsctl policies delete quarter-hourly"},
             DeclareDelete, Delete);
}

}  // namespace derms::dermsctl
