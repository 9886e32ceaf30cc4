#include "services/registry/event_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "libs/base/error.h"
#include "services/registry/test_chain.h"

namespace derms::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

bool Everything(const domain::Event&) {
  return true;
}
void NoWake() {}

constexpr std::int64_t kEvents = 20'000;
constexpr EventWatch::Limits kRoomy{.queue = 30'000, .page = 50, .message = 20};
constexpr EventWatch::Limits kSmall{.queue = 5, .page = 3, .message = 2};

// Everything that a watch has to send now.
std::vector<std::int64_t> Drain(EventWatch& watch) {
  std::vector<std::int64_t> sequences;
  while (true) {
    const auto message = watch.Next(absl::InfiniteFuture());
    EXPECT_TRUE(message.ok()) << message.status();
    if (!message.ok() || !*message) return sequences;
    for (const EventPtr& event : (*message)->events) sequences.push_back(event->sequence);
    EXPECT_EQ((*message)->through_sequence, watch.through_sequence());
  }
}

class EventWatchTest : public ::testing::Test {
 protected:
  EventHub hub_;
  TestChain chain_;
  std::atomic<bool> done_publishing_ = false;
};

TEST_F(EventWatchTest, ReadsWhatWasThenFollowsWhatHappens) {
  chain_.Append(7);
  EventWatch watch(hub_, chain_, Everything, 0, kSmall, NoWake);
  EXPECT_TRUE(watch.NeedsDatabase());
  EXPECT_THAT(Drain(watch), ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_FALSE(watch.NeedsDatabase());
  hub_.OnEvents(chain_.Append(2));
  EXPECT_THAT(Drain(watch), ElementsAre(8, 9));
  EXPECT_THAT(Drain(watch), IsEmpty());
}

TEST_F(EventWatchTest, MinusOneMeansFromNow) {
  chain_.Append(4);
  EventWatch watch(hub_, chain_, Everything, -1, kSmall, NoWake);
  EXPECT_THAT(Drain(watch), IsEmpty());
  EXPECT_EQ(watch.through_sequence(), 4);
  hub_.OnEvents(chain_.Append(1));
  EXPECT_THAT(Drain(watch), ElementsAre(5));
}

TEST_F(EventWatchTest, ResumesAfterTheSequenceItIsGiven) {
  chain_.Append(6);
  EventWatch watch(hub_, chain_, Everything, 4, kSmall, NoWake);
  EXPECT_THAT(Drain(watch), ElementsAre(5, 6));
}

TEST_F(EventWatchTest, ALogThatIsShorterThanTheWatcherRemembersIsRefused) {
  chain_.Append(3);
  EventWatch watch(hub_, chain_, Everything, 9, kSmall, NoWake);
  EXPECT_EQ(base::ReasonOf(watch.Next(absl::InfiniteFuture()).status()), "SEQUENCE_AHEAD");
}

TEST_F(EventWatchTest, WhatIsNotWantedStillMovesTheSequenceOn) {
  chain_.Append(4);
  const auto even = [](const domain::Event& event) { return event.sequence % 2 == 0; };
  EventWatch watch(hub_, chain_, even, 0, kSmall, NoWake);
  EXPECT_THAT(Drain(watch), ElementsAre(2, 4));
  hub_.OnEvents(chain_.Append(1));
  EXPECT_THAT(Drain(watch), IsEmpty());
  EXPECT_EQ(watch.through_sequence(), 5);
}

TEST_F(EventWatchTest, ASlowClientGetsWhatWaitedAndIsThenTooSlow) {
  EventWatch watch(hub_, chain_, Everything, 0, kSmall, NoWake);
  EXPECT_THAT(Drain(watch), IsEmpty());
  hub_.OnEvents(chain_.Append(8));  // three more than the queue holds
  std::vector<std::int64_t> got;
  absl::Status end;
  while (end.ok()) {
    const auto message = watch.Next(absl::InfiniteFuture());
    end = message.status();
    if (!end.ok()) break;
    ASSERT_TRUE(*message) << "neither events nor an end";
    for (const EventPtr& event : (*message)->events) got.push_back(event->sequence);
  }
  EXPECT_THAT(got, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(base::ReasonOf(end), "TOO_SLOW");
  EXPECT_EQ(watch.through_sequence(), 5);
}

// What is published while the watcher still reads pages is no reproach to it, however much it is.
TEST_F(EventWatchTest, ABurstBetweenTwoPagesIsNeitherLostNorDoubledNorTooSlow) {
  chain_.Append(2);
  chain_.AfterNextRead([this] { hub_.OnEvents(chain_.Append(20)); });
  EventWatch watch(hub_, chain_, Everything, 0, kSmall, NoWake);
  const auto got = Drain(watch);
  ASSERT_THAT(got, SizeIs(22));
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i], static_cast<std::int64_t>(i) + 1);
}

TEST_F(EventWatchTest, WatchersThatAreGoneAreForgotten) {
  {
    EventWatch watch(hub_, chain_, Everything, 0, kSmall, NoWake);
    Drain(watch);
    EXPECT_EQ(hub_.watchers(), 1u);
  }
  EXPECT_EQ(hub_.watchers(), 0u);
}

// Many watchers begin at different places while a publisher works as the store does: first the database, then the hub.
TEST_F(EventWatchTest, NoGapAndNoDuplicateUnderConcurrentPublishing) {
  std::thread publisher([this] {
    for (std::int64_t i = 0; i < kEvents;) {
      const int burst = 1 + static_cast<int>(i % 7);
      hub_.OnEvents(chain_.Append(burst));
      i += burst;
    }
    done_publishing_ = true;
  });
  std::vector<std::thread> watchers;
  for (int w = 0; w < 4; ++w) {
    watchers.emplace_back([this, w] {
      std::int64_t last = 100 * w;
      while (chain_.size() < last) std::this_thread::yield();
      EventWatch watch(hub_, chain_, Everything, last, kRoomy, NoWake);
      while (!done_publishing_ || last < chain_.size()) {
        const auto message = watch.Next(absl::InfiniteFuture());
        ASSERT_TRUE(message.ok()) << message.status();
        if (!*message) continue;
        for (const EventPtr& event : (*message)->events) ASSERT_EQ(event->sequence, ++last);
      }
      EXPECT_GE(last, kEvents);
    });
  }
  publisher.join();
  for (std::thread& watcher : watchers) watcher.join();
}

}  // namespace
}  // namespace derms::registry
