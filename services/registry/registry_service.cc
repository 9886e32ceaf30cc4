#include "services/registry/registry_service.h"

namespace derms::registry {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* RegistryService::RegisterDer(CallbackServerContext* context, const v1::RegisterDerRequest* request,
                                                 v1::RegisterDerResponse* response) {
  return rpc_.Mutate(context, request, response, [this](auto& call, auto& r) { return ders_.RegisterDer(call, r); });
}
grpc::ServerBidiReactor<v1::RegisterDersRequest, v1::RegisterDersResponse>* RegistryService::RegisterDers(
    CallbackServerContext* context) {
  return rpc_.Bulk<v1::RegisterDersRequest, v1::RegisterDersResponse>(
      context, [this](auto& call, auto& r) { return ders_.RegisterDer(call, r); },
      [](const auto& answer) { return answer.der().revision(); });
}
ServerUnaryReactor* RegistryService::GetDer(CallbackServerContext* context, const v1::GetDerRequest* request,
                                            v1::GetDerResponse* response) {
  return rpc_.Read(context, request, response, [this](auto& call, auto& r) { return ders_.GetDer(call, r); });
}
ServerUnaryReactor* RegistryService::ListDers(CallbackServerContext* context, const v1::ListDersRequest* request,
                                              v1::ListDersResponse* response) {
  // From memory, but a filter may walk the whole fleet.
  return rpc_.Query(context, request, response, [this](auto& call, auto& r) { return ders_.ListDers(call, r); });
}
ServerUnaryReactor* RegistryService::UpdateDer(CallbackServerContext* context, const v1::UpdateDerRequest* request,
                                               v1::UpdateDerResponse* response) {
  return rpc_.MutateOnPool(context, request, response,
                           [this](auto& call, auto& r) { return changes_.UpdateDer(call, r); });
}
ServerUnaryReactor* RegistryService::UpdateDerStatus(CallbackServerContext* context,
                                                     const v1::UpdateDerStatusRequest* request,
                                                     v1::UpdateDerStatusResponse* response) {
  return rpc_.Mutate(context, request, response,
                     [this](auto& call, auto& r) { return changes_.UpdateDerStatus(call, r); });
}
grpc::ServerBidiReactor<v1::UpdateDerStatusesRequest, v1::UpdateDerStatusesResponse>*
RegistryService::UpdateDerStatuses(CallbackServerContext* context) {
  return rpc_.Bulk<v1::UpdateDerStatusesRequest, v1::UpdateDerStatusesResponse>(
      context, [this](auto& call, auto& r) { return changes_.UpdateDerStatus(call, r); },
      [](const auto& answer) { return answer.revision(); });
}
ServerUnaryReactor* RegistryService::RetireDer(CallbackServerContext* context, const v1::RetireDerRequest* request,
                                               v1::RetireDerResponse* response) {
  return rpc_.Mutate(context, request, response, [this](auto& call, auto& r) { return changes_.RetireDer(call, r); });
}
ServerUnaryReactor* RegistryService::TransferDer(CallbackServerContext* context, const v1::TransferDerRequest* request,
                                                 v1::TransferDerResponse* response) {
  return rpc_.Mutate(context, request, response, [this](auto& call, auto& r) { return changes_.TransferDer(call, r); });
}
ServerUnaryReactor* RegistryService::DelegateGateway(CallbackServerContext* context,
                                                     const v1::DelegateGatewayRequest* request,
                                                     v1::DelegateGatewayResponse* response) {
  return rpc_.Mutate(context, request, response,
                     [this](auto& call, auto& r) { return changes_.DelegateGateway(call, r); });
}
ServerUnaryReactor* RegistryService::RecordMaintenance(CallbackServerContext* context,
                                                       const v1::RecordMaintenanceRequest* request,
                                                       v1::RecordMaintenanceResponse* response) {
  return rpc_.Mutate(context, request, response,
                     [this](auto& call, auto& r) { return maintenance_.RecordMaintenance(call, r); });
}
ServerUnaryReactor* RegistryService::ListMaintenance(CallbackServerContext* context,
                                                     const v1::ListMaintenanceRequest* request,
                                                     v1::ListMaintenanceResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return maintenance_.ListMaintenance(call, r); });
}
ServerUnaryReactor* RegistryService::PutRegion(CallbackServerContext* context, const v1::PutRegionRequest* request,
                                               v1::PutRegionResponse* response) {
  return rpc_.Mutate(context, request, response, [this](auto& call, auto& r) { return regions_.PutRegion(call, r); });
}
ServerUnaryReactor* RegistryService::ListRegions(CallbackServerContext* context, const v1::ListRegionsRequest* request,
                                                 v1::ListRegionsResponse* response) {
  return rpc_.Read(context, request, response, [this](auto& call, auto& r) { return regions_.ListRegions(call, r); });
}
ServerUnaryReactor* RegistryService::PutCapacityRule(CallbackServerContext* context,
                                                     const v1::PutCapacityRuleRequest* request,
                                                     v1::PutCapacityRuleResponse* response) {
  return rpc_.Mutate(context, request, response,
                     [this](auto& call, auto& r) { return regions_.PutCapacityRule(call, r); });
}
ServerUnaryReactor* RegistryService::ListCapacityRules(CallbackServerContext* context,
                                                       const v1::ListCapacityRulesRequest* request,
                                                       v1::ListCapacityRulesResponse* response) {
  return rpc_.Read(context, request, response,
                   [this](auto& call, auto& r) { return regions_.ListCapacityRules(call, r); });
}
ServerUnaryReactor* RegistryService::GetStats(CallbackServerContext* context, const v1::GetStatsRequest* request,
                                              v1::GetStatsResponse* response) {
  return rpc_.Query(context, request, response, [this](auto& call, auto& r) { return stats_.GetStats(call, r); });
}

}  // namespace derms::registry
