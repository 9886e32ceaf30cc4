// Whether this process is the one that does what only one may do: keeps trying for the lease, and keeps it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/observe/log.h"
#include "libs/store/background_loop.h"
#include "libs/store/lease.h"

namespace derms::server {

// Asked from any thread; the owner starts and stops.
class Leadership {
 public:
  struct Options {
    std::string lease_name;
    std::string holder;  // id of this process
    absl::Duration ttl = absl::Seconds(10);
    absl::Duration retry = absl::Seconds(1);  // between two tries, or two renewals
  };
  // Both must outlive it.
  Leadership(Options options, store::Leases& leases, observe::Logger& logger)
      : options_(std::move(options)), leases_(leases), logger_(logger) {}
  ~Leadership() { Stop(); }

  void Start();
  // Leads no more, and lets others know so that they need not wait.
  void Stop();

  // What a write of the leader carries; none while this process does not lead, as far as it can know. It may have lost
  // the lease already: that is what the fence finds out.
  std::optional<store::Fence> fence() const;

  // One try; blocks on the database.
  void Try();

 private:
  void Note(std::optional<std::int64_t> token, absl::Time valid_until);

  const Options options_;
  store::Leases& leases_;
  observe::Logger& logger_;
  mutable absl::Mutex mutex_;
  std::optional<std::int64_t> token_ ABSL_GUARDED_BY(mutex_);
  absl::Time valid_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();  // machine's clock, from before the request
  std::unique_ptr<store::BackgroundLoop> loop_;
};

}  // namespace derms::server
