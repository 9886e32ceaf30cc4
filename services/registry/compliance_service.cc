#include "services/registry/compliance_service.h"

namespace derms::registry {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* ComplianceService::EvaluateGridSupport(CallbackServerContext* context,
                                                           const v1::EvaluateGridSupportRequest* request,
                                                           v1::EvaluateGridSupportResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return evaluation_.EvaluateGridSupport(call, r); });
}
ServerUnaryReactor* ComplianceService::PutNameplate(CallbackServerContext* context,
                                                    const v1::PutNameplateRequest* request,
                                                    v1::PutNameplateResponse* response) {
  return rpc_.MutateOnPool(context, request, response,
                           [this](auto& call, auto& r) { return records_.PutNameplate(call, r); });
}
ServerUnaryReactor* ComplianceService::PutSettings(CallbackServerContext* context,
                                                   const v1::PutSettingsRequest* request,
                                                   v1::PutSettingsResponse* response) {
  return rpc_.MutateOnPool(context, request, response,
                           [this](auto& call, auto& r) { return records_.PutSettings(call, r); });
}
ServerUnaryReactor* ComplianceService::GetGridSettings(CallbackServerContext* context,
                                                       const v1::GetGridSettingsRequest* request,
                                                       v1::GetGridSettingsResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return records_.GetGridSettings(call, r); });
}
ServerUnaryReactor* ComplianceService::CheckCompliance(CallbackServerContext* context,
                                                       const v1::CheckComplianceRequest* request,
                                                       v1::CheckComplianceResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return reports_.CheckCompliance(call, r); });
}
ServerUnaryReactor* ComplianceService::GetComplianceReport(CallbackServerContext* context,
                                                           const v1::GetComplianceReportRequest* request,
                                                           v1::GetComplianceReportResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return reports_.GetComplianceReport(call, r); });
}

}  // namespace derms::registry
