// Orders become instructions in fenced steps: nothing twice, nothing of a leader who has lost the lease, and whoever
// goes on finds where the last one stopped.
#include "libs/store/expansion.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/store/lease.h"
#include "libs/store/pg_controls.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using domain::ControlSource;
using domain::EmergencyOrder;
using domain::InstructionState;
using testing::CommitAndWait;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::Soon;

constexpr int kDers = 5;

class ExpansionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int n = 1; n <= kDers; ++n) {
      const domain::Der der = testing::SampleDer(absl::StrCat("PV-", n));
      ASSERT_TRUE(CommitAndWait(process_.committer(), testing::Registering(process_.ids(), der)).ok());
    }
    const auto token = leases_.Acquire("expansion", "test", absl::Hours(1), Soon());
    ASSERT_TRUE(token.ok() && *token) << token.status();
    fence_ = {"expansion", **token};
  }

  EmergencyOrder Give(const std::string& emergency_id, absl::Time starts_at, bool exercise = false) {
    EmergencyOrder order = testing::SampleOrder(emergency_id, starts_at, absl::Hours(1));
    order.exercise = exercise;
    EXPECT_TRUE(CommitAndWait(process_.committer(), testing::Ordering(process_.ids(), order)).ok());
    const auto stored = process_.queries().GetEmergency(emergency_id, Soon());
    EXPECT_TRUE(stored.ok() && *stored);
    return stored.ok() && *stored ? **stored : order;
  }
  void Release(EmergencyOrder order) {
    order.state = domain::EmergencyState::kReleased;
    order.ended_at = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));
    ++order.revision;
    Mutation mutation;
    mutation.writes.push_back(EmergencyEnd(testing::FleetAccess(), order));
    ASSERT_TRUE(CommitAndWait(process_.committer(), std::move(mutation)).ok());
  }
  std::string NextId() {
    const auto next = expansions_.Next(Soon());
    EXPECT_TRUE(next.ok()) << next.status();
    return next.ok() && *next ? (*next)->order.emergency_id : "";
  }
  std::vector<DerName> Ders(base::DerKey from_key = kFirstDerKey, std::size_t limit = 100) {
    const auto found =
        expansions_.Ders({.der_id = "", .regions = {}, .registered_before = absl::Now()}, from_key, limit, Soon());
    EXPECT_TRUE(found.ok()) << found.status();
    return found.value_or(std::vector<DerName>());
  }
  // 10 kW for each of these DERs.
  ExpansionStep StepOf(const std::string& emergency_id, std::vector<DerName> ders) const {
    ExpansionStep step;
    step.emergency_id = emergency_id;
    if (!ders.empty()) step.next_key = ders.back().der_key + 1;
    for (DerName& der : ders) {
      domain::Control control;
      control.power_kw = 10;
      control.valid_until = now_ + absl::Hours(1);
      step.told.emplace_back(std::move(der), control);
    }
    return step;
  }
  std::string Write(const ExpansionStep& step) {
    const absl::Status status = expansions_.Write(step, fence_, Soon());
    return status.ok() ? "OK" : base::ReasonOf(status);
  }
  std::string Rows(const std::string& emergency_id) {
    return database_.Query("SELECT count(*) FROM instruction WHERE control_id = '" + emergency_id + "'");
  }
  std::string Cursor(const std::string& what) { return database_.Query("SELECT " + what + " FROM order_expansion"); }
  void Acknowledge(const std::string& der_id, const std::string& control_id, InstructionState state,
                   std::optional<double> delivered_kw = std::nullopt) {
    Mutation mutation;
    mutation.writes.push_back(InstructionAck(
        testing::AdminAccess(der_id), {der_id, ControlSource::kEmergency, control_id, state, "", delivered_kw, now_}));
    const auto written = CommitAndWait(process_.committer(), std::move(mutation));
    ASSERT_TRUE(written.ok()) << written.status();
  }
  ExpansionTally Tally(const std::string& emergency_id, absl::Time told_by) {
    const auto tally = expansions_.Tally(emergency_id, told_by, Soon());
    EXPECT_TRUE(tally.ok()) << tally.status();
    return tally.value_or(ExpansionTally());
  }

  testing::TestDatabase database_;
  testing::StoreProcess process_{database_.url(), false};
  PgLeases leases_{process_.pool()};
  PgExpansions expansions_{process_.pool()};
  PgControlQueries controls_{process_.pool()};
  Fence fence_;
  const absl::Time now_ = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));
};

