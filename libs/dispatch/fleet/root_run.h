// One root region, with all below it, on its way through the phases of sapc.h.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "libs/dispatch/fleet/response_pass.h"

namespace derms::dispatch::fleet {

class RootRun {
 public:
  virtual ~RootRun() = default;

  // One plain answer of every device to the grid's own prices: a schedule and a bound, whatever they are worth.
  virtual void AnswerPlainly(Workers& workers, std::vector<ResponseSpace>& spaces) = 0;

  // Surrogate, bound, schedule, balance; finer ones while the gap is too large. What a stop cuts short keeps a schedule
  // and bound where there was one.
  virtual absl::Status Coordinate(Workers& workers, std::vector<ResponseSpace>& spaces, const EngineLimits& limits) = 0;

  virtual bool has_schedule() const = 0;
  virtual bool balanced() const = 0;
  virtual double cost_usd() const = 0;
  virtual double lower_bound_usd() const = 0;
};

}  // namespace derms::dispatch::fleet
