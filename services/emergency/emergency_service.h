// The EmergencyService: one line per method (libs/server/rpc.h says what surrounds each handler).
#pragma once

#include "derms/v1/emergency.grpc.pb.h"
#include "libs/server/rpc.h"
#include "services/emergency/emergency_handlers.h"
#include "services/emergency/emergency_watch.h"

namespace derms::emergency {

// All references must outlive the service.
class EmergencyService final : public v1::EmergencyService::CallbackService {
 public:
  // `reserved`: reads on connections that no other call can keep busy.
  EmergencyService(const server::Rpc& rpc, const EmergencyHandlers& handlers, const EmergencyHandlers& reserved,
                   EmergencyWatch::Parts watch)
      : rpc_(rpc), handlers_(handlers), reserved_(reserved), watch_(watch) {}

  grpc::ServerUnaryReactor* AllocateEmergency(grpc::CallbackServerContext* context,
                                              const v1::AllocateEmergencyRequest* request,
                                              v1::AllocateEmergencyResponse* response) override;
  grpc::ServerUnaryReactor* ApproveEmergency(grpc::CallbackServerContext* context,
                                             const v1::ApproveEmergencyRequest* request,
                                             v1::ApproveEmergencyResponse* response) override;
  grpc::ServerUnaryReactor* ReleaseEmergency(grpc::CallbackServerContext* context,
                                             const v1::ReleaseEmergencyRequest* request,
                                             v1::ReleaseEmergencyResponse* response) override;
  grpc::ServerUnaryReactor* GetEmergency(grpc::CallbackServerContext* context, const v1::GetEmergencyRequest* request,
                                         v1::GetEmergencyResponse* response) override;
  grpc::ServerUnaryReactor* ListEmergencies(grpc::CallbackServerContext* context,
                                            const v1::ListEmergenciesRequest* request,
                                            v1::ListEmergenciesResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchEmergencyResponse>* WatchEmergency(
      grpc::CallbackServerContext* context, const v1::WatchEmergencyRequest* request) override;

 private:
  const server::Rpc& rpc_;
  const EmergencyHandlers& handlers_;
  const EmergencyHandlers& reserved_;
  const EmergencyWatch::Parts watch_;
};

}  // namespace derms::emergency
