// Which instructions are written down as SENT, and when: those of an order that a stream was told once for all its
// DERs.
#include "services/emergency/sent_instructions.h"

#include <gmock/gmock.h>

#include <set>

#include "libs/server/testing/keeping_committer.h"
#include "libs/server/testing/test_calls.h"

namespace derms::emergency {
namespace {

using server::testing::kNow;

class SentInstructionsTest : public ::testing::Test {
 protected:
  static SentInstructions::Keys Ders(base::DerKey from, base::DerKey count) {
    std::vector<base::DerKey> keys;
    for (base::DerKey key = from; key < from + count; ++key) keys.push_back(key);
    return std::make_shared<const std::vector<base::DerKey>>(std::move(keys));
  }
  // Of one batch.
  std::vector<store::InstructionsSent::Name> Written() {
    committer_.committed.clear();
    sent_.Write();
    if (committer_.committed.empty()) return {};
    return std::get<store::InstructionsSent>(committer_.committed[0].writes[0]).names;
  }
  std::size_t AllWritten() {
    std::size_t all = 0;
    while (const std::size_t some = Written().size()) all += some;
    return all;
  }

  base::ManualClock clock_{kNow};
  server::testing::KeepingCommitter committer_;
  SentInstructions sent_{committer_, clock_, absl::InfiniteDuration()};
};

TEST_F(SentInstructionsTest, OfAnOrderAreWrittenWhenMostHaveAnsweredAndOnceMore) {
  sent_.NoteOrder("order-1", Ders(1, 3));
  EXPECT_EQ(AllWritten(), 0U) << "whoever answers in time needs no row changed";
  clock_.Advance(SentInstructions::kAgainAfter);
  const auto names = Written();
  ASSERT_EQ(names.size(), 3U);
  EXPECT_EQ(names[0].control_id, "order-1");
  EXPECT_EQ(names[0].source, domain::ControlSource::kEmergency);
  EXPECT_EQ(AllWritten(), 0U);
  clock_.Advance(SentInstructions::kLastLookAfter);
  EXPECT_EQ(AllWritten(), 3U) << "those whose instruction was not written down yet";
  clock_.Advance(SentInstructions::kLastLookAfter);
  EXPECT_EQ(AllWritten(), 0U);
}

TEST_F(SentInstructionsTest, OfLargeOrdersComeSomeAtATimeAndEachOnce) {
  constexpr int kMany = 4500;
  for (int stream = 0; stream < 3; ++stream) sent_.NoteOrder("order-1", Ders(1500 * stream, 1500));
  clock_.Advance(SentInstructions::kAgainAfter);
  std::set<base::DerKey> keys;
  for (auto names = Written(); !names.empty(); names = Written()) {
    EXPECT_LE(names.size(), SentInstructions::kMaxOfOrders);
    for (const auto& name : names) EXPECT_TRUE(keys.insert(name.der_key).second) << name.der_key;
  }
  EXPECT_EQ(keys.size(), std::size_t{kMany});
}

TEST_F(SentInstructionsTest, WhatDoesNotFitIsForgottenUntilThereIsRoom) {
  const SentInstructions::Keys large = Ders(1, SentInstructions::kMaxOrderDers);
  sent_.NoteOrder("order-1", large);
  sent_.NoteOrder("order-2", Ders(1, 1));
  for (const absl::Duration wait : {SentInstructions::kAgainAfter, SentInstructions::kLastLookAfter}) {
    clock_.Advance(wait);
    EXPECT_EQ(AllWritten(), large->size());
  }
  sent_.NoteOrder("order-3", Ders(1, 1));
  clock_.Advance(SentInstructions::kAgainAfter);
  EXPECT_EQ(Written().at(0).control_id, "order-3");
}

}  // namespace
}  // namespace derms::emergency
