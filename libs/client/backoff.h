// When to try again, and how long to wait before it.
#pragma once

#include <functional>

#include "absl/time/time.h"
#include "grpcpp/support/status.h"

namespace derms::client {

struct RetryPolicy {
  int max_attempts = 5;  // of one call; a stream counts anew whenever it got on
  absl::Duration first_delay = absl::Milliseconds(100);
  absl::Duration max_delay = absl::Seconds(5);
};

// Time to pass and chance, injected so that tests neither wait nor roll dice. Both are called from any thread.
struct Pacing {
  std::function<void(absl::Duration)> sleep;
  std::function<double()> random;  // evenly from [0, 1)

  static Pacing Real();
};

// True for UNAVAILABLE and CANCELLED: a service that shuts down answers both to calls that raced with it, and a
// mutation repeated with its request_id is done once. Nothing else is worth repeating unchanged.
bool IsRetryable(const grpc::Status& status);

// Doubling delays with jitter: the n-th is drawn evenly from the upper half of [0, min(first * 2^n, max)], so that
// clients that lost one server do not come back together. Not thread-safe.
class Backoff {
 public:
  Backoff(const RetryPolicy& policy, const Pacing& pacing) : policy_(policy), pacing_(pacing) {}

  // False when the attempts are used up.
  bool HasNext() const { return failures_ + 1 < policy_.max_attempts; }
  // Delay before the next attempt, at least `asked` (the service's RetryInfo), at most max_delay.
  absl::Duration Next(absl::Duration asked);
  void Reset() { failures_ = 0; }

 private:
  const RetryPolicy policy_;
  const Pacing& pacing_;
  int failures_ = 0;
};

}  // namespace derms::client
