#include "services/optimizer/solve_handlers.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/dispatch/answer_size.h"
#include "libs/wire/dispatch/certificate.h"
#include "libs/wire/dispatch/field_paths.h"
#include "libs/wire/dispatch/problem.h"
#include "libs/wire/dispatch/solution.h"
#include "services/optimizer/accept.h"

namespace derms::optimizer {
namespace {

constexpr absl::Duration kDefaultTimeLimit = absl::Seconds(30);
constexpr double kDefaultGap = 1e-4;
// Left for checking and sending the answer before the caller's deadline: a tenth of what there is, within these.
constexpr absl::Duration kLeastMargin = absl::Milliseconds(20), kMostMargin = absl::Seconds(1);

absl::Duration TimeFor(const v1::SolveDispatchRequest& request, const server::Call& call) {
  const absl::Duration asked = request.has_time_limit() ? wire::FromProto(request.time_limit()) : kDefaultTimeLimit;
  const absl::Duration left = call.deadline() - absl::Now();
  const absl::Duration margin = std::clamp(left / 10, kLeastMargin, kMostMargin);
  return std::max(absl::ZeroDuration(), std::min(asked, left - margin));
}

dispatch::SolveOptions OptionsOf(const v1::SolveDispatchRequest& request, const server::Call& call) {
  dispatch::SolveOptions options;
  options.time_limit = TimeFor(request, call);
  options.relative_gap = request.has_relative_gap() ? request.relative_gap() : kDefaultGap;
  if (request.seed() > 0) options.seed = static_cast<std::uint32_t>(request.seed());
  options.relax = request.relax();
  options.cancelled = call.cancelled();
  return options;
}

}  // namespace

absl::StatusOr<v1::SolveDispatchResponse> SolveHandlers::SolveDispatch(server::Call& call,
                                                                       const v1::SolveDispatchRequest& request) const {
  RETURN_IF_ERROR(wire::CheckAnswerSize(request.problem(), request.with_multipliers()));
  ASSIGN_OR_RETURN(const dispatch::Problem problem, wire::FromProto(request.problem()));
  auto solution = solver_.Solve(problem, OptionsOf(request, call));
  if (!solution.ok()) return wire::InMessageFields(solution.status(), problem);
  RETURN_IF_ERROR(Accept(problem, *solution));
  v1::SolveDispatchResponse response;
  *response.mutable_solution() = wire::ToProto(problem, *solution);
  *response.mutable_certificate() = wire::CertificateOf(problem, *solution, request.with_multipliers());
  return response;
}

}  // namespace derms::optimizer
