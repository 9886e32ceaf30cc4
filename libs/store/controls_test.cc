// Limits, defaults and instructions: stored, changed with their past kept, acknowledged in batches.
#include "libs/store/control_queries.h"

#include <gmock/gmock.h>

#include "libs/base/error.h"
#include "libs/store/pg_controls.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using domain::ControlSource;
using domain::Instruction;
using domain::InstructionState;
using domain::StandingControl;
using domain::StandingKind;
using testing::CommitAndWait;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::Soon;

class ControlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* id : {"PV-1", "PV-2", "PV-3"}) {
      ASSERT_TRUE(
          CommitAndWait(process_.committer(), testing::Registering(process_.ids(), testing::SampleDer(id))).ok());
    }
  }

  absl::Status Commit(RowWrite row) {
    Mutation mutation;
    mutation.writes.push_back(std::move(row));
    return CommitAndWait(process_.committer(), std::move(mutation)).status();
  }
  std::string Outcome(RowWrite row) {
    const absl::Status status = Commit(std::move(row));
    return status.ok() ? "OK" : base::ReasonOf(status);
  }

  StandingControl Limit(const std::string& id, double max_power_kw, std::int64_t revision = 1) const {
    StandingControl control;
    control.control_id = id;
    control.der_id = "PV-1";
    control.program = "DSO";
    control.primacy = 65;
    control.power.max_power_kw = max_power_kw;
    control.starts_at = now_;
    control.valid_until = now_ + absl::Hours(1);
    control.reason = "feeder 12 is hot";
    control.put_by = "operator-1";
    control.put_at = now_ + absl::Minutes(revision - 1);
    control.revision = revision;
    return control;
  }
  std::string Put(StandingControl control) { return Outcome(StandingPut(testing::FleetAccess(), std::move(control))); }

  Instruction Tell(const std::string& id, double power_kw, absl::Time starts_at) const {
    Instruction instruction;
    instruction.der_id = "PV-1";
    instruction.control_id = id;
    instruction.power_kw = power_kw;
    instruction.issued_at = now_;
    instruction.starts_at = starts_at;
    instruction.valid_until = starts_at + absl::Hours(1);
    instruction.issued_by = "operator-1";
    instruction.reason = "test";
    instruction.state_at = now_;
    instruction.revision = 1;
    return instruction;
  }
  std::string Insert(Instruction instruction) {
    const auto access = testing::AdminAccess(instruction.der_id);
    return Outcome(InstructionInsert(access, std::move(instruction)));
  }
  Instruction Stored(const std::string& der_id, const std::string& control_id) {
    const auto found = queries_.GetInstruction(base::DerKeyOf(der_id), control_id, Soon());
    EXPECT_TRUE(found.ok() && *found) << found.status();
    return found.ok() && *found ? **found : Instruction();
  }

  domain::Acknowledgement Ack(const std::string& der_id, ControlSource source, const std::string& control_id,
                              InstructionState state) const {
    return {der_id, source, control_id, state, "", std::nullopt, now_ + absl::Minutes(1)};
  }
  std::string Acknowledge(domain::Acknowledgement ack) {
    const auto access = testing::AdminAccess(ack.der_id);
    return Outcome(InstructionAck(access, std::move(ack)));
  }
  std::vector<std::string> Listed(const InstructionFilter& filter, absl::Time now) {
    std::vector<std::string> found;
    const auto listed = queries_.ListInstructions(filter, {}, now, 100, Soon());
    EXPECT_TRUE(listed.ok()) << listed.status();
    for (const Instruction& each : *listed) {
      found.push_back(each.der_id + " " + each.control_id + " " +
                      std::string(domain::InstructionStateName(each.StateAt(now))));
    }
    return found;
  }

  testing::TestDatabase database_;
  testing::StoreProcess process_{database_.url(), false};
  PgControlQueries queries_{process_.pool()};
  const absl::Time now_ = testing::SampleTime() + absl::Hours(1);
};

TEST_F(ControlsTest, ALimitComesBackAsItWasPut) {
  ASSERT_EQ(Put(Limit("FEEDER-12", 40)), "OK");
  const auto stored = queries_.GetStanding(StandingKind::kLimit, "FEEDER-12", Soon());
  ASSERT_TRUE(stored.ok() && *stored) << stored.status();
  EXPECT_EQ((*stored)->der_id, "PV-1");
  EXPECT_EQ((*stored)->program, "DSO");
  EXPECT_EQ((*stored)->primacy, 65);
  EXPECT_EQ((*stored)->power.max_power_kw, 40);
  EXPECT_FALSE((*stored)->power.min_power_kw);
  EXPECT_EQ((*stored)->valid_until, now_ + absl::Hours(1));
  EXPECT_EQ((*stored)->reason, "feeder 12 is hot");
  EXPECT_FALSE((*stored)->replaced_at);
  EXPECT_FALSE(queries_.GetStanding(StandingKind::kDefault, "FEEDER-12", Soon())->has_value()) << "names are by kind";
}

