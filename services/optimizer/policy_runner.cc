#include "services/optimizer/policy_runner.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "services/optimizer/policy_convert.h"
#include "services/optimizer/policy_schedule.h"
#include "services/optimizer/run_end.h"
#include "services/optimizer/run_json.h"

namespace derms::optimizer {
namespace {

constexpr std::size_t kMostPerLook = 100;
constexpr absl::Duration kDatabaseTimeout = absl::Seconds(5);
constexpr absl::Duration kPlanTimeout = absl::Minutes(2);  // a million DERs are built in less
constexpr char kMethod[] = "/derms.v1.OptimizerService/OptimizeResources";

// Nothing that the policy could do for: it is tried again at the next look.
bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) || absl::IsDeadlineExceeded(status);
}

}  // namespace

void PolicyRunner::Start(absl::Duration interval) {
  loop_ = std::make_unique<store::BackgroundLoop>([this, interval] {
    if (const absl::Status looked = Look(); !looked.ok()) {
      parts_.logger.Warning("standing policies were not looked at", {{"error", std::string(looked.message())}});
    }
    return interval;
  });
}

absl::Status PolicyRunner::Look() {
  const std::optional<store::Fence> fence = fence_();
  parts_.metrics.SetLeading(fence.has_value());
  if (!fence) {
    parts_.resume_points.Clear();  // runs of another leader come between
    return absl::OkStatus();
  }
  LookAfterResumePoint();
  ASSIGN_OR_RETURN(auto policies, parts_.queries.DuePolicies(kMostPerLook, absl::Now() + kDatabaseTimeout));
  for (store::PolicyToStep& each : policies) LookAt(std::move(each), *fence);
  return absl::OkStatus();
}

void PolicyRunner::LookAfterResumePoint() {
  const std::optional<ResumeKey> kept = parts_.resume_points.NextToLookAfter();
  if (!kept) return;
  const auto found = parts_.queries.GetPolicy(kept->policy_id, absl::Now() + kDatabaseTimeout);
  if (!found.ok()) return;
  const bool goes_on = *found && (*found)->revision == kept->revision && !(*found)->paused;
  if (!goes_on) parts_.resume_points.Drop(kept->policy_id);
}

void PolicyRunner::LookAt(store::PolicyToStep found, const store::Fence& fence) {
  domain::OptimizationPolicy& policy = found.policy;
  const absl::Time due_at = policy.next_due_at;
  if (!policy.last_run_noted) {
    const auto outcome = OutcomeOf(policy.last_run_id);
    if (!outcome.ok()) return;  // the next look finds out
    if (!*outcome) return Skip(policy, fence);
    const int failures = policy.consecutive_failures;
    policy = AfterEnd(std::move(policy), **outcome, parts_.clock.Now());
    if (policy.consecutive_failures > failures) parts_.metrics.Failed();
    if (!Step(policy, due_at, fence).ok()) return;
  }
  if (found.due && policy.next_due_at == due_at) StartRun(policy, fence);  // not put off by a failure
}

void PolicyRunner::Skip(const domain::OptimizationPolicy& policy, const store::Fence& fence) {
  const std::string why = absl::StrCat("run ", policy.last_run_id, " still goes on; this due time is left out");
  parts_.metrics.Skipped();
  Step(AfterSkip(policy, "RUN_ACTIVE", why, parts_.clock.Now()), policy.next_due_at, fence).IgnoreError();
}

absl::StatusOr<std::optional<absl::Status>> PolicyRunner::OutcomeOf(const std::string& run_id) const {
  ASSIGN_OR_RETURN(const auto stored, parts_.queries.GetRun(run_id, absl::Now() + kDatabaseTimeout));
  if (!stored) return std::optional(RunInterrupted(run_id));
  if (stored->state == domain::RunState::kRunning) return std::optional<absl::Status>();
  ASSIGN_OR_RETURN(const v1::OptimizationRun run, RunFromStored(*stored));
  return std::optional(FailureOf(run));
}

void PolicyRunner::StartRun(const domain::OptimizationPolicy& policy, const store::Fence& fence) {
  auto planned = Plan(policy, fence);
  const absl::Time now = parts_.clock.Now();
  if (!planned.ok()) {
    parts_.logger.Warning("a standing policy could not be run",
                          {{"policy_id", policy.policy_id}, {"error", std::string(planned.status().message())}});
    if (MayPass(planned.status())) return;
    parts_.metrics.Failed();
    Step(AfterFailure(policy, planned.status(), now), policy.next_due_at, fence).IgnoreError();
    return;
  }
  const absl::Status stored =
      Step(AfterStart(policy, planned->run_id, now), policy.next_due_at, fence, std::move(planned->mutation));
  if (!stored.ok()) return;
  parts_.metrics.Started();
  parts_.logger.Info("a run of a standing policy began",
                     {{"policy_id", policy.policy_id}, {"run_id", planned->run_id}, {"token", fence.token}});
  planned->begin();
}

absl::StatusOr<PlannedRun> PolicyRunner::Plan(const domain::OptimizationPolicy& policy, const store::Fence& fence) {
  ASSIGN_OR_RETURN(v1::OptimizeResourcesRequest request, RequestOf(policy));
  request.set_apply(true);
  request.set_background(true);
  RETURN_IF_ERROR(parts_.archive.CatchUp(absl::Now() + kDatabaseTimeout));  // roles and the fleet as they are now
  ASSIGN_OR_RETURN(server::Call call, CallOf(policy));
  call.DoubtMemory();  // it has just caught up: the planner need not ask for it
  return plan_(call, request, {policy.policy_id, fence, policy.revision});
}

// As if the subject who put the policy had called now: with the grants that it has now.
absl::StatusOr<server::Call> PolicyRunner::CallOf(const domain::OptimizationPolicy& policy) const {
  if (parts_.roles.Age() > auth::kMaxRoleAge) {
    return base::Unavailable("ROLES_STALE", "roles could not be read for too long; the policy waits");
  }
  ASSIGN_OR_RETURN(std::vector<domain::Grant> grants, parts_.roles.GrantsOf(policy.put_by));
  server::Call::Facts facts;
  facts.caller.subject = policy.put_by;
  facts.caller.grants = std::move(grants);
  facts.method = kMethod;
  facts.request_id = parts_.ids.NewId();
  facts.now = parts_.clock.Now();
  facts.deadline = absl::Now() + kPlanTimeout;
  facts.scope = server::CallScope::kRegion;
  facts.roles = {domain::Role::kOperator, domain::Role::kAdmin};
  return server::Call(std::move(facts));
}

absl::Status PolicyRunner::Step(domain::OptimizationPolicy next, absl::Time seen_due_at, const store::Fence& fence,
                                store::Mutation mutation) {
  const std::string policy_id = next.policy_id;
  mutation.writes.push_back(store::PolicyStep(domain::RoleAccess::System(), std::move(next), seen_due_at));
  mutation.fence = fence;
  const absl::Status stored =
      store::CommitAndWait(parts_.committer, std::move(mutation), absl::Now() + kDatabaseTimeout).status();
  if (!stored.ok()) {
    parts_.logger.Warning("a step of a standing policy was not stored",
                          {{"policy_id", policy_id}, {"error", std::string(stored.message())}});
  }
  return stored;
}

}  // namespace derms::optimizer
