#include "services/emergency/emergency_service.h"

namespace derms::emergency {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* EmergencyService::AllocateEmergency(CallbackServerContext* context,
                                                        const v1::AllocateEmergencyRequest* request,
                                                        v1::AllocateEmergencyResponse* response) {
  return rpc_.MutateOnPool(context, request, response,
                           [this](auto& call, auto& r) { return reserved_.AllocateEmergency(call, r); });
}
ServerUnaryReactor* EmergencyService::ReleaseEmergency(CallbackServerContext* context,
                                                       const v1::ReleaseEmergencyRequest* request,
                                                       v1::ReleaseEmergencyResponse* response) {
  return rpc_.MutateOnPool(context, request, response,
                           [this](auto& call, auto& r) { return reserved_.ReleaseEmergency(call, r); });
}
ServerUnaryReactor* EmergencyService::GetEmergency(CallbackServerContext* context,
                                                   const v1::GetEmergencyRequest* request,
                                                   v1::GetEmergencyResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return handlers_.GetEmergency(call, r); });
}
ServerUnaryReactor* EmergencyService::ListEmergencies(CallbackServerContext* context,
                                                      const v1::ListEmergenciesRequest* request,
                                                      v1::ListEmergenciesResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return handlers_.ListEmergencies(call, r); });
}

}  // namespace derms::emergency
