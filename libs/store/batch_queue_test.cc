#include "libs/store/batch_queue.h"

#include <gmock/gmock.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace derms::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Named by its actor, as nothing else of the mutation matters to the queue.
std::unique_ptr<BatchItem> Item(const std::string& name, std::vector<RowKey> keys,
                                const std::string& request_key = "") {
  auto item = std::make_unique<BatchItem>();
  item->mutation.events.emplace_back().actor = name;
  item->row_keys = std::move(keys);
  item->request_key = request_key;
  if (!request_key.empty()) item->mutation.idempotency.emplace();
  return item;
}

std::vector<std::string> Names(const BatchItems& batch) {
  std::vector<std::string> names;
  for (const auto& item : batch) names.push_back(item->mutation.events[0].actor);
  return names;
}

class BatchQueueTest : public ::testing::Test {
 protected:
  void Push(std::unique_ptr<BatchItem> item) { ASSERT_EQ(queue_.Push(item), BatchQueue::Pushed::kYes); }

  BatchQueue queue_{10, 3, 100};
};

TEST_F(BatchQueueTest, ABatchIsWhatIsQueuedUpToItsLimit) {
  for (int i = 0; i < 4; ++i) Push(Item(absl::StrCat(i), {i}));
  EXPECT_THAT(Names(queue_.Take()), ElementsAre("0", "1", "2"));
  EXPECT_THAT(Names(queue_.Take()), ElementsAre("3"));
}

TEST_F(BatchQueueTest, TheSecondOfOneRowWaitsForTheNextBatchAndNothingOvertakesIt) {
  Push(Item("first", {1}));
  Push(Item("second", {1, 2}));
  Push(Item("third", {2}));  // free of the first, and not of the second
  const BatchItems batch = queue_.Take();
  EXPECT_THAT(Names(batch), ElementsAre("first"));
  queue_.Release(batch);
  const BatchItems next = queue_.Take();
  EXPECT_THAT(Names(next), ElementsAre("second"));
  queue_.Release(next);
  EXPECT_THAT(Names(queue_.Take()), ElementsAre("third"));
}

TEST_F(BatchQueueTest, WhatIsInFlightKeepsLaterOnesOfItsRowsWaitingUntilItsRelease) {
  Push(Item("first", {1}));
  const BatchItems batch = queue_.Take();
  Push(Item("second", {1}));
  Push(Item("other", {2}));
  EXPECT_THAT(Names(queue_.Take()), ElementsAre("other"));
  BatchItems after;
  std::thread taker([&] { after = queue_.Take(); });  // has nothing to take yet
  absl::SleepFor(absl::Milliseconds(20));
  EXPECT_EQ(queue_.size(), 1u);
  queue_.Release(batch);
  taker.join();
  EXPECT_THAT(Names(after), ElementsAre("second"));
}

TEST_F(BatchQueueTest, OneRequestIdIsNeverInTwoHands) {
  const std::string key(16, 'k');
  Push(Item("first", {1}, key));
  Push(Item("again", {2}, key));
  const BatchItems batch = queue_.Take();
  EXPECT_THAT(Names(batch), ElementsAre("first"));
  queue_.Release(batch);
  EXPECT_THAT(Names(queue_.Take()), ElementsAre("again"));
}

TEST_F(BatchQueueTest, AMutationThatWritesOneRowInTwoWaysDoesNotWaitForItself) {
  Push(Item("both", {1, 1}));
  EXPECT_THAT(Names(queue_.Take()), ElementsAre("both"));
}

TEST_F(BatchQueueTest, AFullQueueAndAClosedOneKeepTheItemWithItsOwner) {
  for (int i = 0; i < 10; ++i) Push(Item(absl::StrCat(i), {i}));
  auto late = Item("late", {99});
  EXPECT_EQ(queue_.Push(late), BatchQueue::Pushed::kFull);
  EXPECT_NE(late, nullptr);
  queue_.Close();
  EXPECT_EQ(queue_.Push(late), BatchQueue::Pushed::kClosed);
  EXPECT_NE(late, nullptr);
}

TEST_F(BatchQueueTest, AClosedQueueGivesOutWhatItHoldsAndThenNothing) {
  Push(Item("first", {1}));
  Push(Item("second", {1}));
  queue_.Close();
  const BatchItems batch = queue_.Take();
  EXPECT_THAT(Names(batch), ElementsAre("first"));
  queue_.Release(batch);
  EXPECT_THAT(Names(queue_.Take()), ElementsAre("second"));
  EXPECT_THAT(queue_.Take(), IsEmpty());
}

TEST_F(BatchQueueTest, AHelperIsCalledForMoreThanABatchAndSentHomeWhenClosed) {
  for (int i = 0; i < 3; ++i) Push(Item(absl::StrCat(i), {i}));
  std::atomic<bool> called{false};
  std::thread helper([&] { called = queue_.AwaitMoreThanABatch(); });
  absl::SleepFor(absl::Milliseconds(20));
  EXPECT_FALSE(called) << "three are one batch";
  Push(Item("3", {3}));
  helper.join();
  EXPECT_TRUE(called);
  queue_.Close();
  EXPECT_FALSE(queue_.AwaitMoreThanABatch());
}

}  // namespace
}  // namespace derms::store