TEST_F(ControlsTest, AChangeKeepsWhatHeldBefore) {
  ASSERT_EQ(Put(Limit("FEEDER-12", 40)), "OK");
  ASSERT_EQ(Put(Limit("FEEDER-12", 30, 2)), "OK");
  EXPECT_EQ((*queries_.GetStanding(StandingKind::kLimit, "FEEDER-12", Soon()))->power.max_power_kw, 30);

  const auto asked = queries_.LoadAsked({}, now_, now_ + absl::Hours(2), Soon());
  ASSERT_TRUE(asked.ok()) << asked.status();
  ASSERT_THAT(asked->standing, SizeIs(2));
  EXPECT_EQ(asked->standing[0].replaced_at, now_ + absl::Minutes(1));
  EXPECT_EQ(asked->standing[1].replaced_at, std::nullopt);
  const auto later = queries_.LoadAsked({}, now_ + absl::Minutes(2), now_ + absl::Hours(2), Soon());
  EXPECT_THAT(later->standing, SizeIs(1)) << "what was replaced before says nothing then";
}

TEST_F(ControlsTest, OfTwoWhoChangeOneRevisionOneIsTold) {
  ASSERT_EQ(Put(Limit("FEEDER-12", 40)), "OK");
  EXPECT_EQ(Put(Limit("FEEDER-12", 41)), "REVISION_MISMATCH") << "it is there";
  EXPECT_EQ(Put(Limit("FEEDER-12", 41, 3)), "REVISION_MISMATCH") << "it is not as new";
  ASSERT_EQ(Put(Limit("FEEDER-12", 41, 2)), "OK");
  EXPECT_EQ(Put(Limit("FEEDER-12", 42, 2)), "REVISION_MISMATCH") << "somebody was faster";
  EXPECT_EQ((*queries_.GetStanding(StandingKind::kLimit, "FEEDER-12", Soon()))->power.max_power_kw, 41);
}

TEST_F(ControlsTest, ListsCurrentOnesById) {
  ASSERT_EQ(Put(Limit("B", 1)), "OK");
  ASSERT_EQ(Put(Limit("A", 1)), "OK");
  ASSERT_EQ(Put(Limit("A", 2, 2)), "OK");
  const auto ids = [&](std::optional<absl::Time> not_over_at, std::string_view after) {
    std::vector<std::string> found;
    const auto listed = queries_.ListStanding(StandingKind::kLimit, not_over_at, after, 10, Soon());
    EXPECT_TRUE(listed.ok()) << listed.status();
    for (const auto& each : *listed) found.push_back(each.control_id);
    return found;
  };
  EXPECT_THAT(ids({}, ""), ElementsAre("A", "B"));
  EXPECT_THAT(ids({}, "A"), ElementsAre("B"));
  EXPECT_THAT(ids(now_, ""), ElementsAre("A", "B"));
  EXPECT_THAT(ids(now_ + absl::Hours(1), ""), IsEmpty());
}

TEST_F(ControlsTest, ANewInstructionEndsTheOneBefore) {
  ASSERT_EQ(Insert(Tell("first", 10, now_)), "OK");
  ASSERT_EQ(Insert(Tell("second", 20, now_ + absl::Minutes(10))), "OK");
  const Instruction first = Stored("PV-1", "first");
  EXPECT_EQ(first.superseded_by, "second");
  EXPECT_EQ(first.valid_until, now_ + absl::Minutes(10));
  EXPECT_EQ(first.StateAt(now_), InstructionState::kNew);
  EXPECT_EQ(first.StateAt(now_ + absl::Minutes(10)), InstructionState::kSuperseded);
  EXPECT_EQ(Stored("PV-1", "second").superseded_by, "");
}

TEST_F(ControlsTest, AnInstructionForADerOfAnotherOwnerIsNotStoredAndEndsNothing) {
  ASSERT_EQ(Insert(Tell("first", 10, now_)), "OK");
  const auto stranger = testing::OwnerAccess(testing::SampleDer("PV-1", "owner-2"));
  EXPECT_EQ(Outcome(InstructionInsert(stranger, Tell("second", 20, now_))), "DER_NOT_FOUND");
  EXPECT_EQ(Stored("PV-1", "first").superseded_by, "");
}

