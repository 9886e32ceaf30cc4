#include "tests/sim/enter_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/sim/seeded.h"

namespace derms::sim {

EnterService::EnterService(const EnterServiceOptions& options, std::uint64_t seed, std::string der_id,
                           double capacity_kw)
    : seed_(seed),
      der_id_(std::move(der_id)),
      delay_(options.delay * (0.5 + 0.5 * Chance(seed, {"enter service", "delay", der_id_}))) {
  const bool randomised = options.random > absl::ZeroDuration() && capacity_kw <= kRandomisedUpToKw &&
                          Chance(seed, {"enter service", "randomised", der_id_}) < 0.5;
  (randomised ? random_ : ramp_) = randomised ? options.random : options.ramp;
}

absl::Duration EnterService::Wait(int number) const {
  if (random_ == absl::ZeroDuration()) return delay_;
  return delay_ + random_ * Chance(seed_, {"enter service", "moment", der_id_, absl::StrCat(number)});
}

}  // namespace derms::sim