TEST_F(ExpansionTest, TheNewestOrderInForceThatIsNotExpandedIsNext) {
  EXPECT_EQ(NextId(), "");
  Give("older", now_ - absl::Minutes(2));
  const EmergencyOrder newest = Give("newest", now_ - absl::Minutes(1));
  Give("drill", now_, /*exercise=*/true);
  Give("over", now_ - absl::Hours(2));
  EXPECT_EQ(NextId(), "newest");
  ExpansionStep all = StepOf("newest", Ders());
  all.complete = true;
  ASSERT_EQ(Write(all), "OK");
  EXPECT_EQ(NextId(), "older");
  const EmergencyOrder released = Give("released", now_);
  EXPECT_EQ(NextId(), "released");
  Release(released);
  EXPECT_EQ(NextId(), "older");
}

// What a DER was told counts until the order holds nobody any more, whatever end its row was given.
TEST_F(ExpansionTest, WhatAnOrderTellsADerIsThereWhileTheOrderGivesDersBack) {
  EmergencyOrder order = testing::SampleOrder("e", now_ - absl::Minutes(1), absl::Hours(1));
  order.restoration.emplace();
  ASSERT_TRUE(CommitAndWait(process_.committer(), testing::Ordering(process_.ids(), order)).ok());
  ExpansionStep step = StepOf("e", Ders());
  for (auto& [der, control] : step.told) control.valid_until = now_;
  ASSERT_EQ(Write(step), "OK");
  const auto told = [&](absl::Time at) {
    const auto asked = controls_.LoadAsked({base::DerKeyOf("PV-1")}, at, at + absl::Minutes(1), Soon());
    EXPECT_TRUE(asked.ok()) << asked.status();
    return asked->instructions.size();
  };
  EXPECT_THAT(controls_.LoadAsked({}, now_, now_ + absl::Minutes(1), Soon())->expanded_at, IsEmpty());
  ExpansionStep last = StepOf("e", {});
  last.from_key = last.next_key = step.next_key;
  last.complete = true;
  ASSERT_EQ(Write(last), "OK");
  const auto expanded_at = controls_.LoadAsked({}, now_, now_ + absl::Minutes(1), Soon())->expanded_at;
  ASSERT_THAT(expanded_at, SizeIs(1));
  EXPECT_GE(expanded_at.at("e"), now_);
  EXPECT_EQ(told(now_ + absl::Minutes(30)), 1);
  EXPECT_EQ(told(order.holds_until() - absl::Seconds(1)), 1);
  EXPECT_EQ(told(order.holds_until() + absl::Seconds(1)), 0);
}

TEST_F(ExpansionTest, WhoeverGoesOnFindsWhereTheLastStepEnded) {
  Give("e", now_ - absl::Minutes(1));
  const std::vector<DerName> all = Ders();
  ASSERT_THAT(all, SizeIs(kDers));
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](auto& a, auto& b) { return a.der_key < b.der_key; }));
  base::DerKey from = kFirstDerKey;
  for (const int expected : {2, 2, 1}) {
    const auto next = expansions_.Next(Soon());
    ASSERT_TRUE(next.ok() && *next);
    EXPECT_EQ((*next)->next_key, from);
    ExpansionStep step = StepOf("e", Ders((*next)->next_key, 2));
    EXPECT_THAT(step.told, SizeIs(expected));
    step.from_key = from;
    step.silent_count = 1;
    step.complete = expected == 1;
    from = step.next_key;
    ASSERT_EQ(Write(step), "OK");
  }
  EXPECT_EQ(Rows("e"), "5");
  EXPECT_EQ(Cursor("expanded_count || ' ' || silent_count || ' ' || complete"), "5 3 true");
  EXPECT_EQ(NextId(), "");
}

TEST_F(ExpansionTest, AStepThatWasMadeAlreadyWritesNothing) {
  Give("e", now_ - absl::Minutes(1));
  const ExpansionStep step = StepOf("e", Ders(kFirstDerKey, 2));
  ASSERT_EQ(Write(step), "OK");
  EXPECT_EQ(Write(step), "EXPANSION_MOVED");
  EXPECT_EQ(Rows("e"), "2");
  EXPECT_EQ(Cursor("expanded_count"), "2");
  ExpansionStep gap = StepOf("e", Ders());
  gap.from_key = step.next_key + 1;
  EXPECT_EQ(Write(gap), "EXPANSION_MOVED") << "a step cannot leave DERs out";
}

