#include "libs/base/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

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

// One thread that is held until `tasks` are all submitted; what ran, in order.
std::string OrderOf(const std::function<void(WorkerPool&, std::string&)>& submit) {
  std::string ran;
  absl::Notification all_there;
  WorkerPool pool(1, 3);
  EXPECT_TRUE(pool.Submit([&] { all_there.WaitForNotification(); }).ok());
  while (pool.queued() > 0) continue;
  submit(pool, ran);
  all_there.Notify();
  pool.Drain();
  return ran;
}

TEST(WorkerPool, PatientTasksAreNotRefusedAndTakeTurnsWithTheOthers) {
  const std::string ran = OrderOf([](WorkerPool& pool, std::string& order) {
    for (int i = 0; i < 6; ++i) ASSERT_TRUE(pool.SubmitPatient([&] { order += 'p'; }).ok());
    EXPECT_TRUE(pool.crowded());
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(pool.Submit([&] { order += 'u'; }).ok());
    EXPECT_EQ(ReasonOf(pool.Submit([] {})), "QUEUE_FULL");
  });
  EXPECT_TRUE(ran == "pupupuppp" || ran == "upupupppp") << ran;
}

TEST(WorkerPool, PatientTasksRunBeforeDrainReturnsAndAreRefusedAfter) {
  EXPECT_EQ(OrderOf([](WorkerPool& pool, std::string& order) {
              for (int i = 0; i < 4; ++i) ASSERT_TRUE(pool.SubmitPatient([&] { order += 'p'; }).ok());
            }),
            "pppp");
  WorkerPool pool(1, 1);
  pool.Drain();
  EXPECT_EQ(ReasonOf(pool.SubmitPatient([] {})), "DRAINING");
}

}  // namespace
}  // namespace derms::base
