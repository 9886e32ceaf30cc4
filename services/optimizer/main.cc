// derms-optimizer: schedules and the series they are made from, over gRPC (README.md).
#include "derms/v1/optimizer.grpc.pb.h"
#include "derms/v1/series.grpc.pb.h"
#include "libs/server/pg_storage.h"
#include "libs/server/service_host.h"
#include "services/optimizer/hosted_optimizer.h"

int main(int argc, char** argv) {
  using namespace derms;
  const server::ServiceIdentity identity{
      .name = "derms-optimizer",
      .default_port = 7002,
      .default_metrics_port = 7012,
      .services = {v1::OptimizerService::service_full_name(), v1::SeriesService::service_full_name()},
  };
  return server::RunService(identity, argc, argv, server::OpenPgStorage, optimizer::MakeOptimizer);
}
