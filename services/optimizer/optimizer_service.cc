#include "services/optimizer/optimizer_service.h"

namespace derms::optimizer {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* OptimizerService::OptimizeResources(CallbackServerContext* context,
                                                        const v1::OptimizeResourcesRequest* request,
                                                        v1::OptimizeResourcesResponse* response) {
  const auto ticket = std::make_shared<std::shared_ptr<RunTicket>>();  // from the plan to the begin
  return rpc_.MutateAndFollow(
      context, request, response,
      [this, ticket](server::Call& call, const auto& r) { return optimize_.PlanRun(call, r, *ticket); },
      [this, ticket](server::Call& call, const auto& r, auto committed, server::Follows after, auto done) {
        if (after == server::Follows::kRepeated) return optimize_.FindAgain(call, r, committed, done);
        optimize_.Begin(r, std::move(*ticket), std::move(committed), done);
      });
}
ServerUnaryReactor* OptimizerService::GetRun(CallbackServerContext* context, const v1::GetRunRequest* request,
                                             v1::GetRunResponse* response) {
  return rpc_.Query(context, request, response, [this](auto& call, auto& r) { return runs_.GetRun(call, r); });
}
ServerUnaryReactor* OptimizerService::ListRuns(CallbackServerContext* context, const v1::ListRunsRequest* request,
                                               v1::ListRunsResponse* response) {
  return rpc_.Query(context, request, response, [this](auto& call, auto& r) { return runs_.ListRuns(call, r); });
}
grpc::ServerWriteReactor<v1::WatchRunResponse>* OptimizerService::WatchRun(CallbackServerContext* context,
                                                                           const v1::WatchRunRequest* request) {
  return rpc_.Watch<v1::WatchRunRequest, v1::WatchRunResponse>(
      context, request, [this](auto& call, auto& r, auto wake) { return control_.WatchRun(call, r, std::move(wake)); });
}
ServerUnaryReactor* OptimizerService::CancelRun(CallbackServerContext* context, const v1::CancelRunRequest* request,
                                                v1::CancelRunResponse* response) {
  return rpc_.MutateAndFollow(
      context, request, response, [this](server::Call& call, const auto& r) { return control_.CancelRun(call, r); },
      [this](server::Call&, const auto&, auto committed, server::Follows, auto done) {
        control_.Cancelled(committed.run());
        done(std::move(committed));
      });
}
ServerUnaryReactor* OptimizerService::ListSchedules(CallbackServerContext* context,
                                                    const v1::ListSchedulesRequest* request,
                                                    v1::ListSchedulesResponse* response) {
  return rpc_.Query(context, request, response, [this](auto& call, auto& r) { return runs_.ListSchedules(call, r); });
}
ServerUnaryReactor* OptimizerService::GetScheduleCarbon(CallbackServerContext* context,
                                                        const v1::GetScheduleCarbonRequest* request,
                                                        v1::GetScheduleCarbonResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return carbon_.GetScheduleCarbon(call, r); });
}
ServerUnaryReactor* OptimizerService::SolveDispatch(CallbackServerContext* context,
                                                    const v1::SolveDispatchRequest* request,
                                                    v1::SolveDispatchResponse* response) {
  return rpc_.CancellableQuery(context, request, response,
                               [this](auto& call, auto& r) { return solve_.SolveDispatch(call, r); });
}
ServerUnaryReactor* OptimizerService::PutPolicy(CallbackServerContext* context, const v1::PutPolicyRequest* request,
                                                v1::PutPolicyResponse* response) {
  return rpc_.MutateOnPool(context, request, response,
                           [this](auto& call, auto& r) { return policies_.PutPolicy(call, r); });
}
ServerUnaryReactor* OptimizerService::ListPolicies(CallbackServerContext* context,
                                                   const v1::ListPoliciesRequest* request,
                                                   v1::ListPoliciesResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return policies_.ListPolicies(call, r); });
}
ServerUnaryReactor* OptimizerService::DeletePolicy(CallbackServerContext* context,
                                                   const v1::DeletePolicyRequest* request,
                                                   v1::DeletePolicyResponse* response) {
  return rpc_.MutateOnPool(context, request, response,
                           [this](auto& call, auto& r) { return policies_.DeletePolicy(call, r); });
}
ServerUnaryReactor* SeriesService::PutSeries(CallbackServerContext* context, const v1::PutSeriesRequest* request,
                                             v1::PutSeriesResponse* response) {
  return rpc_.Mutate(context, request, response, [this](auto& call, auto& r) { return series_.PutSeries(call, r); });
}
ServerUnaryReactor* SeriesService::ListSeries(CallbackServerContext* context, const v1::ListSeriesRequest* request,
                                              v1::ListSeriesResponse* response) {
  return rpc_.Query(context, request, response, [this](auto& call, auto& r) { return series_.ListSeries(call, r); });
}
ServerUnaryReactor* SeriesService::PredictAvailability(CallbackServerContext* context,
                                                       const v1::PredictAvailabilityRequest* request,
                                                       v1::PredictAvailabilityResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return forecasts_.PredictAvailability(call, r); });
}
ServerUnaryReactor* SeriesService::PredictSeries(CallbackServerContext* context,
                                                 const v1::PredictSeriesRequest* request,
                                                 v1::PredictSeriesResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return forecasts_.PredictSeries(call, r); });
}
ServerUnaryReactor* SeriesService::BacktestForecast(CallbackServerContext* context,
                                                    const v1::BacktestForecastRequest* request,
                                                    v1::BacktestForecastResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return forecasts_.BacktestForecast(call, r); });
}

}  // namespace derms::optimizer
