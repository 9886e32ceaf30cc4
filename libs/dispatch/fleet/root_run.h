// One root region, with all below it, on its way through the phases of sapc.h: what every way has in common.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "libs/dispatch/fleet/fleet_schedule.h"
#include "libs/dispatch/fleet/response_pass.h"
#include "libs/dispatch/fleet/sapc.h"
#include "libs/dispatch/fleet/warm_start.h"

namespace derms::dispatch::fleet {

class RootRun {
 public:
  virtual ~RootRun() = default;

  // A schedule and a bound at once, whatever they are worth.
  virtual void AnswerAtOnce(Workers& workers, std::vector<ResponseSpace>& spaces) = 0;

  // The first steps of Coordinate by themselves, where they are worth something without the others; they then need not
  // be done again. After AnswerAtOnce.
  virtual absl::Status Share(const EngineLimits&) { return absl::OkStatus(); }
  virtual absl::Status Prove(Workers&, std::vector<ResponseSpace>&, const EngineLimits&) { return absl::OkStatus(); }

  // Surrogate, bound, schedule, balance; finer ones while the gap is too large. What a stop cuts short keeps a schedule
  // and bound where there was one.
  virtual absl::Status Coordinate(Workers& workers, std::vector<ResponseSpace>& spaces, const EngineLimits& limits) = 0;

  // The last solve continued (warm_start.h), if `resumes`. NOT_FOUND where that leaves too large a gap; Coordinate is
  // next.
  virtual bool resumes() const { return false; }
  virtual absl::Status Resume(const WarmStart&, Workers&, std::vector<ResponseSpace>&, const EngineLimits&) {
    return absl::OkStatus();
  }

  bool has_schedule() const { return has_schedule_; }
  bool balanced() const { return balanced_; }
  double cost_usd() const { return cost_usd_; }
  double lower_bound_usd() const { return lower_bound_usd_; }

 protected:
  // All that a pass overwrites.
  struct Kept {
    std::vector<float> powers_kw;  // as RegionModel::clusters
    std::vector<double> taken_kw;  // as RegionModel::renewables
    std::vector<RegionFlows> flows;
    double cost_usd;
    bool balanced;

    // A schedule that can be kept comes first.
    bool IsBetterThan(const RootRun& now) const {
      return balanced != now.balanced_ ? balanced : cost_usd < now.cost_usd_;
    }
  };

  RootRun(const Fleet& fleet, int root, const ClusterCounts& clusters, const SapcOptions& options,
          FleetSchedule& schedule, SapcReport& report);

  // Surrogate, bound and schedule with the clusters of a model.
  virtual absl::Status RunPass(const RegionModel& model, const AnchorOptions& anchor, Workers& workers,
                               std::vector<ResponseSpace>& spaces, const EngineLimits& limits) = 0;
  virtual ClusterCounts CountsOf(const FinerPass& finer) const { return finer.clusters; }

  void Polish(Workers& workers, std::vector<ResponseSpace>& spaces, const EngineLimits& limits);
  bool IsWithin(double relative_gap) const;
  Kept Keep();
  void Restore(Kept kept);

  const SapcOptions& options_;
  FleetSchedule& schedule_;
  SapcReport& report_;
  const RegionModel model_;
  bool has_schedule_ = false, balanced_ = true;
  double cost_usd_ = 0.0, lower_bound_usd_ = -kUnlimited;
};

// Processor seconds of the calling thread so far.
double ThreadSeconds();

// Adds the processor time of a scope to a sum.
class Clocked {
 public:
  explicit Clocked(double& sum) : sum_(sum), start_(ThreadSeconds()) {}
  ~Clocked() { sum_ += ThreadSeconds() - start_; }
  Clocked(const Clocked&) = delete;
  Clocked& operator=(const Clocked&) = delete;

 private:
  double& sum_;
  const double start_;
};

}  // namespace derms::dispatch::fleet