TEST_F(ControlsTest, ARevokedOneEndsThen) {
  ASSERT_EQ(Insert(Tell("first", 10, now_)), "OK");
  Instruction revoked = Stored("PV-1", "first");
  revoked.state = InstructionState::kRevoked;
  revoked.state_at = now_ + absl::Minutes(5);
  ++revoked.revision;
  const auto access = testing::AdminAccess("PV-1");
  ASSERT_EQ(Outcome(InstructionRevoke(access, revoked)), "OK");
  EXPECT_EQ(Outcome(InstructionRevoke(access, revoked)), "REVISION_MISMATCH");
  EXPECT_EQ(domain::ControlOf(Stored("PV-1", "first")).valid_until, now_ + absl::Minutes(5));
}

TEST_F(ControlsTest, AcknowledgementsMoveAnInstructionOnAndNeverBack) {
  ASSERT_EQ(Insert(Tell("first", 10, now_)), "OK");
  const auto ack = [&](InstructionState state) {
    return Acknowledge(Ack("PV-1", ControlSource::kOperator, "first", state));
  };
  EXPECT_EQ(ack(InstructionState::kReceived), "OK");
  EXPECT_EQ(ack(InstructionState::kReceived), "OK") << "said twice";
  EXPECT_EQ(ack(InstructionState::kStarted), "OK") << "ACCEPTED may be left out";
  EXPECT_EQ(ack(InstructionState::kAccepted), "INVALID_INSTRUCTION_TRANSITION");
  domain::Acknowledgement partial = Ack("PV-1", ControlSource::kOperator, "first", InstructionState::kPartial);
  partial.delivered_kw = 7;
  partial.detail = "cloud";
  EXPECT_EQ(Acknowledge(partial), "OK");
  EXPECT_EQ(ack(InstructionState::kSucceeded), "INVALID_INSTRUCTION_TRANSITION");

  const Instruction stored = Stored("PV-1", "first");
  EXPECT_EQ(stored.state, InstructionState::kPartial);
  EXPECT_EQ(stored.state_at, now_ + absl::Minutes(1));
  EXPECT_EQ(stored.delivered_kw, 7);
  EXPECT_EQ(stored.detail, "cloud");
  EXPECT_EQ(stored.revision, 4) << "what changed nothing counts for nothing";
}

TEST_F(ControlsTest, WhatIsHandedOutIsSentUnlessItIsFurtherAlready) {
  ASSERT_EQ(Insert(Tell("first", 10, now_)), "OK");
  const auto sent = [&] {
    return Outcome(InstructionsSent(domain::RoleAccess::System(),
                                    {{base::DerKeyOf("PV-1"), ControlSource::kOperator, "first"},
                                     {base::DerKeyOf("PV-2"), ControlSource::kOperator, "nothing"}},
                                    now_ + absl::Seconds(3)));
  };
  EXPECT_EQ(sent(), "OK");
  EXPECT_EQ(Stored("PV-1", "first").state, InstructionState::kSent);
  EXPECT_EQ(Stored("PV-1", "first").state_at, now_ + absl::Seconds(3));
  ASSERT_EQ(Acknowledge(Ack("PV-1", ControlSource::kOperator, "first", InstructionState::kStarted)), "OK");
  EXPECT_EQ(sent(), "OK");
  EXPECT_EQ(Stored("PV-1", "first").state, InstructionState::kStarted);
}

// The transition table is that of libs/domain, whatever SQL makes of it.
TEST_F(ControlsTest, EveryTransitionIsJudgedAsTheDomainDoes) {
  const auto state_of = [](int number) { return static_cast<InstructionState>(number); };
  for (int from = 1; from <= 12; ++from) {
    for (int to = 1; to <= 12; ++to) {
      const std::string id = absl::StrCat("from-", from, "-to-", to);
      Instruction instruction = Tell(id, 1, now_ - absl::Hours(2 * (13 * from + to)));
      instruction.state = state_of(from);
      ASSERT_EQ(Insert(instruction), "OK");
      const absl::Status wanted = domain::CheckAcknowledgement(instruction, state_of(to));
      EXPECT_EQ(Acknowledge(Ack("PV-1", ControlSource::kOperator, id, state_of(to))),
                wanted.ok() ? "OK" : base::ReasonOf(wanted))
          << id;
      EXPECT_EQ(Stored("PV-1", id).state, state_of(wanted.ok() ? to : from)) << id;
    }
  }
}

TEST_F(ControlsTest, WhatNobodySaidCannotBeAcknowledged) {
  EXPECT_EQ(Acknowledge(Ack("PV-1", ControlSource::kOperator, "first", InstructionState::kReceived)),
            "INSTRUCTION_NOT_FOUND");
  EXPECT_EQ(Acknowledge(Ack("PV-1", ControlSource::kLimit, "FEEDER-12", InstructionState::kReceived)),
            "INSTRUCTION_NOT_FOUND");
  ASSERT_EQ(Put(Limit("FEEDER-12", 40)), "OK");
  const auto stranger = testing::OwnerAccess(testing::SampleDer("PV-1", "owner-2"));
  EXPECT_EQ(
      Outcome(InstructionAck(stranger, Ack("PV-1", ControlSource::kLimit, "FEEDER-12", InstructionState::kReceived))),
      "INSTRUCTION_NOT_FOUND");
  EXPECT_THAT(Listed({}, now_), IsEmpty());
}

