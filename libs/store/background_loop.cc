#include "libs/store/background_loop.h"

#include <utility>

namespace derms::store {

BackgroundLoop::BackgroundLoop(std::function<absl::Duration()> step)
    : step_(std::move(step)), thread_([this] { Run(); }) {}

BackgroundLoop::~BackgroundLoop() {
  Stop();
}

void BackgroundLoop::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void BackgroundLoop::Run() {
  while (true) {
    const absl::Duration pause = step_();
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopped_), pause)) return;
  }
}

}  // namespace derms::store
