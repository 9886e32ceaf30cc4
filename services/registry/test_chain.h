// A chain of events in memory behind the interface of the store's queries; asked anything else, the test fails.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "libs/server/testing/mock_queries.h"

namespace derms::registry {

// Thread-safe.
class TestChain final : public ::testing::StrictMock<server::testing::MockQueries> {
 public:
  // The events appended, as a follower would bring them.
  std::vector<domain::Event> Append(int count) {
    absl::MutexLock lock(&mutex_);
    std::vector<domain::Event> added;
    for (int i = 0; i < count; ++i) {
      domain::Event event;
      event.sequence = static_cast<std::int64_t>(events_.size()) + 1;
      events_.push_back(event);
      added.push_back(std::move(event));
    }
    return added;
  }
  std::int64_t size() const {
    absl::MutexLock lock(&mutex_);
    return static_cast<std::int64_t>(events_.size());
  }
  // Runs once, after the next page was read and before it is handed out.
  void AfterNextRead(std::function<void()> hook) { hook_ = std::move(hook); }

  absl::StatusOr<std::vector<domain::Event>> ReadEvents(std::int64_t after_sequence, std::size_t limit,
                                                        absl::Time) override {
    std::vector<domain::Event> page;
    {
      absl::MutexLock lock(&mutex_);
      for (auto i = static_cast<std::size_t>(after_sequence); i < events_.size() && page.size() < limit; ++i) {
        page.push_back(events_[i]);
      }
    }
    if (hook_) std::exchange(hook_, nullptr)();
    return page;
  }
  absl::StatusOr<store::ChainHead> ReadChainHead(absl::Time) override {
    return store::ChainHead{.sequence = size(), .hash_hex = ""};
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<domain::Event> events_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> hook_;
};

}  // namespace derms::registry
