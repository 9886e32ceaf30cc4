#include <utility>

#include "libs/store/pg_queries.h"

namespace derms::store {
namespace {

// Columns in the order that PolicyOf reads, table alias p.
#define DERMS_POLICY_COLUMNS                                                                 \
  "p.policy_id, p.region_id, p.every_us, p.request::text, p.paused, p.put_by, "              \
  "(extract(epoch FROM p.updated_at) * 1000000)::bigint, p.revision, "                       \
  "(extract(epoch FROM p.next_due_at) * 1000000)::bigint, p.last_run_id, p.last_run_noted, " \
  "p.last_error_reason, p.last_error_detail, p.consecutive_failures"
constexpr int kPolicyColumns = 14;

domain::OptimizationPolicy PolicyOf(const Rows& rows, std::size_t row) {
  int column = 0;
  domain::OptimizationPolicy policy;
  policy.policy_id = rows.Text(row, column++);
  policy.region_id = rows.Text(row, column++);
  policy.every = absl::Microseconds(rows.Int(row, column++));
  policy.request_json = rows.Text(row, column++);
  policy.paused = rows.Bool(row, column++);
  policy.put_by = rows.Text(row, column++);
  policy.updated_at = rows.Micros(row, column++);
  policy.revision = rows.Int(row, column++);
  policy.next_due_at = rows.Micros(row, column++);
  policy.last_run_id = rows.Text(row, column++);
  policy.last_run_noted = rows.Bool(row, column++);
  policy.last_error_reason = rows.Text(row, column++);
  policy.last_error_detail = rows.Text(row, column++);
  policy.consecutive_failures = rows.Small(row, column++);
  return policy;
}

}  // namespace

absl::StatusOr<std::optional<domain::OptimizationPolicy>> PgQueries::GetPolicy(std::string_view policy_id,
                                                                               absl::Time deadline) {
  static constexpr Statement kGet{"get_policy",
                                  "SELECT " DERMS_POLICY_COLUMNS " FROM optimization_policy p WHERE p.policy_id = $1"};
  return SelectOne<domain::OptimizationPolicy>(
      deadline, kGet, [&] { return Params().Add(policy_id); }, PolicyOf);
}

absl::StatusOr<std::vector<domain::OptimizationPolicy>> PgQueries::ListPolicies(std::optional<std::string> region_id,
                                                                                std::string_view after_policy_id,
                                                                                std::size_t limit,
                                                                                absl::Time deadline) {
  static constexpr Statement kList{"list_policies",
                                   "SELECT " DERMS_POLICY_COLUMNS
                                   " FROM optimization_policy p WHERE ($1::text IS NULL OR p.region_id = $1) AND "
                                   "p.policy_id > $2 ORDER BY p.policy_id LIMIT $3"};
  return Select<domain::OptimizationPolicy>(
      deadline, kList, [&] { return Params().Add(region_id).Add(after_policy_id).Add(limit); }, PolicyOf);
}

absl::StatusOr<std::vector<PolicyToStep>> PgQueries::DuePolicies(std::size_t limit, absl::Time deadline) {
  static constexpr Statement kDue{
      "due_policies", "SELECT " DERMS_POLICY_COLUMNS
                      ", d.due FROM optimization_policy p CROSS JOIN LATERAL (SELECT NOT p.paused AND p.next_due_at <= "
                      "clock_timestamp() AS due) d WHERE d.due OR NOT p.last_run_noted AND EXISTS (SELECT 1 FROM "
                      "optimization_run n WHERE n.run_id = p.last_run_id AND n.state <> 3) ORDER BY p.next_due_at, "
                      "p.policy_id LIMIT $1"};
  return Select<PolicyToStep>(
      deadline, kDue, [&] { return Params().Add(limit); },
      [](const Rows& rows, std::size_t row) {
        return PolicyToStep{PolicyOf(rows, row), rows.Bool(row, kPolicyColumns)};
      });
}

}  // namespace derms::store
