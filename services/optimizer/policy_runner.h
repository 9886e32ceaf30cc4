// Starts the runs of standing policies when they are due: once a second, in the one process that leads.
//
// Everything that must not happen twice is in the database. A due time is taken by the transaction that stores the run
// (store::PolicyStep); it carries the leader's fence, so one that has lost the lease takes none. How a run ended is
// read from its row, so that a new leader notes what an earlier one began.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/auth/role_source.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/observe/log.h"
#include "libs/observe/metrics.h"
#include "libs/server/archive.h"
#include "libs/server/call.h"
#include "libs/store/background_loop.h"
#include "libs/store/committer.h"
#include "libs/store/queries.h"
#include "services/optimizer/resume_shelf.h"
#include "services/optimizer/run_ticket.h"

namespace derms::optimizer {

// A run that is planned: its row, and what begins it once that is stored.
struct PlannedRun {
  std::string run_id;
  store::Mutation mutation;
  std::function<void()> begin;
};
// Plans a run of a policy. Blocks.
using PlanPolicyRun = std::function<absl::StatusOr<PlannedRun>(
    server::Call& call, const v1::OptimizeResourcesRequest& request, const RunOrigin& origin)>;

class PolicyRunner {
 public:
  // All must outlive the runner.
  struct Parts {
    store::Queries& queries;
    store::Committer& committer;
    server::Archive& archive;
    const auth::RoleSource& roles;
    const base::Clock& clock;  // the database's
    base::IdSource& ids;
    observe::PolicyMetrics metrics;
    observe::Logger& logger;
    ResumeShelf& resume_points;
  };
  // `fence` is asked before each look: none while another process leads.
  PolicyRunner(Parts parts, std::function<std::optional<store::Fence>()> fence, PlanPolicyRun plan)
      : parts_(parts), fence_(std::move(fence)), plan_(std::move(plan)) {}

  // One look every `interval`, until Stop. The owner starts and stops.
  void Start(absl::Duration interval);
  void Stop() { loop_.reset(); }

  // One look: notes what has ended, starts what is due. Blocks on the database and while problems are built. Errors of
  // Queries; what goes wrong with one policy is told in its row.
  absl::Status Look();

 private:
  // One of those kept a look: drops what its policy, deleted, put anew or paused since, has no use for.
  void LookAfterResumePoint();
  void LookAt(store::PolicyToStep found, const store::Fence& fence);
  void Skip(const domain::OptimizationPolicy& policy, const store::Fence& fence);
  // How the last run ended; none while it goes on.
  absl::StatusOr<std::optional<absl::Status>> OutcomeOf(const std::string& run_id) const;
  void StartRun(const domain::OptimizationPolicy& policy, const store::Fence& fence);
  absl::StatusOr<PlannedRun> Plan(const domain::OptimizationPolicy& policy, const store::Fence& fence);
  absl::StatusOr<server::Call> CallOf(const domain::OptimizationPolicy& policy) const;
  // Stores the policy as it shall be; `mutation` may hold more, which is stored with it or not at all.
  absl::Status Step(domain::OptimizationPolicy next, absl::Time seen_due_at, const store::Fence& fence,
                    store::Mutation mutation = {});

  const Parts parts_;
  const std::function<std::optional<store::Fence>()> fence_;
  const PlanPolicyRun plan_;
  std::unique_ptr<store::BackgroundLoop> loop_;
};

}  // namespace derms::optimizer
