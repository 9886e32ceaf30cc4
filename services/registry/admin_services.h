// What admins use, AccessService and AuditService: one line per method (libs/server/rpc.h says what surrounds each
// handler).
#pragma once

#include "derms/v1/access.grpc.pb.h"
#include "derms/v1/audit.grpc.pb.h"
#include "libs/server/rpc.h"
#include "services/registry/access_handlers.h"
#include "services/registry/audit_handlers.h"

namespace derms::registry {

// All references must outlive the service.
class AccessService final : public v1::AccessService::CallbackService {
 public:
  AccessService(const server::Rpc& rpc, const AccessHandlers& access) : rpc_(rpc), access_(access) {}

  grpc::ServerUnaryReactor* Initialize(grpc::CallbackServerContext* context, const v1::InitializeRequest* request,
                                       v1::InitializeResponse* response) override;
  grpc::ServerUnaryReactor* WhoAmI(grpc::CallbackServerContext* context, const v1::WhoAmIRequest* request,
                                   v1::WhoAmIResponse* response) override;
  grpc::ServerUnaryReactor* GrantRole(grpc::CallbackServerContext* context, const v1::GrantRoleRequest* request,
                                      v1::GrantRoleResponse* response) override;
  grpc::ServerUnaryReactor* RevokeRole(grpc::CallbackServerContext* context, const v1::RevokeRoleRequest* request,
                                       v1::RevokeRoleResponse* response) override;
  grpc::ServerUnaryReactor* ListPrincipals(grpc::CallbackServerContext* context,
                                           const v1::ListPrincipalsRequest* request,
                                           v1::ListPrincipalsResponse* response) override;
  grpc::ServerUnaryReactor* RevokeToken(grpc::CallbackServerContext* context, const v1::RevokeTokenRequest* request,
                                        v1::RevokeTokenResponse* response) override;

 private:
  const server::Rpc& rpc_;
  const AccessHandlers& access_;
};

class AuditService final : public v1::AuditService::CallbackService {
 public:
  AuditService(const server::Rpc& rpc, const AuditHandlers& audit) : rpc_(rpc), audit_(audit) {}

  grpc::ServerUnaryReactor* VerifyLog(grpc::CallbackServerContext* context, const v1::VerifyLogRequest* request,
                                      v1::VerifyLogResponse* response) override;
  grpc::ServerUnaryReactor* ExportCheckpoint(grpc::CallbackServerContext* context,
                                             const v1::ExportCheckpointRequest* request,
                                             v1::ExportCheckpointResponse* response) override;

 private:
  const server::Rpc& rpc_;
  const AuditHandlers& audit_;
};

}  // namespace derms::registry
