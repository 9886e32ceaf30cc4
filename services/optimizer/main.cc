// derms-optimizer: schedules and the series they are made from, over gRPC (README.md).
#include "derms/v1/optimizer.grpc.pb.h"
#include "derms/v1/series.grpc.pb.h"
#include "libs/dispatch/portfolio.h"
#include "libs/server/pg_storage.h"
#include "libs/server/service_host.h"
#include "services/optimizer/hosted_optimizer.h"
#include "services/optimizer/workers/quick_solver.h"
#include "services/optimizer/workers/worker_main.h"

int main(int argc, char** argv) {
  using namespace derms;
  if (optimizer::IsSolverWorker(argc, argv)) {  // the service has started it: workers/README.md
    return optimizer::RunSolverWorker(argc, argv, *dispatch::MakePortfolio(), optimizer::QuickSolver());
  }
  const server::ServiceIdentity identity{
      .name = "derms-optimizer",
      .default_port = 7002,
      .default_metrics_port = 7012,
      .services = {v1::OptimizerService::service_full_name(), v1::SeriesService::service_full_name()},
      .default_worker_threads = 64,
  };
  return server::RunService(identity, argc, argv, server::OpenPgStorage, optimizer::MakeOptimizer);
}
