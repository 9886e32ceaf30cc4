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
    std::erase_if(streams_, [](const auto& weak) { return weak.expired(); });
    if (streams_.size() >= kMaxStreams) {
      return base::ResourceExhausted("TOO_MANY_STREAMS", "the service has as many streams as it can hold; retry later");
    }
  }
  streams_.push_back(stream);
  return absl::OkStatus();
}

std::vector<std::shared_ptr<LiveStream>> StreamHub::Living() {
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<LiveStream>> living;
  std::erase_if(streams_, [&living](const auto& weak) {
    auto stream = weak.lock();
    if (stream == nullptr) return true;
    living.push_back(std::move(stream));
    return false;
  });
  return living;
}

void StreamHub::TickAll() {
  for (const auto& stream : Living()) stream->Tick();
}

void StreamHub::Drain() {
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
  }
  for (const auto& stream : Living()) stream->End(Draining());
}

std::size_t StreamHub::size() const {
  absl::MutexLock lock(&mutex_);
  return streams_.size();
}

void StreamHub::Run(absl::Duration tick_interval) {
  const auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; };
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping), tick_interval)) return;
    }
    TickAll();
  }
}

}  // namespace derms::server