TEST_F(ExpansionTest, AnotherOrderCannotBeginInItsMiddle) {
  Give("e", now_ - absl::Minutes(1));
  ExpansionStep step = StepOf("e", Ders());
  step.from_key = 7;
  EXPECT_EQ(Write(step), "EXPANSION_MOVED");
  EXPECT_EQ(Rows("e"), "0");
}

TEST_F(ExpansionTest, WhoHasLostTheLeaseWritesNothing) {
  Give("e", now_ - absl::Minutes(1));
  database_.Execute("UPDATE lease SET expires_at = now() - interval '1 second'");
  ASSERT_TRUE(leases_.Acquire("expansion", "another", absl::Hours(1), Soon()).ok());
  EXPECT_EQ(Write(StepOf("e", Ders())), "LEASE_LOST");
  EXPECT_EQ(base::ReasonOf(expansions_.WriteLate(StepOf("e", Ders()), fence_, Soon())), "LEASE_LOST");
  EXPECT_EQ(Rows("e"), "0");
  EXPECT_EQ(Cursor("count(*)"), "0");
}

TEST_F(ExpansionTest, AnEarlyAcknowledgementIsFilledInAndKeepsItsState) {
  Give("e", now_ - absl::Minutes(1));
  Acknowledge("PV-1", "e", InstructionState::kStarted);
  ASSERT_EQ(Write(StepOf("e", Ders())), "OK");
  EXPECT_EQ(Rows("e"), "5");
  EXPECT_EQ(database_.Query("SELECT state || ' ' || power_kw FROM instruction WHERE der_id = 'PV-1'"), "6 10");
  EXPECT_EQ(database_.Query("SELECT state || ' ' || power_kw FROM instruction WHERE der_id = 'PV-2'"), "1 10");
}

TEST_F(ExpansionTest, WhoIsBoundLaterIsToldLaterAndOnce) {
  Give("e", now_ - absl::Minutes(1));
  std::vector<DerName> ders = Ders();
  const DerName late = ders.back();
  ders.pop_back();
  ExpansionStep step = StepOf("e", ders);
  step.complete = true;
  ASSERT_EQ(Write(step), "OK");
  ExpansionStep after = StepOf("e", {late});
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(expansions_.WriteLate(after, fence_, Soon()).ok());
  EXPECT_EQ(Rows("e"), "5");
  EXPECT_EQ(Cursor("expanded_count"), "5");
  after.told[0].second.power_kw = 99;
  ASSERT_TRUE(expansions_.WriteLate(after, fence_, Soon()).ok());
  EXPECT_EQ(database_.Query("SELECT max(power_kw) FROM instruction"), "10") << "what was pinned stays";
}

TEST_F(ExpansionTest, TheOrdersBeforeOneAreThoseInForceWhenItWasGiven) {
  Release(Give("released since", now_ - absl::Minutes(3)));
  Give("before", now_ - absl::Minutes(2));
  Give("over by then", now_ - absl::Hours(2));
  Give("drill", now_ - absl::Minutes(2), /*exercise=*/true);
  const EmergencyOrder order = Give("order", now_ - absl::Minutes(1));
  const EmergencyOrder twin = Give("twin", now_ - absl::Minutes(1));
  Give("after", now_);
  const auto ids = [&](const EmergencyOrder& of) {
    std::vector<std::string> found;
    const auto orders = expansions_.OrdersBefore(of, Soon());
    for (const EmergencyOrder& each : *orders) {
      EXPECT_EQ(each.state, domain::EmergencyState::kActive);
      EXPECT_EQ(each.ended_at, std::nullopt);
      found.push_back(each.emergency_id);
    }
    return found;
  };
  EXPECT_THAT(ids(order), ElementsAre("released since", "before"));
  EXPECT_THAT(ids(twin), ElementsAre("released since", "before", "order"));
  const EmergencyOrder overtaken = Give("planned first and stored last", now_ - absl::Seconds(90));
  EXPECT_THAT(ids(overtaken), ElementsAre("released since", "before", "order", "twin", "after"));
  EXPECT_THAT(ids(order), ElementsAre("released since", "before", "planned first and stored last"));
}