TEST_F(ControlsTest, OrdersAndLimitsBeginAnInstructionWhenTheDerSpeaksOfThem) {
  ASSERT_EQ(Put(Limit("FEEDER-12", 40)), "OK");
  const auto order = testing::SampleOrder("11111111-1111-4111-8111-111111111111", now_, absl::Hours(1));
  ASSERT_TRUE(CommitAndWait(process_.committer(), testing::Ordering(process_.ids(), order)).ok());
  EXPECT_EQ(Acknowledge(Ack("PV-1", ControlSource::kLimit, "FEEDER-12", InstructionState::kStarted)), "OK");
  EXPECT_EQ(Acknowledge(Ack("PV-2", ControlSource::kEmergency, order.emergency_id, InstructionState::kAccepted)), "OK");
  EXPECT_EQ(Acknowledge(Ack("PV-3", ControlSource::kEmergency, order.emergency_id, InstructionState::kRejected)), "OK");
  InstructionFilter of_order;
  of_order.control_id = order.emergency_id;
  EXPECT_THAT(Listed(of_order, now_),
              ElementsAre("PV-3 " + order.emergency_id + " REJECTED", "PV-2 " + order.emergency_id + " ACCEPTED"));
  InstructionFilter rejected;
  rejected.states = {InstructionState::kRejected};
  EXPECT_THAT(Listed(rejected, now_), SizeIs(1));
  EXPECT_THAT(Listed(rejected, now_ + absl::Hours(2)), SizeIs(1)) << "final states stay";
  InstructionFilter expired;
  expired.states = {InstructionState::kExpired};
  EXPECT_THAT(Listed(expired, now_ + absl::Hours(2)), SizeIs(2)) << "what was not done by its end";
  InstructionFilter of_owner;
  of_owner.owner_id = "owner-2";
  EXPECT_THAT(Listed(of_owner, now_), IsEmpty());
}

TEST_F(ControlsTest, PagesGoOnWhereTheyEnded) {
  for (int i = 0; i < 5; ++i) {
    Instruction instruction = Tell(absl::StrCat("i-", i), i, now_ + absl::Hours(2 * i));
    instruction.issued_at = now_ + absl::Minutes(i / 2);  // some at one time
    ASSERT_EQ(Insert(instruction), "OK");
  }
  std::vector<std::string> ids;
  InstructionPlace place;
  while (true) {
    const auto page = queries_.ListInstructions({}, place, now_, 2, Soon());
    ASSERT_TRUE(page.ok()) << page.status();
    for (const Instruction& each : *page) ids.push_back(each.control_id);
    if (page->size() < 2) break;
    const Instruction& last = page->back();
    place = {last.issued_at, last.der_id, static_cast<int>(last.source), last.control_id};
  }
  EXPECT_THAT(ids, ElementsAre("i-4", "i-3", "i-2", "i-1", "i-0"));
}

TEST_F(ControlsTest, TellsAllThatIsAskedOfADerInAStretchOfTime) {
  ASSERT_EQ(Insert(Tell("now", 10, now_)), "OK");
  ASSERT_EQ(Insert(Tell("tomorrow", 10, now_ + absl::Hours(24))), "OK");
  auto exercise = testing::SampleOrder("11111111-1111-4111-8111-111111111111", now_, absl::Hours(1));
  exercise.exercise = true;
  const auto order = testing::SampleOrder("22222222-2222-4222-8222-222222222222", now_, absl::Hours(1));
  ASSERT_TRUE(CommitAndWait(process_.committer(), testing::Ordering(process_.ids(), exercise)).ok());
  ASSERT_TRUE(CommitAndWait(process_.committer(), testing::Ordering(process_.ids(), order)).ok());
  const auto asked = queries_.LoadAsked({base::DerKeyOf("PV-1")}, now_, now_ + absl::Minutes(1), Soon());
  ASSERT_TRUE(asked.ok()) << asked.status();
  ASSERT_THAT(asked->instructions, SizeIs(1));
  EXPECT_EQ(asked->instructions[0].control_id, "now");
  ASSERT_THAT(asked->orders, SizeIs(1));
  EXPECT_EQ(asked->orders[0].emergency_id, order.emergency_id);
  EXPECT_THAT(queries_.LoadAsked({base::DerKeyOf("PV-2")}, now_, now_ + absl::Minutes(1), Soon())->instructions,
              IsEmpty());
}

}  // namespace
}  // namespace derms::store
