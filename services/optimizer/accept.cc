#include "services/optimizer/accept.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/checker.h"

namespace derms::optimizer {

absl::Status Accept(const dispatch::Problem& problem, dispatch::Solution& solution) {
  const bool relaxed = !solution.relaxed.empty();
  const dispatch::Certificate certificate = dispatch::Check(problem, solution, {.allow_relaxed = relaxed});
  if (!certificate.valid()) {
    return base::Internal("SCHEDULE_REFUSED",
                          absl::StrCat("the checker refused the schedule: ", certificate.defects.front().sentence));
  }
  solution.bound_kind = certificate.bound_kind;
  // Equal up to rounding at the optimum: a bound above the cost would only puzzle.
  solution.lower_bound_usd = std::min(certificate.lower_bound_usd, solution.objective_usd());
  return absl::OkStatus();
}

}  // namespace derms::optimizer
