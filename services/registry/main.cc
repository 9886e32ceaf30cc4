// derms-registry: DERs, readings, events and principals over gRPC (README.md).
#include "derms/v1/access.grpc.pb.h"
#include "derms/v1/audit.grpc.pb.h"
#include "derms/v1/compliance.grpc.pb.h"
#include "derms/v1/registry.grpc.pb.h"
#include "derms/v1/telemetry.grpc.pb.h"
#include "libs/server/pg_storage.h"
#include "libs/server/service_host.h"
#include "services/registry/hosted_registry.h"

int main(int argc, char** argv) {
  using namespace derms;
  const server::ServiceIdentity identity{
      .name = "derms-registry",
      .default_port = 7001,
      .default_metrics_port = 7011,
      .services = {v1::RegistryService::service_full_name(), v1::TelemetryService::service_full_name(),
                   v1::AccessService::service_full_name(), v1::AuditService::service_full_name(),
                   v1::ComplianceService::service_full_name()},
  };
  return server::RunService(identity, argc, argv, server::OpenPgStorage, registry::MakeRegistry);
}
