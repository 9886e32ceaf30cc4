// PredictAvailability, PredictSeries and BacktestForecast: libs/forecast over what the store holds. They store nothing.
#pragma once

#include "absl/status/statusor.h"
#include "derms/v1/forecast.pb.h"
#include "libs/server/call.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"

namespace derms::optimizer {

// The references must outlive the handlers. Thread-safe; every method blocks (SQL) and computes for up to seconds.
class ForecastHandlers {
 public:
  ForecastHandlers(const store::ReadModel& fleet, store::Queries& queries) : fleet_(fleet), queries_(queries) {}

  absl::StatusOr<v1::PredictAvailabilityResponse> PredictAvailability(
      server::Call& call, const v1::PredictAvailabilityRequest& request) const;
  absl::StatusOr<v1::PredictSeriesResponse> PredictSeries(server::Call& call,
                                                          const v1::PredictSeriesRequest& request) const;
  absl::StatusOr<v1::BacktestForecastResponse> BacktestForecast(server::Call& call,
                                                                const v1::BacktestForecastRequest& request) const;

 private:
  const store::ReadModel& fleet_;
  store::Queries& queries_;
};

}  // namespace derms::optimizer
