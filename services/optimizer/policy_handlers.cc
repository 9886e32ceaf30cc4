#include "services/optimizer/policy_handlers.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/page_token.h"
#include "services/optimizer/area.h"
#include "services/optimizer/grid_run.h"
#include "services/optimizer/policy_convert.h"
#include "services/optimizer/policy_schedule.h"

namespace derms::optimizer {
namespace {

absl::Status CheckRevision(const std::string& policy_id, std::int64_t expected, std::int64_t stored) {
  if (expected == 0 || expected == stored) return absl::OkStatus();
  return base::Aborted("REVISION_MISMATCH", absl::StrCat("policy ", policy_id, " has revision ", stored, ", not ",
                                                         expected, "; read it again and repeat the change"));
}

bool SameWish(const domain::OptimizationPolicy& a, const domain::OptimizationPolicy& b) {
  const auto request_a = RequestOf(a), request_b = RequestOf(b);  // jsonb prints it differently
  return request_a.ok() && request_b.ok() && request_a->SerializeAsString() == request_b->SerializeAsString() &&
         a.region_id == b.region_id && a.every == b.every && a.paused == b.paused && a.put_by == b.put_by;
}

}  // namespace

absl::StatusOr<server::Plan<v1::PutPolicyResponse>> PolicyHandlers::PutPolicy(
    server::Call& call, const v1::PutPolicyRequest& request) const {
  const std::shared_ptr<const domain::RegionTree> regions = fleet_.Regions();
  RETURN_IF_ERROR(CheckPolicy(request.policy()));
  const absl::StatusOr<std::string> area = AreaOf(request.policy().request().region_id(), *regions);
  if (!area.ok()) call.DoubtMemory();  // it may have been put a moment ago
  ASSIGN_OR_RETURN(const std::string area_id, area);
  ASSIGN_OR_RETURN(const domain::RegionAccess access, call.RequireRegion(area_id, *regions));
  base::Violations violations;
  CheckGiven(GivenOf(request.policy().request()), regions->WithParts(area_id), "policy.request.", violations);
  if (!violations.empty()) call.DoubtMemory();  // a part may have been put a moment ago
  RETURN_IF_ERROR(violations.ToStatus("INVALID_POLICY"));
  ASSIGN_OR_RETURN(const auto stored, queries_.GetPolicy(request.policy().policy_id(), call.deadline()));
  // Who may not touch the policy as it is may not turn it into another either.
  if (stored) RETURN_IF_ERROR(call.RequireRegion(stored->region_id, *regions).status());
  const std::int64_t revision = stored ? stored->revision : 0;
  RETURN_IF_ERROR(CheckRevision(request.policy().policy_id(), request.expected_revision(), revision));

  domain::OptimizationPolicy wanted = FromProto(request.policy(), area_id);
  wanted.put_by = call.caller().subject;
  server::Plan<v1::PutPolicyResponse> plan;
  if (stored && SameWish(*stored, wanted)) {
    ASSIGN_OR_RETURN(*plan.response.mutable_policy(), ToProto(*stored));
    return plan;
  }
  if (stored) {
    wanted.last_run_id = stored->last_run_id;
    wanted.last_error_reason = stored->last_error_reason;
    wanted.last_error_detail = stored->last_error_detail;
  }
  wanted.revision = revision + 1;
  wanted.updated_at = call.now();
  wanted.next_due_at = NextDue(wanted.every, call.now());
  ASSIGN_OR_RETURN(*plan.response.mutable_policy(), ToProto(wanted));
  if (request.validate_only()) return plan;
  plan.retry_on_conflict = request.expected_revision() == 0;
  plan.mutation.events.push_back(
      Told(call, domain::EventType::kPolicyPut, wanted, stored ? " was changed." : " was created."));
  plan.mutation.writes.push_back(store::PolicyPut(access, std::move(wanted)));
  return plan;
}

absl::StatusOr<v1::ListPoliciesResponse> PolicyHandlers::ListPolicies(server::Call& call,
                                                                      const v1::ListPoliciesRequest& request) const {
  const std::shared_ptr<const domain::RegionTree> regions = fleet_.Regions();
  std::optional<std::string> region_id;
  if (!request.region_id().empty()) {
    RETURN_IF_ERROR(call.RequireRegion(request.region_id(), *regions).status());
    region_id = request.region_id();
  }
  call.MarkFiltered();
  ASSIGN_OR_RETURN(const std::vector<std::string> after, wire::ReadPageToken(request, 1));
  const std::size_t limit = wire::PageSize(request.page_size());
  ASSIGN_OR_RETURN(const auto rows,
                   queries_.ListPolicies(region_id, after.empty() ? "" : after[0], limit, call.deadline()));
  v1::ListPoliciesResponse response;
  for (const auto& row : rows) {
    if (!call.caller().Operates(row.region_id, *regions)) continue;
    ASSIGN_OR_RETURN(*response.add_policies(), ToProto(row));
  }
  if (rows.size() == limit) response.set_next_page_token(wire::MakePageToken(request, {rows.back().policy_id}));
  return response;
}

absl::StatusOr<server::Plan<v1::DeletePolicyResponse>> PolicyHandlers::DeletePolicy(
    server::Call& call, const v1::DeletePolicyRequest& request) const {
  ASSIGN_OR_RETURN(const auto stored, queries_.GetPolicy(request.policy_id(), call.deadline()));
  if (!stored) {
    return base::NotFound("POLICY_NOT_FOUND", absl::StrCat("there is no policy ", request.policy_id(),
                                                           "; ListPolicies names those there are"));
  }
  ASSIGN_OR_RETURN(const domain::RegionAccess access, call.RequireRegion(stored->region_id, *fleet_.Regions()));
  RETURN_IF_ERROR(CheckRevision(stored->policy_id, request.expected_revision(), stored->revision));
  server::Plan<v1::DeletePolicyResponse> plan;
  plan.retry_on_conflict = request.expected_revision() == 0;
  plan.mutation.events.push_back(Told(call, domain::EventType::kPolicyDeleted, *stored, " was deleted."));
  plan.mutation.writes.push_back(store::PolicyDelete(access, stored->policy_id, stored->revision));
  return plan;
}

domain::Event PolicyHandlers::Told(const server::Call& call, domain::EventType type,
                                   const domain::OptimizationPolicy& policy, std::string_view what) const {
  domain::Event event;
  event.event_id = ids_.NewId();
  event.type = type;
  event.occurred_at = call.now();
  event.actor = call.caller().subject;
  event.region_id = policy.region_id;
  event.resource_id = policy.policy_id;
  event.summary = absl::StrCat("Policy ", policy.policy_id, " of ", policy.region_id, std::string(what));
  return event;
}

}  // namespace derms::optimizer
