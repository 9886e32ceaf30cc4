// The RegistryService: one line per method (libs/server/rpc.h says what surrounds each handler).
#pragma once

#include "derms/v1/registry.grpc.pb.h"
#include "libs/server/rpc.h"
#include "services/registry/der_changes.h"
#include "services/registry/der_handlers.h"
#include "services/registry/maintenance_handlers.h"
#include "services/registry/region_handlers.h"
#include "services/registry/stats_handlers.h"

namespace derms::registry {

// All references must outlive the service.
class RegistryService final : public v1::RegistryService::CallbackService {
 public:
  RegistryService(const server::Rpc& rpc, const DerHandlers& ders, const DerChanges& changes,
                  const MaintenanceHandlers& maintenance, const RegionHandlers& regions, const StatsHandlers& stats)
      : rpc_(rpc), ders_(ders), changes_(changes), maintenance_(maintenance), regions_(regions), stats_(stats) {}

  grpc::ServerUnaryReactor* RegisterDer(grpc::CallbackServerContext* context, const v1::RegisterDerRequest* request,
                                        v1::RegisterDerResponse* response) override;
  grpc::ServerBidiReactor<v1::RegisterDersRequest, v1::RegisterDersResponse>* RegisterDers(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* GetDer(grpc::CallbackServerContext* context, const v1::GetDerRequest* request,
                                   v1::GetDerResponse* response) override;
  grpc::ServerUnaryReactor* ListDers(grpc::CallbackServerContext* context, const v1::ListDersRequest* request,
                                     v1::ListDersResponse* response) override;
  grpc::ServerUnaryReactor* UpdateDer(grpc::CallbackServerContext* context, const v1::UpdateDerRequest* request,
                                      v1::UpdateDerResponse* response) override;
  grpc::ServerUnaryReactor* UpdateDerStatus(grpc::CallbackServerContext* context,
                                            const v1::UpdateDerStatusRequest* request,
                                            v1::UpdateDerStatusResponse* response) override;
  grpc::ServerBidiReactor<v1::UpdateDerStatusesRequest, v1::UpdateDerStatusesResponse>* UpdateDerStatuses(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* RetireDer(grpc::CallbackServerContext* context, const v1::RetireDerRequest* request,
                                      v1::RetireDerResponse* response) override;
  grpc::ServerUnaryReactor* TransferDer(grpc::CallbackServerContext* context, const v1::TransferDerRequest* request,
                                        v1::TransferDerResponse* response) override;
  grpc::ServerUnaryReactor* DelegateGateway(grpc::CallbackServerContext* context,
                                            const v1::DelegateGatewayRequest* request,
                                            v1::DelegateGatewayResponse* response) override;
  grpc::ServerUnaryReactor* RecordMaintenance(grpc::CallbackServerContext* context,
                                              const v1::RecordMaintenanceRequest* request,
                                              v1::RecordMaintenanceResponse* response) override;
  grpc::ServerUnaryReactor* ListMaintenance(grpc::CallbackServerContext* context,
                                            const v1::ListMaintenanceRequest* request,
                                            v1::ListMaintenanceResponse* response) override;
  grpc::ServerUnaryReactor* PutRegion(grpc::CallbackServerContext* context, const v1::PutRegionRequest* request,
                                      v1::PutRegionResponse* response) override;
  grpc::ServerUnaryReactor* ListRegions(grpc::CallbackServerContext* context, const v1::ListRegionsRequest* request,
                                        v1::ListRegionsResponse* response) override;
  grpc::ServerUnaryReactor* PutCapacityRule(grpc::CallbackServerContext* context,
                                            const v1::PutCapacityRuleRequest* request,
                                            v1::PutCapacityRuleResponse* response) override;
  grpc::ServerUnaryReactor* ListCapacityRules(grpc::CallbackServerContext* context,
                                              const v1::ListCapacityRulesRequest* request,
                                              v1::ListCapacityRulesResponse* response) override;
  grpc::ServerUnaryReactor* GetStats(grpc::CallbackServerContext* context, const v1::GetStatsRequest* request,
                                     v1::GetStatsResponse* response) override;

 private:
  const server::Rpc& rpc_;
  const DerHandlers& ders_;
  const DerChanges& changes_;
  const MaintenanceHandlers& maintenance_;
  const RegionHandlers& regions_;
  const StatsHandlers& stats_;
};

}  // namespace derms::registry
