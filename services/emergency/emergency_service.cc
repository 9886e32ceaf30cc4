#include "services/emergency/emergency_service.h"

#include <memory>
#include <utility>

#include "libs/base/error.h"

namespace derms::emergency {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* EmergencyService::AllocateEmergency(CallbackServerContext* context,
                                                        const v1::AllocateEmergencyRequest* request,
                                                        v1::AllocateEmergencyResponse* response) {
  return rpc_.MutateOnPool(context, request, response,
                           [this](auto& call, auto& r) { return reserved_.AllocateEmergency(call, r); });
}
ServerUnaryReactor* EmergencyService::ApproveEmergency(CallbackServerContext* context,
                                                       const v1::ApproveEmergencyRequest* request,
                                                       v1::ApproveEmergencyResponse* response) {
  return rpc_.MutateOnPool(context, request, response,
                           [this](auto& call, auto& r) { return reserved_.ApproveEmergency(call, r); });
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
                    [this](auto& call, auto& r) -> absl::StatusOr<v1::GetEmergencyResponse> {
                      ASSIGN_OR_RETURN(v1::GetEmergencyResponse found, handlers_.GetEmergency(call, r));
                      RETURN_IF_ERROR(FillProgress(watch_.board, *found.mutable_order(), call.deadline()));
                      return found;
                    });
}
ServerUnaryReactor* EmergencyService::ListEmergencies(CallbackServerContext* context,
                                                      const v1::ListEmergenciesRequest* request,
                                                      v1::ListEmergenciesResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return handlers_.ListEmergencies(call, r); });
}
grpc::ServerWriteReactor<v1::WatchEmergencyResponse>* EmergencyService::WatchEmergency(
    CallbackServerContext* context, const v1::WatchEmergencyRequest* request) {
  return rpc_.Watch<v1::WatchEmergencyRequest, v1::WatchEmergencyResponse>(
      context, request,
      [this](auto&, auto& r,
             auto wake) -> absl::StatusOr<std::unique_ptr<server::WatchSource<v1::WatchEmergencyResponse>>> {
        return std::make_unique<EmergencyWatch>(r.emergency_id(), watch_, std::move(wake));
      });
}

}  // namespace derms::emergency
