// The gRPC services of the optimizer: one line per method (libs/server/rpc.h says what surrounds each handler).
#pragma once

#include "derms/v1/optimizer.grpc.pb.h"
#include "derms/v1/series.grpc.pb.h"
#include "libs/server/rpc.h"
#include "services/optimizer/carbon_handlers.h"
#include "services/optimizer/forecast_handlers.h"
#include "services/optimizer/optimize_handlers.h"
#include "services/optimizer/policy_handlers.h"
#include "services/optimizer/run_control_handlers.h"
#include "services/optimizer/run_handlers.h"
#include "services/optimizer/series_handlers.h"
#include "services/optimizer/solve_handlers.h"

namespace derms::optimizer {

// All references must outlive the service.
class OptimizerService final : public v1::OptimizerService::CallbackService {
 public:
  OptimizerService(const server::Rpc& rpc, const OptimizeHandlers& optimize, const RunHandlers& runs,
                   const RunControlHandlers& control, const SolveHandlers& solve, const PolicyHandlers& policies,
                   const CarbonHandlers& carbon)
      : rpc_(rpc),
        optimize_(optimize),
        runs_(runs),
        control_(control),
        solve_(solve),
        policies_(policies),
        carbon_(carbon) {}

  grpc::ServerUnaryReactor* OptimizeResources(grpc::CallbackServerContext* context,
                                              const v1::OptimizeResourcesRequest* request,
                                              v1::OptimizeResourcesResponse* response) override;
  grpc::ServerUnaryReactor* GetRun(grpc::CallbackServerContext* context, const v1::GetRunRequest* request,
                                   v1::GetRunResponse* response) override;
  grpc::ServerUnaryReactor* ListRuns(grpc::CallbackServerContext* context, const v1::ListRunsRequest* request,
                                     v1::ListRunsResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchRunResponse>* WatchRun(grpc::CallbackServerContext* context,
                                                           const v1::WatchRunRequest* request) override;
  grpc::ServerUnaryReactor* CancelRun(grpc::CallbackServerContext* context, const v1::CancelRunRequest* request,
                                      v1::CancelRunResponse* response) override;
  grpc::ServerUnaryReactor* ListSchedules(grpc::CallbackServerContext* context, const v1::ListSchedulesRequest* request,
                                          v1::ListSchedulesResponse* response) override;
  grpc::ServerUnaryReactor* GetScheduleCarbon(grpc::CallbackServerContext* context,
                                              const v1::GetScheduleCarbonRequest* request,
                                              v1::GetScheduleCarbonResponse* response) override;
  grpc::ServerUnaryReactor* SolveDispatch(grpc::CallbackServerContext* context, const v1::SolveDispatchRequest* request,
                                          v1::SolveDispatchResponse* response) override;
  grpc::ServerUnaryReactor* PutPolicy(grpc::CallbackServerContext* context, const v1::PutPolicyRequest* request,
                                      v1::PutPolicyResponse* response) override;
  grpc::ServerUnaryReactor* ListPolicies(grpc::CallbackServerContext* context, const v1::ListPoliciesRequest* request,
                                         v1::ListPoliciesResponse* response) override;
  grpc::ServerUnaryReactor* DeletePolicy(grpc::CallbackServerContext* context, const v1::DeletePolicyRequest* request,
                                         v1::DeletePolicyResponse* response) override;

 private:
  const server::Rpc& rpc_;
  const OptimizeHandlers& optimize_;
  const RunHandlers& runs_;
  const RunControlHandlers& control_;
  const SolveHandlers& solve_;
  const PolicyHandlers& policies_;
  const CarbonHandlers& carbon_;
};

class SeriesService final : public v1::SeriesService::CallbackService {
 public:
  SeriesService(const server::Rpc& rpc, const SeriesHandlers& series, const ForecastHandlers& forecasts)
      : rpc_(rpc), series_(series), forecasts_(forecasts) {}

  grpc::ServerUnaryReactor* PutSeries(grpc::CallbackServerContext* context, const v1::PutSeriesRequest* request,
                                      v1::PutSeriesResponse* response) override;
  grpc::ServerUnaryReactor* ListSeries(grpc::CallbackServerContext* context, const v1::ListSeriesRequest* request,
                                       v1::ListSeriesResponse* response) override;
  grpc::ServerUnaryReactor* PredictAvailability(grpc::CallbackServerContext* context,
                                                const v1::PredictAvailabilityRequest* request,
                                                v1::PredictAvailabilityResponse* response) override;
  grpc::ServerUnaryReactor* PredictSeries(grpc::CallbackServerContext* context, const v1::PredictSeriesRequest* request,
                                          v1::PredictSeriesResponse* response) override;
  grpc::ServerUnaryReactor* BacktestForecast(grpc::CallbackServerContext* context,
                                             const v1::BacktestForecastRequest* request,
                                             v1::BacktestForecastResponse* response) override;

 private:
  const server::Rpc& rpc_;
  const SeriesHandlers& series_;
  const ForecastHandlers& forecasts_;
};

}  // namespace derms::optimizer
