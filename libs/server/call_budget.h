// How many calls a caller may make: none keeps a service from the others, by mistake or on purpose.
//
// Virtual scheduling of the generic cell rate algorithm (ITU-T I.371, 2004, annex A): an account is one time, until
// which its caller has used up its rate; a call moves it by 1 / rate, and is refused when that is more than the burst
// ahead of now. Emergency orders have accounts of their own, so that nothing else that a caller does can hold up its
// order. A call is a unary call or the opening of a stream; what streams carry is bounded where it is queued.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/auth/policy_table.h"

namespace derms::server {

// Thread-safe.
class CallBudget {
 public:
  struct Limits {
    int calls_per_second = 0;  // of a caller and lane; 0: as many as they like
    int burst_calls = 1;       // at once, after a pause of burst / rate
    std::size_t most_accounts = 200'000;
  };
  explicit CallBudget(Limits limits) : limits_(limits) {}

  // For one more call of `subject` at `now`: OK, or RESOURCE_EXHAUSTED RATE_LIMITED. When accounts are used up, those
  // of which nothing is left to remember go; callers that find none even so share one.
  absl::Status Take(std::string_view subject, auth::Lane lane, absl::Time now);

  std::uint64_t refused() const;
  std::size_t accounts() const;

 private:
  // The time until which the account is used up.
  absl::Time& AccountOf(std::uint64_t key, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limits limits_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::uint64_t, absl::Time> used_until_ ABSL_GUARDED_BY(mutex_);
  absl::Time swept_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::uint64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace derms::server
