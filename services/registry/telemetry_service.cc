#include "services/registry/telemetry_service.h"

namespace derms::registry {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* TelemetryService::ReportReading(CallbackServerContext* context,
                                                    const v1::ReportReadingRequest* request,
                                                    v1::ReportReadingResponse* response) {
  return rpc_.Mutate(context, request, response,
                     [this](auto& call, auto& r) { return telemetry_.ReportReading(call, r); });
}
grpc::ServerBidiReactor<v1::ReportReadingsRequest, v1::ReportReadingsResponse>* TelemetryService::ReportReadings(
    CallbackServerContext* context) {
  return rpc_.MutateStream<v1::ReportReadingsRequest, v1::ReportReadingsResponse>(
      context, [this](auto& call, auto& r) { return telemetry_.ReportReadings(call, r); });
}
ServerUnaryReactor* TelemetryService::ListReadings(CallbackServerContext* context,
                                                   const v1::ListReadingsRequest* request,
                                                   v1::ListReadingsResponse* response) {
  return rpc_.Query(context, request, response, [this](auto& call, auto& r) { return reports_.ListReadings(call, r); });
}
ServerUnaryReactor* TelemetryService::GetPerformance(CallbackServerContext* context,
                                                     const v1::GetPerformanceRequest* request,
                                                     v1::GetPerformanceResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return reports_.GetPerformance(call, r); });
}
ServerUnaryReactor* TelemetryService::GetReport(CallbackServerContext* context, const v1::GetReportRequest* request,
                                                v1::GetReportResponse* response) {
  return rpc_.Query(context, request, response, [this](auto& call, auto& r) { return reports_.GetReport(call, r); });
}
grpc::ServerWriteReactor<v1::WatchEventsResponse>* TelemetryService::WatchEvents(
    CallbackServerContext* context, const v1::WatchEventsRequest* request) {
  return rpc_.Watch<v1::WatchEventsRequest, v1::WatchEventsResponse>(
      context, request,
      [this](auto& call, auto& r, auto wake) { return watch_.WatchEvents(call, r, std::move(wake)); });
}

}  // namespace derms::registry
