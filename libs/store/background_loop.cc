#include "libs/store/background_loop.h"

#include <utility>

namespace derms::store {

BackgroundLoop::BackgroundLoop(std::function<absl::Duration()> step)
    : step_(std::move(step)), thread_([this] { Run(); }) {}

BackgroundLoop::~BackgroundLoop() {
  Stop();
}

void BackgroundLoop::Wake() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
}

void BackgroundLoop::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void BackgroundLoop::Run() {
  const auto has_to_go_on = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_ || woken_; };
  while (true) {
    const absl::Duration pause = step_();
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&has_to_go_on), pause);
    if (stopped_) return;
    woken_ = false;
  }
}

}  // namespace derms::store
