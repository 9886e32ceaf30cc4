// Limits and defaults: put, listed, ended. Both are one kind of thing (libs/domain/standing_control.h) under two names.
#pragma once

#include <string>

#include "derms/v1/control.pb.h"
#include "libs/base/ids.h"
#include "libs/domain/standing_control.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/control_queries.h"
#include "libs/store/read_model.h"

namespace derms::emergency {

// Requests arrive checked field by field (libs/wire/validate.h). All block on the database. An unchanged put and the
// end of what is over already write nothing. Thread-safe.
class StandingHandlers {
 public:
  // All must outlive the handlers.
  StandingHandlers(const store::ReadModel& fleet, store::ControlQueries& queries, base::IdSource& ids)
      : fleet_(fleet), queries_(queries), ids_(ids) {}

  // INVALID_ARGUMENT INVALID_CONTROL; NOT_FOUND DER_NOT_FOUND, REGION_NOT_FOUND; PERMISSION_DENIED UNAUTHORIZED, also
  // for who may not touch it as it is; ABORTED REVISION_MISMATCH; RESOURCE_EXHAUSTED TOO_MANY_CONTROLS at commit.
  absl::StatusOr<server::Plan<v1::PutLimitResponse>> PutLimit(server::Call& call,
                                                              const v1::PutLimitRequest& request) const;
  absl::StatusOr<server::Plan<v1::PutDefaultResponse>> PutDefault(server::Call& call,
                                                                  const v1::PutDefaultRequest& request) const;
  // Those of scopes that the caller operates. NOT_FOUND DER_NOT_FOUND, INVALID_ARGUMENT INVALID_PAGE_TOKEN.
  absl::StatusOr<v1::ListLimitsResponse> ListLimits(server::Call& call, const v1::ListLimitsRequest& request) const;
  absl::StatusOr<v1::ListDefaultsResponse> ListDefaults(server::Call& call,
                                                        const v1::ListDefaultsRequest& request) const;
  // NOT_FOUND LIMIT_NOT_FOUND or DEFAULT_NOT_FOUND; FAILED_PRECONDITION LIMIT_ENDED or DEFAULT_ENDED; ABORTED
  // REVISION_MISMATCH.
  absl::StatusOr<server::Plan<v1::EndLimitResponse>> EndLimit(server::Call& call,
                                                              const v1::EndLimitRequest& request) const;
  absl::StatusOr<server::Plan<v1::EndDefaultResponse>> EndDefault(server::Call& call,
                                                                  const v1::EndDefaultRequest& request) const;

 private:
  // What is to be written, if anything, and what is then.
  struct Change {
    domain::StandingControl control;
    store::Mutation mutation;
    bool retry_on_conflict = true;
  };
  absl::StatusOr<Change> Put(server::Call& call, domain::StandingControl wanted, std::int64_t expected_revision,
                             bool validate_only) const;
  absl::StatusOr<Change> End(server::Call& call, domain::StandingKind kind, const std::string& control_id,
                             std::int64_t expected_revision) const;
  template <typename Request, typename Add>
  absl::StatusOr<std::string> List(server::Call& call, domain::StandingKind kind, const Request& request,
                                   Add add) const;
  domain::Event Told(const server::Call& call, domain::EventType type, const domain::StandingControl& control,
                     std::string summary) const;

  const store::ReadModel& fleet_;
  store::ControlQueries& queries_;
  base::IdSource& ids_;
};

}  // namespace derms::emergency
