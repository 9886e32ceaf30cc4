// derms-emergency: emergency orders and the control of DERs over gRPC (README.md).
#include "derms/v1/control.grpc.pb.h"
#include "derms/v1/emergency.grpc.pb.h"
#include "libs/server/pg_storage.h"
#include "libs/server/service_host.h"
#include "services/emergency/hosted_emergency.h"

int main(int argc, char** argv) {
  using namespace derms;
  const server::ServiceIdentity identity{
      .name = "derms-emergency",
      .default_port = 7003,
      .default_metrics_port = 7013,
      .services = {v1::EmergencyService::service_full_name(), v1::ControlService::service_full_name()},
  };
  return server::RunService(identity, argc, argv, server::OpenPgStorage, emergency::MakeEmergency);
}
