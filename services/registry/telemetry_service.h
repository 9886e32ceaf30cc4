// The TelemetryService: one line per method (libs/server/rpc.h says what surrounds each handler).
#pragma once

#include "derms/v1/telemetry.grpc.pb.h"
#include "libs/server/rpc.h"
#include "services/registry/report_handlers.h"
#include "services/registry/telemetry_handlers.h"
#include "services/registry/watch_handlers.h"

namespace derms::registry {

// All references must outlive the service.
class TelemetryService final : public v1::TelemetryService::CallbackService {
 public:
  TelemetryService(const server::Rpc& rpc, const TelemetryHandlers& telemetry, const ReportHandlers& reports,
                   const WatchHandlers& watch)
      : rpc_(rpc), telemetry_(telemetry), reports_(reports), watch_(watch) {}

  grpc::ServerUnaryReactor* ReportReading(grpc::CallbackServerContext* context, const v1::ReportReadingRequest* request,
                                          v1::ReportReadingResponse* response) override;
  grpc::ServerBidiReactor<v1::ReportReadingsRequest, v1::ReportReadingsResponse>* ReportReadings(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* ListReadings(grpc::CallbackServerContext* context, const v1::ListReadingsRequest* request,
                                         v1::ListReadingsResponse* response) override;
  grpc::ServerUnaryReactor* GetPerformance(grpc::CallbackServerContext* context,
                                           const v1::GetPerformanceRequest* request,
                                           v1::GetPerformanceResponse* response) override;
  grpc::ServerUnaryReactor* GetReport(grpc::CallbackServerContext* context, const v1::GetReportRequest* request,
                                      v1::GetReportResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchEventsResponse>* WatchEvents(grpc::CallbackServerContext* context,
                                                                 const v1::WatchEventsRequest* request) override;

 private:
  const server::Rpc& rpc_;
  const TelemetryHandlers& telemetry_;
  const ReportHandlers& reports_;
  const WatchHandlers& watch_;
};

}  // namespace derms::registry
