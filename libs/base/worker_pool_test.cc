#include "libs/base/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/notification.h"
#include "libs/base/error.h"

namespace derms::base {
namespace {

TEST(WorkerPool, RunsEveryAcceptedTaskBeforeDrainReturns) {
  std::atomic<int> done = 0;
  WorkerPool pool(2, 1000);
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(pool.Submit([&] { ++done; }).ok());
  pool.Drain();
  EXPECT_EQ(done, 500);
  EXPECT_EQ(ReasonOf(pool.Submit([] {})), "DRAINING");
}

TEST(WorkerPool, RefusesWhenTheQueueIsFull) {
  absl::Notification started, release;
  WorkerPool pool(1, 1);
  ASSERT_TRUE(pool.Submit([&] {
                    started.Notify();
                    release.WaitForNotification();
                  })
                  .ok());
  started.WaitForNotification();
  EXPECT_TRUE(pool.Submit([] {}).ok());
  EXPECT_EQ(ReasonOf(pool.Submit([] {})), "QUEUE_FULL");
  release.Notify();
}

}  // namespace
}  // namespace derms::base
