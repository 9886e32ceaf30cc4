// The demo fleet and its real year, read from deploy/demo as `dermsctl` reads them and built as the optimizer builds.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/dispatch/solution.h"
#include "services/optimizer/problem_builder.h"
#include "services/optimizer/robust_reserve.h"

namespace derms::tests {

inline constexpr int kHoursOfDay = 24;

class DemoYear {
 public:
  static absl::StatusOr<DemoYear> Read();  // tests run in the repository's root

  int days() const { return days_; }
  std::vector<const domain::Region*> regions() const { return tree_.WithParts(tree_.Areas().front()->region_id); }
  const optimizer::SeriesById& series() const { return series_; }
  const std::vector<optimizer::FleetMember>& fleet() const { return fleet_; }  // ONLINE, without readings

  // From local midnight of `day` (0 is the first of January) for so many days; `fleet` says the state at its begin.
  optimizer::Horizon HorizonOf(int day, int days = 1) const;
  optimizer::ProblemInput InputOf(int day, std::vector<optimizer::FleetMember> fleet, int days = 1) const;

 private:
  absl::Status ReadFleet();
  absl::Status ReadRegions();
  absl::Status ReadSeries();

  int days_ = 0;
  absl::Time begin_;
  domain::RegionTree tree_;
  optimizer::SeriesById series_;
  std::vector<optimizer::FleetMember> fleet_;
};

// The DERs as their meters read them at the end of a schedule, `when`.
void HandOver(const optimizer::BuiltProblem& built, const dispatch::Solution& solution, absl::Time when,
              std::vector<optimizer::FleetMember>& fleet);

}  // namespace derms::tests
