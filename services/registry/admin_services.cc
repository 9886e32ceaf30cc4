#include "services/registry/admin_services.h"

namespace derms::registry {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* AccessService::Initialize(CallbackServerContext* context, const v1::InitializeRequest* request,
                                              v1::InitializeResponse* response) {
  return rpc_.Mutate(context, request, response, [this](auto& call, auto& r) { return access_.Initialize(call, r); });
}
ServerUnaryReactor* AccessService::WhoAmI(CallbackServerContext* context, const v1::WhoAmIRequest* request,
                                          v1::WhoAmIResponse* response) {
  return rpc_.Read(context, request, response, [this](auto& call, auto& r) { return access_.WhoAmI(call, r); });
}
ServerUnaryReactor* AccessService::GrantRole(CallbackServerContext* context, const v1::GrantRoleRequest* request,
                                             v1::GrantRoleResponse* response) {
  return rpc_.Mutate(context, request, response, [this](auto& call, auto& r) { return access_.GrantRole(call, r); });
}
ServerUnaryReactor* AccessService::RevokeRole(CallbackServerContext* context, const v1::RevokeRoleRequest* request,
                                              v1::RevokeRoleResponse* response) {
  return rpc_.Mutate(context, request, response, [this](auto& call, auto& r) { return access_.RevokeRole(call, r); });
}
ServerUnaryReactor* AccessService::ListPrincipals(CallbackServerContext* context,
                                                  const v1::ListPrincipalsRequest* request,
                                                  v1::ListPrincipalsResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return access_.ListPrincipals(call, r); });
}
ServerUnaryReactor* AccessService::RevokeToken(CallbackServerContext* context, const v1::RevokeTokenRequest* request,
                                               v1::RevokeTokenResponse* response) {
  return rpc_.Mutate(context, request, response, [this](auto& call, auto& r) { return access_.RevokeToken(call, r); });
}
ServerUnaryReactor* AuditService::VerifyLog(CallbackServerContext* context, const v1::VerifyLogRequest* request,
                                            v1::VerifyLogResponse* response) {
  return rpc_.Query(context, request, response, [this](auto& call, auto& r) { return audit_.VerifyLog(call, r); });
}
ServerUnaryReactor* AuditService::ExportCheckpoint(CallbackServerContext* context,
                                                   const v1::ExportCheckpointRequest* request,
                                                   v1::ExportCheckpointResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return audit_.ExportCheckpoint(call, r); });
}

}  // namespace derms::registry
