// GetScheduleCarbon: the carbon of a run's schedules. It blocks: run it on the worker pool.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "derms/v1/carbon.pb.h"
#include "derms/v1/run.pb.h"
#include "libs/server/call.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"
#include "services/optimizer/carbon_account.h"

namespace derms::optimizer {

// All references must outlive the handlers. Thread-safe. Schedules are read some thousand DERs at a time, so that an
// answer over a million needs the memory of a page.
class CarbonHandlers {
 public:
  CarbonHandlers(const store::ReadModel& fleet, store::Queries& queries) : fleet_(fleet), queries_(queries) {}

  absl::StatusOr<v1::GetScheduleCarbonResponse> GetScheduleCarbon(server::Call& call,
                                                                  const v1::GetScheduleCarbonRequest& request) const;

 private:
  using Visit = std::function<absl::Status(const store::DerSchedule&)>;

  // The grid's intensity, by interval of the run, into the answer, and what was assumed to find it.
  absl::Status AddIntensity(const server::Call& call, const v1::GetScheduleCarbonRequest& request,
                            const v1::OptimizationRun& run, v1::GetScheduleCarbonResponse& response) const;
  // The mean intensity of what the area uses, of all DERs in the run.
  absl::StatusOr<std::vector<double>> AreaMixOf(const server::Call& call, const v1::OptimizationRun& run,
                                                const std::vector<double>& grid_kg_per_kwh,
                                                domain::EmissionScope scope) const;
  absl::Status VisitAll(const server::Call& call, const store::ScheduleFilter& filter, const Visit& visit) const;
  absl::Status AddDers(const server::Call& call, const v1::GetScheduleCarbonRequest& request,
                       const store::ScheduleFilter& filter, CarbonBook& book,
                       v1::GetScheduleCarbonResponse& response) const;
  absl::Status AddOwners(const server::Call& call, const v1::GetScheduleCarbonRequest& request,
                         const store::ScheduleFilter& filter, CarbonBook& book,
                         v1::GetScheduleCarbonResponse& response) const;

  const store::ReadModel& fleet_;
  store::Queries& queries_;
};

}  // namespace derms::optimizer
