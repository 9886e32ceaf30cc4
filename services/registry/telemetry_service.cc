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
grpc::ServerWriteReactor<v1::WatchEventsResponse>* TelemetryService::WatchEvents(
    CallbackServerContext* context, const v1::WatchEventsRequest* request) {
  return rpc_.Watch<v1::WatchEventsRequest, v1::WatchEventsResponse>(
      context, request,
      [this](auto& call, auto& r, auto wake) { return watch_.WatchEvents(call, r, std::move(wake)); });
}

}  // namespace derms::registry
