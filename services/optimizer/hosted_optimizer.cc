#include "services/optimizer/hosted_optimizer.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "services/optimizer/optimizer_service.h"
#include "services/optimizer/workers/solver_metrics.h"
#include "services/optimizer/workers/solver_pool.h"

namespace derms::optimizer {
namespace {

SolverPoolOptions PoolOptions(const server::Config& config) {
  return {.processes = {.processes = config.solver_processes,
                        .queue = config.solver_queue,
                        .memory_bytes = std::int64_t{config.solver_memory_mb} << 20},
          .grace = absl::Seconds(config.solver_grace_seconds)};
}

class HostedOptimizer final : public server::HostedServices {
 public:
  explicit HostedOptimizer(server::ServiceHost& host)
      : solver_(PoolOptions(host.config()), host.logger()),
        optimize_(host.storage().fleet(), host.storage().queries(), solver_, host.ids()),
        runs_(host.storage().fleet(), host.storage().queries()),
        series_(host.storage().queries(), host.ids()),
        solve_(solver_),
        optimizer_service_(host.rpc(), optimize_, runs_, solve_),
        series_service_(host.rpc(), series_) {
    ExportSolverMetrics(solver_, host.metrics());
  }

  std::vector<grpc::Service*> services() override { return {&optimizer_service_, &series_service_}; }

 private:
  const SolverPool solver_;
  const OptimizeHandlers optimize_;
  const RunHandlers runs_;
  const SeriesHandlers series_;
  const SolveHandlers solve_;
  OptimizerService optimizer_service_;
  SeriesService series_service_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<server::HostedServices>> MakeOptimizer(server::ServiceHost& host) {
  return std::make_unique<HostedOptimizer>(host);
}

}  // namespace derms::optimizer
