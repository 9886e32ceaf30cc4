// Removes what is kept only for a while: answers to requests, markers of batches. One process at a time, in small
// steps, so that it never holds locks or the write path for long.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/background_loop.h"
#include "libs/store/pool.h"

namespace derms::store {

class Housekeeping {
 public:
  struct Options {
    absl::Duration keep_requests = absl::Hours(24);
    absl::Duration keep_markers = absl::Minutes(10);
    std::size_t rows_per_step = 5000;
    absl::Duration pause = absl::Seconds(30);
  };
  Housekeeping(Options options, Pool& pool);  // the pool must outlive it
  ~Housekeeping();

  absl::StatusOr<std::size_t> Step();  // rows removed; 0 also when another process is at it

 private:
  const Options options_;
  Pool& pool_;
  BackgroundLoop loop_;
};

}  // namespace derms::store
