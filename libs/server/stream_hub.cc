#include "libs/server/stream_hub.h"

#include "libs/base/error.h"

namespace derms::server {
namespace {

absl::Status Draining() {
  return base::Unavailable("DRAINING", "the service is stopping; resume the stream on another replica");
}

}  // namespace

StreamHub::StreamHub(absl::Duration tick_interval) {
  if (tick_interval != absl::InfiniteDuration()) thread_ = std::thread([this, tick_interval] { Run(tick_interval); });
}

StreamHub::~StreamHub() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

absl::Status StreamHub::Add(const std::shared_ptr<LiveStream>& stream) {
  absl::MutexLock lock(&mutex_);
  if (draining_) return Draining();
  if (streams_.size() >= kMaxStreams) {
    std::erase_if(streams_, [](const Entry& entry) { return entry.stream.expired(); });
    if (streams_.size() >= kMaxStreams) {
      return base::ResourceExhausted("TOO_MANY_STREAMS", "the service has as many streams as it can hold; retry later");
    }
  }
  streams_.push_back({stream, added_++ % kSlices});
  return absl::OkStatus();
}

std::vector<std::shared_ptr<LiveStream>> StreamHub::Living(std::optional<std::size_t> slice) {
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<LiveStream>> living;
  std::erase_if(streams_, [&](const Entry& entry) {
    if (slice && entry.slice != *slice) return false;
    auto stream = entry.stream.lock();
    if (stream == nullptr) return true;
    living.push_back(std::move(stream));
    return false;
  });
  return living;
}

void StreamHub::TickAll() {
  for (const auto& stream : Living(std::nullopt)) stream->Tick();
}

void StreamHub::Drain() {
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
  }
  for (const auto& stream : Living(std::nullopt)) stream->End(Draining());
}

std::size_t StreamHub::size() const {
  absl::MutexLock lock(&mutex_);
  return streams_.size();
}

void StreamHub::Run(absl::Duration tick_interval) {
  const auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; };
  for (std::size_t slice = 0;; slice = (slice + 1) % kSlices) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping), tick_interval / kSlices)) return;
    }
    for (const auto& stream : Living(slice)) stream->Tick();
  }
}

}  // namespace derms::server
