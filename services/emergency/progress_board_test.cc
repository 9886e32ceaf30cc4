// What is told of an order's instructions, and how often they are counted.
#include "services/emergency/progress_board.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/server/testing/mock_approval_queries.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/wire/convert_time.h"
#include "services/emergency/emergency_watch.h"
#include "services/emergency/testing/headroom_samples.h"
#include "services/emergency/testing/played_expansions.h"

namespace derms::emergency {
namespace {

using domain::InstructionState;
using server::testing::kNow;
using store::ExpansionTally;
using ::testing::_;
using ::testing::Return;

// Ten DERs: three have not answered, two of them for too long; six follow, one of them to the end; one refuses.
ExpansionTally TenDers() {
  ExpansionTally tally;
  tally.states = {{InstructionState::kNew, 1},
                  {InstructionState::kSent, 2},
                  {InstructionState::kRejected, 1},
                  {InstructionState::kStarted, 5},
                  {InstructionState::kSucceeded, 1}};
  tally.unanswered_count = 2;
  tally.asked_count = 10;
  tally.reported_count = 6;
  tally.requested_kw = 100;
  tally.delivered_kw = 85;
  tally.silent_count = 4;
  tally.complete = true;
  return tally;
}

int CountIn(const v1::EmergencyProgress& progress, v1::InstructionState state) {
  for (const auto& each : progress.states()) {
    if (each.state() == state) return each.count();
  }
  return 0;
}

TEST(ProgressOf, CountsWhoAnsweredAndWhoDidNot) {
  const v1::EmergencyProgress progress = ProgressOf(TenDers(), v1::EMERGENCY_STATE_ACTIVE);
  EXPECT_EQ(progress.issued(), 10);
  EXPECT_EQ(progress.acknowledged(), 7) << "refusing is an answer";
  EXPECT_EQ(progress.unresponsive(), 2);
  EXPECT_EQ(progress.asked_nothing(), 4);
  EXPECT_TRUE(progress.complete());
  EXPECT_EQ(CountIn(progress, v1::INSTRUCTION_STATE_STARTED), 5);
  EXPECT_EQ(CountIn(progress, v1::INSTRUCTION_STATE_ABORTED), 0);
  EXPECT_EQ(progress.states_size(), 5);
}

TEST(ProgressOf, PerformanceIsWhatWasDeliveredOfAllThatWasAsked) {
  ExpansionTally tally = TenDers();
  EXPECT_EQ(ProgressOf(tally, v1::EMERGENCY_STATE_ACTIVE).performance(), 0.85);
  EXPECT_EQ(ProgressOf(tally, v1::EMERGENCY_STATE_ACTIVE).performance_band(), v1::PERFORMANCE_BAND_PRO_RATA);
  tally.reported_count = 0;
  tally.delivered_kw = 0;
  const v1::EmergencyProgress silent = ProgressOf(tally, v1::EMERGENCY_STATE_ACTIVE);
  EXPECT_FALSE(silent.has_performance());
  EXPECT_TRUE(silent.has_delivered_kw());
  tally.asked_count = 0;
  EXPECT_FALSE(ProgressOf(tally, v1::EMERGENCY_STATE_ACTIVE).has_requested_kw()) << "no power was asked";
}

TEST(ProgressOf, WithTheOrderItsInstructionsEndAndSilenceIsStillTold) {
  const v1::EmergencyProgress released = ProgressOf(TenDers(), v1::EMERGENCY_STATE_RELEASED);
  EXPECT_EQ(CountIn(released, v1::INSTRUCTION_STATE_REVOKED), 8);
  EXPECT_EQ(CountIn(released, v1::INSTRUCTION_STATE_SUCCEEDED), 1);
  EXPECT_EQ(CountIn(released, v1::INSTRUCTION_STATE_REJECTED), 1);
  EXPECT_EQ(released.acknowledged(), 7);
  EXPECT_EQ(released.unresponsive(), 2);
  EXPECT_EQ(CountIn(ProgressOf(TenDers(), v1::EMERGENCY_STATE_EXPIRED), v1::INSTRUCTION_STATE_EXPIRED), 8);
}

class ProgressBoardTest : public ::testing::Test {
 protected:
  ProgressBoardTest() { expansions_.tally = TenDers(); }
  absl::StatusOr<v1::EmergencyProgress> Ask(const std::string& id = "order-1") {
    v1::EmergencyOrder order;
    order.set_emergency_id(id);
    order.set_state(v1::EMERGENCY_STATE_ACTIVE);
    return board_.Of(order, absl::InfiniteFuture());
  }

