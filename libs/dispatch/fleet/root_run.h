// One root region, with all below it, on its way through the phases of sapc.h.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "libs/dispatch/fleet/response_pass.h"
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

  virtual bool has_schedule() const = 0;
  virtual bool balanced() const = 0;
  virtual double cost_usd() const = 0;
  virtual double lower_bound_usd() const = 0;
};

}  // namespace derms::dispatch::fleet
