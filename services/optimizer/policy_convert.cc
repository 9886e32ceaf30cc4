#include "services/optimizer/policy_convert.h"

#include <utility>

#include "libs/base/error.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/stored_json.h"
#include "services/optimizer/horizon.h"

namespace derms::optimizer {

absl::StatusOr<v1::OptimizeResourcesRequest> RequestOf(const domain::OptimizationPolicy& policy) {
  v1::OptimizeResourcesRequest request;
  if (!wire::FromStoredJson(policy.request_json, request)) {
    return base::Internal("POLICY_UNREADABLE", "the stored policy cannot be read; put it again");
  }
  return request;
}

absl::Status CheckPolicy(const v1::OptimizationPolicy& policy) {
  base::Violations violations;
  const v1::OptimizeResourcesRequest& request = policy.request();
  const char* set_by_runs = "must be absent: every run sets it";
  if (request.has_starts_at()) violations.Add("policy.request.starts_at", set_by_runs);
  if (request.has_series_starts_at()) violations.Add("policy.request.series_starts_at", set_by_runs);
  if (request.validate_only()) violations.Add("policy.request.validate_only", set_by_runs);
  if (!request.request_id().empty()) violations.Add("policy.request.request_id", set_by_runs);
  if (request.has_interval() && !DividesADay(wire::FromProto(request.interval()))) {
    violations.Add("policy.request.interval", kIntervalRule);
  }
  const absl::Duration every = wire::FromProto(policy.every());
  if (absl::Trunc(every, absl::Minutes(1)) != every) violations.Add("policy.every", "must be whole minutes, as 900s");
  if (request.has_time_limit() && wire::FromProto(request.time_limit()) >= every) {
    violations.Add("policy.request.time_limit", "must be shorter than every, or a run would still go on at the next");
  }
  return violations.ToStatus("INVALID_POLICY");
}

domain::OptimizationPolicy FromProto(const v1::OptimizationPolicy& policy, const std::string& area_id) {
  v1::OptimizeResourcesRequest request = policy.request();
  request.set_region_id(area_id);
  request.clear_apply();
  request.clear_background();
  domain::OptimizationPolicy row;
  row.policy_id = policy.policy_id();
  row.region_id = area_id;
  row.every = wire::FromProto(policy.every());
  row.request_json = wire::ToStoredJson(request);
  row.paused = policy.paused();
  return row;
}

absl::StatusOr<v1::OptimizationPolicy> ToProto(const domain::OptimizationPolicy& policy) {
  v1::OptimizationPolicy message;
  message.set_policy_id(policy.policy_id);
  ASSIGN_OR_RETURN(*message.mutable_request(), RequestOf(policy));
  *message.mutable_every() = wire::ToProto(policy.every);
  message.set_paused(policy.paused);
  message.set_put_by(policy.put_by);
  *message.mutable_updated_at() = wire::ToProto(policy.updated_at);
  message.set_revision(policy.revision);
  *message.mutable_next_due_at() = wire::ToProto(policy.next_due_at);
  message.set_last_run_id(policy.last_run_id);
  message.set_last_error_reason(policy.last_error_reason);
  message.set_last_error_detail(policy.last_error_detail);
  message.set_consecutive_failures(policy.consecutive_failures);
  return message;
}

}  // namespace derms::optimizer