  testing::PlayedExpansions expansions_;
  base::ManualClock clock_{kNow};
  ProgressBoard board_{expansions_, clock_, absl::Seconds(10), absl::InfiniteDuration()};
};

TEST_F(ProgressBoardTest, ManyWhoAskAboutOneOrderAreOneCount) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Ask()->issued(), 10);
  EXPECT_LE(expansions_.asked, 3) << "unless the test itself takes seconds";
  EXPECT_EQ(expansions_.told_by, kNow - absl::Seconds(10));
  EXPECT_EQ(wire::FromProto(Ask()->as_of()), kNow);
}

TEST_F(ProgressBoardTest, OrdersAreCountedByThemselvesAndFailuresAreNotKept) {
  expansions_.tally = base::Unavailable("DATABASE_UNAVAILABLE", "gone");
  EXPECT_EQ(base::ReasonOf(Ask().status()), "DATABASE_UNAVAILABLE");
  expansions_.tally = TenDers();
  EXPECT_EQ(Ask()->issued(), 10);
  const int asked = expansions_.asked;
  constexpr int kMany = 600;  // more than are kept
  for (int n = 0; n < kMany; ++n) EXPECT_TRUE(Ask(std::to_string(n)).ok());
  EXPECT_GE(expansions_.asked, asked + kMany);
}

TEST_F(ProgressBoardTest, WakesThoseWhoFollowUntilTheyLeave) {
  int woken = 0;
  auto handle = board_.Follow([&] { ++woken; });
  board_.WakeAll();
  EXPECT_EQ(woken, 1);
  handle.reset();
  board_.WakeAll();
  EXPECT_EQ(woken, 1);
}

class EmergencyWatchTest : public ProgressBoardTest {
 protected:
  EmergencyWatchTest() {
    order_.emergency_id = "order-1";
    order_.der_id = "ALL_DERS";
    order_.starts_at = kNow - absl::Minutes(1);
    order_.ends_at = kNow + absl::Minutes(1);
    ON_CALL(queries_, GetEmergency(_, _)).WillByDefault([this] { return std::optional(order_); });
    ON_CALL(approvals_, GetApproval(_, _)).WillByDefault([this] { return request_; });
  }
  auto Next() { return watch_.Next(absl::InfiniteFuture()); }

  domain::EmergencyOrder order_;
  std::optional<domain::EmergencyApproval> request_;  // none: it needed nobody's word
  ::testing::NiceMock<server::testing::MockQueries> queries_;
  ::testing::NiceMock<server::testing::MockApprovalQueries> approvals_;
  static domain::Der Member(const std::string& der_id) {
    domain::Der der = testing::Battery(der_id);
    der.registered_at = kNow - absl::Hours(1);
    return der;
  }
  void Release() {
    order_.state = domain::EmergencyState::kReleased;
    order_.ended_at = clock_.Now();
  }

  base::RandomIdSource ids_;
  HeadroomBook book_{clock_, ids_};
  ReturnBoard returns_{queries_, book_};
  EmergencyWatch watch_{"order-1", {{queries_, approvals_}, board_, returns_, clock_}, [] {}};
};

TEST_F(EmergencyWatchTest, TellsHowItStandsThenChangesAloneAndEndsWithTheOrder) {
  EXPECT_FALSE(watch_.Heartbeat()) << "there is nothing to repeat yet";
  const auto first = Next();
  ASSERT_TRUE(first.ok() && *first) << first.status();
  EXPECT_EQ((*first)->order().progress().acknowledged(), 7);
  EXPECT_FALSE(*Next()) << "nothing is new";
  EXPECT_EQ(watch_.Heartbeat()->order().progress().acknowledged(), 7);
  Release();
  const auto last = Next();
  ASSERT_TRUE(last.ok() && *last);
  EXPECT_EQ((*last)->order().state(), v1::EMERGENCY_STATE_RELEASED);
  EXPECT_EQ((*last)->order().progress().unresponsive(), 2);
  EXPECT_TRUE(absl::IsOutOfRange(Next().status())) << "the end of the stream";
}

// The next message, by the machine's clock: the counts are made anew every half second.
v1::EmergencyOrder Waited(EmergencyWatch& watch) {
  for (const absl::Time end = absl::Now() + absl::Seconds(30); absl::Now() < end;) {
    const auto next = watch.Next(absl::InfiniteFuture());
    if (!next.ok()) break;
    if (*next) return (*next)->order();
    absl::SleepFor(absl::Milliseconds(20));
  }
  ADD_FAILURE() << "no news";
  return {};
}

