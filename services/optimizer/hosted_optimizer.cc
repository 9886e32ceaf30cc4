#include "services/optimizer/hosted_optimizer.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "libs/gridcode/profile_shelf.h"
#include "libs/server/leadership.h"
#include "services/optimizer/optimizer_service.h"
#include "services/optimizer/policy_runner.h"
#include "services/optimizer/resume_shelf.h"
#include "services/optimizer/run_keeper.h"
#include "services/optimizer/workers/solver_metrics.h"
#include "services/optimizer/workers/solver_pool.h"

namespace derms::optimizer {
namespace {

constexpr absl::Duration kKeepEvery = absl::Seconds(1);
constexpr absl::Duration kLookEvery = absl::Seconds(1);
constexpr char kPolicyLease[] = "standing-policies";

SolverPoolOptions PoolOptions(const server::Config& config) {
  return {.processes = {.processes = config.solver_processes,
                        .queue = config.solver_queue,
                        .memory_bytes = std::int64_t{config.solver_memory_mb} << 20},
          .grace = absl::Seconds(config.solver_grace_seconds)};
}

// Runs may take many minutes: one process stays for the callers of SolveDispatch, who wait.
std::size_t RunsAtATime(const server::Config& config) {
  return static_cast<std::size_t>(std::max(config.solver_processes - 1, 1));
}

class HostedOptimizer final : public server::HostedServices {
 public:
  HostedOptimizer(server::ServiceHost& host, gridcode::ProfileShelf profiles)
      : HostedOptimizer(host, std::move(profiles), host.storage(), host.ids().NewId()) {}

  std::vector<grpc::Service*> services() override { return {&optimizer_service_, &series_service_}; }
  void Start() override {
    keeper_.Start(kKeepEvery);
    leadership_.Start();
    policy_runner_.Start(kLookEvery);
  }
  void Stop() override {
    policy_runner_.Stop();
    executor_.Stop(patience_);
    keeper_.Stop();
    leadership_.Stop();  // its runs have ended: nobody needs the fence any more
  }

 private:
  HostedOptimizer(server::ServiceHost& host, gridcode::ProfileShelf profiles, server::Storage& storage,
                  const std::string& runner)
      : profiles_(std::move(profiles)),
        patience_(absl::Seconds(host.config().drain_seconds) / 2),
        solver_(PoolOptions(host.config()), host.logger()),
        metrics_(host.metrics().Policies()),
        resume_points_(static_cast<std::size_t>(host.config().resume_memory_mb) << 20),
        executor_({.runner = runner, .threads = RunsAtATime(host.config())},
                  {solver_, board_, storage.committer(), storage.clock(), host.ids(), host.logger(), resume_points_,
                   metrics_}),
        keeper_(runner, {board_, storage.queries(), storage.committer(), storage.clock(), host.ids(), host.logger()}),
        optimize_(storage.fleet(), storage.queries(), board_, executor_, host.ids(), profiles_),
        runs_(storage.fleet(), storage.queries()),
        control_({storage.fleet(), storage.queries(), board_, storage.clock()}),
        series_(storage.queries(), host.ids()),
        forecasts_(storage.fleet(), storage.queries()),
        solve_(solver_),
        policies_(storage.fleet(), storage.queries(), host.ids()),
        carbon_(storage.fleet(), storage.queries()),
        leadership_({.lease_name = kPolicyLease, .holder = runner, .leads = "standing policies"}, storage.leases(),
                    host.logger()),
        policy_runner_(
            {storage.queries(), storage.committer(), storage.archive(), storage.roles(), storage.clock(), host.ids(),
             metrics_, host.logger(), resume_points_},
            [this] { return leadership_.fence(); },
            [this](auto& call, const auto& request, const RunOrigin& origin) {
              return PlanPolicyRun(call, request, origin);
            }),
        optimizer_service_(host.rpc(), optimize_, runs_, control_, solve_, policies_, carbon_),
        series_service_(host.rpc(), series_, forecasts_) {
    ExportSolverMetrics(solver_, host.metrics());
    host.metrics().AddGauge("derms_optimization_runs", "Runs of this process that are being solved or wait for it.",
                            [this] { return static_cast<double>(executor_.places_taken()); });
    host.metrics().AddGauge("derms_policy_resume_bytes",
                            "Memory of what the next runs of standing policies go on from.",
                            [this] { return static_cast<double>(resume_points_.bytes()); });
  }

  absl::StatusOr<PlannedRun> PlanPolicyRun(server::Call& call, const v1::OptimizeResourcesRequest& request,
                                           const RunOrigin& origin) {
    std::shared_ptr<RunTicket> ticket;
    ASSIGN_OR_RETURN(auto plan, optimize_.PlanRun(call, request, ticket, origin));
    return PlannedRun{plan.response.run().run_id(), std::move(plan.mutation),
                      [this, ticket] { executor_.Begin(ticket, [](const auto&) {}); }};
  }

  const gridcode::ProfileShelf profiles_;
  const absl::Duration patience_;
  const SolverPool solver_;
  RunBoard board_;
  const observe::PolicyMetrics metrics_;
  ResumeShelf resume_points_;
  RunExecutor executor_;
  RunKeeper keeper_;
  const OptimizeHandlers optimize_;
  const RunHandlers runs_;
  const RunControlHandlers control_;
  const SeriesHandlers series_;
  const ForecastHandlers forecasts_;
  const SolveHandlers solve_;
  const PolicyHandlers policies_;
  const CarbonHandlers carbon_;
  server::Leadership leadership_;
  PolicyRunner policy_runner_;
  OptimizerService optimizer_service_;
  SeriesService series_service_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<server::HostedServices>> MakeOptimizer(server::ServiceHost& host) {
  gridcode::ProfileShelf profiles;
  if (!host.config().grid_profiles.empty()) RETURN_IF_ERROR(profiles.AddFolder(host.config().grid_profiles));
  return std::make_unique<HostedOptimizer>(host, std::move(profiles));
}

}  // namespace derms::optimizer
