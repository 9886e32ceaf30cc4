// The ComplianceService: one line per method (libs/server/rpc.h says what surrounds each handler).
#pragma once

#include "derms/v1/compliance.grpc.pb.h"
#include "libs/server/rpc.h"
#include "services/registry/compliance_evaluation.h"
#include "services/registry/compliance_handlers.h"
#include "services/registry/compliance_reports.h"

namespace derms::registry {

// All references must outlive the service.
class ComplianceService final : public v1::ComplianceService::CallbackService {
 public:
  ComplianceService(const server::Rpc& rpc, const ComplianceEvaluation& evaluation, const ComplianceHandlers& records,
                    const ComplianceReports& reports)
      : rpc_(rpc), evaluation_(evaluation), records_(records), reports_(reports) {}

  grpc::ServerUnaryReactor* EvaluateGridSupport(grpc::CallbackServerContext* context,
                                                const v1::EvaluateGridSupportRequest* request,
                                                v1::EvaluateGridSupportResponse* response) override;
  grpc::ServerUnaryReactor* PutNameplate(grpc::CallbackServerContext* context, const v1::PutNameplateRequest* request,
                                         v1::PutNameplateResponse* response) override;
  grpc::ServerUnaryReactor* PutSettings(grpc::CallbackServerContext* context, const v1::PutSettingsRequest* request,
                                        v1::PutSettingsResponse* response) override;
  grpc::ServerUnaryReactor* GetGridSettings(grpc::CallbackServerContext* context,
                                            const v1::GetGridSettingsRequest* request,
                                            v1::GetGridSettingsResponse* response) override;
  grpc::ServerUnaryReactor* CheckCompliance(grpc::CallbackServerContext* context,
                                            const v1::CheckComplianceRequest* request,
                                            v1::CheckComplianceResponse* response) override;
  grpc::ServerUnaryReactor* GetComplianceReport(grpc::CallbackServerContext* context,
                                                const v1::GetComplianceReportRequest* request,
                                                v1::GetComplianceReportResponse* response) override;

 private:
  const server::Rpc& rpc_;
  const ComplianceEvaluation& evaluation_;
  const ComplianceHandlers& records_;
  const ComplianceReports& reports_;
};

}  // namespace derms::registry
