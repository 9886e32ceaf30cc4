#include "libs/client/backoff.h"

#include <algorithm>
#include <cmath>

#include "absl/random/random.h"
#include "absl/time/clock.h"

namespace derms::client {

Pacing Pacing::Real() {
  return {absl::SleepFor, [] {
            thread_local absl::BitGen generator;
            return absl::Uniform(generator, 0.0, 1.0);
          }};
}

bool IsRetryable(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE || status.error_code() == grpc::StatusCode::CANCELLED;
}

absl::Duration Backoff::Next(absl::Duration asked) {
  constexpr int kMostDoublings = 30;  // keeps 2^n finite in a watch that retries for days
  const double doubled = std::exp2(std::min(failures_++, kMostDoublings));
  const absl::Duration ceiling = std::min(policy_.first_delay * doubled, policy_.max_delay);
  const absl::Duration jittered = ceiling * (0.5 + 0.5 * pacing_.random());
  return std::min(std::max(jittered, asked), policy_.max_delay);
}

}  // namespace derms::client