TEST_F(EmergencyWatchTest, GoesOnUntilTheDersAreBack) {
  order_.kind = domain::EmergencyKind::kDisconnect;
  order_.restoration.emplace();
  std::vector<absl::Time> back;
  for (const char* id : {"B-1", "B-2"}) book_.OnDer(testing::Shared(Member(id)));
  EXPECT_FALSE(Waited(watch_).restoration().has_der_count()) << "nobody is given back yet";
  Release();
  for (const char* id : {"B-1", "B-2"}) back.push_back(domain::WayBackOf(order_, Member(id)).back);
  std::sort(back.begin(), back.end());
  v1::EmergencyOrder told = Waited(watch_);
  EXPECT_EQ(told.state(), v1::EMERGENCY_STATE_RELEASED);
  EXPECT_EQ(told.restoration().waiting_count(), 2);
  EXPECT_EQ(CountIn(told.progress(), v1::INSTRUCTION_STATE_REVOKED), 0) << "what they were told holds";
  clock_.Set(back[0]);
  told = Waited(watch_);
  EXPECT_EQ(told.restoration().waiting_count(), 1);
  EXPECT_EQ(told.restoration().restored_count(), 1);
  clock_.Set(back[1]);
  told = Waited(watch_);
  EXPECT_EQ(told.restoration().restored_count(), 2);
  EXPECT_EQ(CountIn(told.progress(), v1::INSTRUCTION_STATE_REVOKED), 8);
  EXPECT_TRUE(absl::IsOutOfRange(Next().status())) << "the end of the stream";
}

TEST_F(EmergencyWatchTest, OfARestoreTheOrdersThatItEndedAreFollowed) {
  Release();
  order_.kind = domain::EmergencyKind::kDisconnect;
  order_.restoration.emplace();
  book_.OnDer(testing::Shared(Member("B-1")));
  domain::EmergencyOrder restore = order_;
  restore.emergency_id = "restore";
  restore.kind = domain::EmergencyKind::kRestore;
  restore.state = domain::EmergencyState::kActive;
  restore.ended_at.reset();
  restore.ends_at = order_.holds_until();
  restore.restoration->ended = {"order-1"};
  ON_CALL(queries_, GetEmergency(std::string_view("restore"), _)).WillByDefault([&] { return std::optional(restore); });
  EmergencyWatch watch("restore", {{queries_, approvals_}, board_, returns_, clock_}, [] {});
  EXPECT_EQ(Waited(watch).restoration().waiting_count(), 1) << "though it is in force";
  clock_.Set(restore.ends_at);
  v1::EmergencyOrder told = Waited(watch);
  if (told.restoration().waiting_count() > 0) told = Waited(watch);  // counted a moment before
  EXPECT_EQ(told.state(), v1::EMERGENCY_STATE_EXPIRED);
  EXPECT_EQ(told.restoration().restored_count(), 1);
  EXPECT_TRUE(absl::IsOutOfRange(watch.Next(absl::InfiniteFuture()).status()));
}

TEST_F(EmergencyWatchTest, AnExerciseHasNoProgress) {
  order_.exercise = true;
  const auto first = Next();
  ASSERT_TRUE(first.ok() && *first);
  EXPECT_FALSE((*first)->order().has_progress());
  EXPECT_EQ(expansions_.asked, 0);
}

TEST_F(EmergencyWatchTest, WhatWaitsForASecondPersonIsFollowedIntoForce) {
  request_.emplace();
  request_->emergency_id = "order-1";
  request_->expires_at = kNow + absl::Minutes(1);
  const auto first = Next();
  ASSERT_TRUE(first.ok() && *first) << first.status();
  EXPECT_EQ((*first)->order().state(), v1::EMERGENCY_STATE_PENDING_APPROVAL);
  EXPECT_FALSE((*first)->order().has_progress());
  EXPECT_EQ(expansions_.asked, 0);
  EXPECT_FALSE(*Next()) << "it goes on waiting";
  *request_ = domain::Decided(*request_, domain::ApprovalVerdict::kApprove, "operator-2", "seen on site", kNow);
  const auto approved = Next();
  ASSERT_TRUE(approved.ok() && *approved);
  EXPECT_EQ((*approved)->order().state(), v1::EMERGENCY_STATE_ACTIVE);
  EXPECT_EQ((*approved)->order().approved_by(), "operator-2");
  EXPECT_EQ((*approved)->order().decision_reason(), "seen on site");
  EXPECT_TRUE((*approved)->order().has_progress());
}

TEST_F(EmergencyWatchTest, WhatIsDeclinedEndsTheStream) {
  request_.emplace();
  request_->emergency_id = "order-1";
  request_->state = domain::EmergencyState::kDeclined;
  const auto first = Next();
  ASSERT_TRUE(first.ok() && *first) << first.status();
  EXPECT_EQ((*first)->order().state(), v1::EMERGENCY_STATE_DECLINED);
  EXPECT_TRUE(absl::IsOutOfRange(Next().status())) << "the end of the stream";
}

TEST_F(EmergencyWatchTest, OfAnOrderThatIsNotThere) {
  EXPECT_CALL(queries_, GetEmergency(_, _)).WillOnce(Return(std::optional<domain::EmergencyOrder>()));
  EXPECT_EQ(base::ReasonOf(Next().status()), "EMERGENCY_NOT_FOUND");
}

}  // namespace
}  // namespace derms::emergency