TEST_F(ExpansionTest, DersOfAScope) {
  const auto in = [&](const DersInScope& scope) { return *expansions_.Ders(scope, kFirstDerKey, 100, Soon()); };
  const std::string region = testing::SampleDer("PV-1").region_id;
  EXPECT_THAT(in({.der_id = "PV-3", .regions = {}, .registered_before = absl::Now()}), SizeIs(1));
  EXPECT_THAT(in({.der_id = "PV-9", .regions = {}, .registered_before = absl::Now()}), IsEmpty());
  EXPECT_THAT(in({.der_id = "", .regions = {{region}}, .registered_before = absl::Now()}), SizeIs(kDers));
  EXPECT_THAT(in({.der_id = "", .regions = {{"ELSEWHERE"}}, .registered_before = absl::Now()}), IsEmpty());
  EXPECT_THAT(in({.der_id = "", .regions = {}, .registered_before = testing::SampleTime() - absl::Hours(1)}),
              IsEmpty());
}

TEST_F(ExpansionTest, WhatBecameOfAnOrder) {
  const absl::Time given = now_ - absl::Minutes(1);
  Give("e", given);
  ExpansionStep step = StepOf("e", Ders());
  step.silent_count = 2;
  step.complete = true;
  ASSERT_EQ(Write(step), "OK");
  Acknowledge("PV-1", "e", InstructionState::kSucceeded, 10);
  Acknowledge("PV-2", "e", InstructionState::kPartial, 4);
  Acknowledge("PV-3", "e", InstructionState::kRejected);
  const ExpansionTally tally = Tally("e", given);
  int counted = 0;
  for (const auto& each : tally.states) counted += each.count;
  EXPECT_EQ(counted, kDers);
  EXPECT_THAT(tally.states, SizeIs(4));
  EXPECT_EQ(tally.unanswered_count, 2);
  EXPECT_EQ(Tally("e", given - absl::Seconds(1)).unanswered_count, 0) << "they were told later than that";
  EXPECT_EQ(tally.asked_count, 5);
  EXPECT_EQ(tally.reported_count, 2);
  EXPECT_EQ(tally.requested_kw, 50);
  EXPECT_EQ(tally.delivered_kw, 14);
  EXPECT_EQ(tally.silent_count, 2);
  EXPECT_TRUE(tally.complete);
  EXPECT_THAT(Tally("nothing of that name", given).states, IsEmpty());
}

TEST_F(ExpansionTest, ListsThoseWhoNeverAnsweredAndEndsThemWithTheirOrder) {
  const EmergencyOrder order = Give("e", now_ - absl::Minutes(1));
  ASSERT_EQ(Write(StepOf("e", Ders())), "OK");
  Acknowledge("PV-1", "e", InstructionState::kStarted);
  InstructionFilter silent;
  silent.control_id = "e";
  silent.unanswered_since = order.starts_at;
  const auto list = [&](const InstructionFilter& filter) {
    const auto found = controls_.ListInstructions(filter, {}, absl::Now(), 100, Soon());
    EXPECT_TRUE(found.ok()) << found.status();
    return *found;
  };
  EXPECT_THAT(list(silent), SizeIs(4));
  Release(order);
  EXPECT_THAT(list(silent), SizeIs(4)) << "that they did not answer stays true";
  InstructionFilter revoked;
  revoked.states = {InstructionState::kRevoked};
  for (const domain::Instruction& each : list(revoked)) EXPECT_EQ(each.valid_until, each.state_at);
  EXPECT_THAT(list(revoked), SizeIs(5));
}

TEST_F(ExpansionTest, OfAnOrderThatGivesItsDersBackThoseThatHaveNotEndedAreListedWhateverTheirState) {
  EmergencyOrder order = testing::SampleOrder("e", now_ - absl::Minutes(1), absl::Hours(1));
  order.restoration.emplace();
  ASSERT_TRUE(CommitAndWait(process_.committer(), testing::Ordering(process_.ids(), order)).ok());
  ASSERT_EQ(Write(StepOf("e", Ders())), "OK");
  Acknowledge("PV-1", "e", InstructionState::kRejected);
  Release(order);
  InstructionFilter revoked;
  revoked.states = {InstructionState::kRevoked};
  const auto found = controls_.ListInstructions(revoked, {}, absl::Now(), 100, Soon());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(*found, SizeIs(4));
  const auto orders = controls_.LoadOrders({"e", "nothing of that name"}, Soon());
  ASSERT_TRUE(orders.ok()) << orders.status();
  ASSERT_THAT(*orders, SizeIs(1));
  for (const domain::Instruction& each : *found) {
    EXPECT_EQ(each.state, InstructionState::kNew) << "only its DER's turn ends it";
    EXPECT_EQ(each.valid_until, orders->front().holds_until());
  }
}

}  // namespace
}  // namespace derms::store
