#include "libs/wire/dispatch/answer_size.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::wire {
namespace {

// Series that an answer has at most for each.
constexpr std::size_t kOfRegion = 6, kMultipliersOfRegion = 7;

std::size_t SeriesOf(const v1::DispatchDevice& device, bool with_multipliers) {
  switch (device.kind_case()) {
    case v1::DispatchDevice::kStorage:
      return (device.storage().has_inflow_kw() ? 5U : 4U) + (with_multipliers ? 3U : 0U);
    case v1::DispatchDevice::kUnit:
      return 2U + (with_multipliers ? 2U : 0U);
    case v1::DispatchDevice::kRenewable:
    case v1::DispatchDevice::kFlexibleLoad:
      return 2U;
    case v1::DispatchDevice::kHydro:
      return 1U + (with_multipliers && device.hydro().period_budgets_size() > 0 ? 1U : 0U);
    default:
      return 1U;
  }
}

}  // namespace

absl::Status CheckAnswerSize(const v1::DispatchProblem& problem, bool with_multipliers) {
  std::size_t series = static_cast<std::size_t>(problem.profiles_size());  // not in the answer, but in memory
  series +=
      static_cast<std::size_t>(problem.regions_size()) * (kOfRegion + (with_multipliers ? kMultipliersOfRegion : 0));
  for (const v1::DispatchDevice& device : problem.devices()) series += SeriesOf(device, with_multipliers);
  const std::size_t numbers = series * static_cast<std::size_t>(problem.interval_count());
  if (numbers <= kMaxAnswerNumbers) return absl::OkStatus();
  return base::InvalidArgument(
             "UNSUPPORTED_SIZE",
             absl::StrCat("an answer holds up to ", kMaxAnswerNumbers, " numbers, this one would have ", numbers,
                          "; solve a part of the problem, fewer intervals, or without multipliers"))
      .Metadata("numbers", absl::StrCat(numbers));
}

}  // namespace derms::wire
