// PutPolicy, ListPolicies and DeletePolicy: what is to be run again and again. They block: run them on the worker pool.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/base/ids.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"

namespace derms::optimizer {

// All references must outlive the handlers. Thread-safe.
class PolicyHandlers {
 public:
  PolicyHandlers(const store::ReadModel& fleet, store::Queries& queries, base::IdSource& ids)
      : fleet_(fleet), queries_(queries), ids_(ids) {}

  // A put that changes nothing writes nothing.
  absl::StatusOr<server::Plan<v1::PutPolicyResponse>> PutPolicy(server::Call& call,
                                                                const v1::PutPolicyRequest& request) const;
  absl::StatusOr<v1::ListPoliciesResponse> ListPolicies(server::Call& call,
                                                        const v1::ListPoliciesRequest& request) const;
  absl::StatusOr<server::Plan<v1::DeletePolicyResponse>> DeletePolicy(server::Call& call,
                                                                      const v1::DeletePolicyRequest& request) const;

 private:
  domain::Event Told(const server::Call& call, domain::EventType type, const domain::OptimizationPolicy& policy,
                     std::string_view what) const;

  const store::ReadModel& fleet_;
  store::Queries& queries_;
  base::IdSource& ids_;
};

}  // namespace derms::optimizer
