// All streams of a process: looked after once a second, a tenth of them at a time, and ended together when the process
// stops.
#pragma once

#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace derms::server {

class LiveStream {
 public:
  virtual ~LiveStream() = default;
  // Once a second, on the hub's thread; quick. Ends the stream when the caller's rights have ended, sends heartbeats.
  virtual void Tick() = 0;
  virtual void End(const absl::Status& status) = 0;
};

// Thread-safe.
class StreamHub {
 public:
  static constexpr std::size_t kMaxStreams = 25'000;
  static constexpr std::size_t kSlices = 10;  // so that heartbeats do not come all at once

  // `tick_interval` infinite: the owner calls TickAll.
  explicit StreamHub(absl::Duration tick_interval = absl::Seconds(1));
  ~StreamHub();

  // RESOURCE_EXHAUSTED TOO_MANY_STREAMS, UNAVAILABLE DRAINING. The hub forgets a stream when it is gone.
  absl::Status Add(const std::shared_ptr<LiveStream>& stream);
  void TickAll();
  // Ends all with UNAVAILABLE DRAINING, and every later one.
  void Drain();
  std::size_t size() const;

 private:
  struct Entry {
    std::weak_ptr<LiveStream> stream;
    std::size_t slice = 0;
  };
  // Of one slice, or of all.
  std::vector<std::shared_ptr<LiveStream>> Living(std::optional<std::size_t> slice);
  void Run(absl::Duration tick_interval);

  mutable absl::Mutex mutex_;
  std::vector<Entry> streams_ ABSL_GUARDED_BY(mutex_);
  std::size_t added_ ABSL_GUARDED_BY(mutex_) = 0;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace derms::server
