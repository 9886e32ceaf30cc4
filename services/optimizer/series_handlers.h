// PutSeries and ListSeries.
#pragma once

#include "absl/status/statusor.h"
#include "derms/v1/series.pb.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/queries.h"

namespace derms::optimizer {

// The reference must outlive the handlers. Thread-safe.
class SeriesHandlers {
 public:
  explicit SeriesHandlers(store::Queries& queries) : queries_(queries) {}

  absl::StatusOr<server::Plan<v1::PutSeriesResponse>> PutSeries(server::Call& call,
                                                                const v1::PutSeriesRequest& request) const;
  absl::StatusOr<v1::ListSeriesResponse> ListSeries(server::Call& call, const v1::ListSeriesRequest& request) const;

 private:
  store::Queries& queries_;
};

}  // namespace derms::optimizer
