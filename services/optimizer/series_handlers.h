// PutSeries and ListSeries.
#pragma once

#include "absl/status/statusor.h"
#include "derms/v1/series.pb.h"
#include "libs/base/ids.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/queries.h"

namespace derms::optimizer {

// The references must outlive the handlers. Thread-safe.
class SeriesHandlers {
 public:
  SeriesHandlers(store::Queries& queries, base::IdSource& ids) : queries_(queries), ids_(ids) {}

  absl::StatusOr<server::Plan<v1::PutSeriesResponse>> PutSeries(server::Call& call,
                                                                const v1::PutSeriesRequest& request) const;
  absl::StatusOr<v1::ListSeriesResponse> ListSeries(server::Call& call, const v1::ListSeriesRequest& request) const;

 private:
  store::Queries& queries_;
  base::IdSource& ids_;
};

}  // namespace derms::optimizer
