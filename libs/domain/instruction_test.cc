#include "libs/domain/instruction.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "libs/base/error.h"

namespace derms::domain {
namespace {

using enum InstructionState;

const absl::Time kNow = absl::FromUnixSeconds(1700000000);
constexpr InstructionState kAll[] = {kNew,     kSent,      kReceived, kAccepted, kRejected,   kStarted,
                                     kPartial, kSucceeded, kAborted,  kRevoked,  kSuperseded, kExpired};

Instruction In(InstructionState state) {
  Instruction instruction;
  instruction.control_id = "I-1";
  instruction.der_id = "X-01";
  instruction.issued_at = kNow;
  instruction.starts_at = kNow + absl::Seconds(10);
  instruction.valid_until = kNow + absl::Seconds(60);
  instruction.state = state;
  instruction.state_at = kNow + absl::Seconds(30);
  return instruction;
}

TEST(Transitions, AreThisTable) {
  const std::set<InstructionState> ends = {kSucceeded, kPartial, kAborted, kRevoked, kSuperseded, kExpired};
  struct Row {
    InstructionState from;
    std::set<InstructionState> beside_the_ends;
  };
  const Row table[] = {{kNew, {kSent, kReceived, kAccepted, kRejected, kStarted}},
                       {kSent, {kReceived, kAccepted, kRejected, kStarted}},
                       {kReceived, {kAccepted, kRejected, kStarted}},
                       {kAccepted, {kStarted}},
                       {kStarted, {}}};
  for (const Row& row : table) {
    EXPECT_FALSE(IsFinal(row.from));
    for (const InstructionState to : kAll) {
      const bool allowed = to == row.from || ends.contains(to) || row.beside_the_ends.contains(to);
      EXPECT_EQ(CheckInstructionTransition(In(row.from), to).ok(), allowed)
          << InstructionStateName(row.from) << " to " << InstructionStateName(to);
    }
  }
}

TEST(Transitions, NothingFollowsAnEndButItsRepeat) {
  for (const InstructionState end : {kRejected, kSucceeded, kPartial, kAborted, kRevoked, kSuperseded, kExpired}) {
    EXPECT_TRUE(IsFinal(end));
    for (const InstructionState to : kAll) {
      EXPECT_EQ(CheckInstructionTransition(In(end), to).ok(), to == end);
      EXPECT_EQ(CheckAcknowledgement(In(end), to).ok(), to == end);
    }
  }
}

TEST(Acknowledgement, DevicesReportOnlyWhatTheyDo) {
  for (const InstructionState to : {kSent, kRevoked, kSuperseded, kExpired}) {
    EXPECT_FALSE(CheckAcknowledgement(In(kNew), to).ok()) << InstructionStateName(to);
    EXPECT_TRUE(CheckInstructionTransition(In(kNew), to).ok()) << InstructionStateName(to);
  }
  for (const InstructionState to : {kReceived, kAccepted, kRejected, kStarted, kSucceeded, kPartial, kAborted}) {
    EXPECT_TRUE(CheckAcknowledgement(In(kSent), to).ok()) << "gateways skip states: " << InstructionStateName(to);
  }
}

TEST(Acknowledgement, RefusalSaysWhatIsAllowed) {
  const absl::Status refused = CheckAcknowledgement(In(kStarted), kAccepted);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(base::ReasonOf(refused), "INVALID_INSTRUCTION_TRANSITION");
  EXPECT_EQ(refused.message(),
            "instruction I-1 cannot go from STARTED to ACCEPTED; allowed now: SUCCEEDED,PARTIAL,ABORTED");
  const std::vector<std::pair<std::string, std::string>> metadata = {
      {"from", "STARTED"}, {"to", "ACCEPTED"}, {"allowed", "SUCCEEDED,PARTIAL,ABORTED"}};
  EXPECT_EQ(base::MetadataOf(refused), metadata);
  EXPECT_EQ(CheckAcknowledgement(In(kRevoked), kStarted).message(),
            "instruction I-1 cannot go from REVOKED to STARTED; it has ended");
}

TEST(Acknowledgement, OfTheEndComesAfterTheEnd) {
  const Instruction started = In(kStarted);
  EXPECT_EQ(started.StateAt(started.valid_until), kExpired);
  EXPECT_TRUE(CheckAcknowledgement(started, kSucceeded).ok());
}

TEST(State, IsExpiredFromValidUntilOnUnlessFinal) {
  for (const InstructionState state : kAll) {
    const Instruction instruction = In(state);
    EXPECT_EQ(instruction.StateAt(instruction.valid_until - absl::Nanoseconds(1)), state);
    EXPECT_EQ(instruction.StateAt(instruction.valid_until), IsFinal(state) ? state : kExpired);
  }
}

// What was done as told goes on until its end, so it can still be taken back.
TEST(Revoking, IsPossibleAsLongAsTheInstructionHolds) {
  for (const InstructionState state : kAll) {
    const Instruction instruction = In(state);
    const bool holds = !IsFinal(state) || state == kSucceeded;
    EXPECT_EQ(MayRevoke(instruction, instruction.valid_until - absl::Nanoseconds(1)), holds)
        << InstructionStateName(state);
    EXPECT_FALSE(MayRevoke(instruction, instruction.valid_until)) << InstructionStateName(state);
  }
}

TEST(Performance, IsTheShareDeliveredInBands) {
  struct Row {
    double requested_kw, delivered_kw, performance;
    PerformanceBand band;
  };
  constexpr PerformanceBand kFull = PerformanceBand::kFull, kProRata = PerformanceBand::kProRata,
                            kPenalty = PerformanceBand::kPenalty;
  for (const Row& row : {Row{100, 95, 0.95, kFull}, Row{100, 94, 0.94, kProRata}, Row{100, 80, 0.80, kProRata},
                         Row{100, 79, 0.79, kPenalty}, Row{-100, -96, 0.96, kFull}, Row{100, 120, 1.2, kFull},
                         Row{100, -10, 0, kPenalty}, Row{100, 0, 0, kPenalty}, Row{0, 0, 1, kFull},
                         Row{0, 3, 0, kPenalty}, Row{100, std::numeric_limits<double>::quiet_NaN(), 0, kPenalty}}) {
    EXPECT_DOUBLE_EQ(PerformanceOf(row.requested_kw, row.delivered_kw), row.performance);
    EXPECT_EQ(BandOf(PerformanceOf(row.requested_kw, row.delivered_kw)), row.band) << row.delivered_kw;
  }
}

TEST(InstructionControl, CarriesEveryField) {
  Instruction instruction = In(kSent);
  instruction.source = ControlSource::kEmergency;
  instruction.power_kw = 1;
  instruction.max_power_kw = 2;
  instruction.min_power_kw = 0;
  instruction.connect = true;
  instruction.issued_by = "operator-1";
  const Control control = ControlOf(instruction);
  EXPECT_EQ(control.source, ControlSource::kEmergency);
  EXPECT_EQ(control.control_id, "I-1");
  EXPECT_EQ(control.issued_by, "operator-1");
  EXPECT_EQ(control.power_kw, 1);
  EXPECT_EQ(control.max_power_kw, 2);
  EXPECT_EQ(control.min_power_kw, 0);
  EXPECT_EQ(control.connect, true);
  EXPECT_EQ(control.issued_at, kNow);
  EXPECT_EQ(control.starts_at, instruction.starts_at);
  EXPECT_EQ(control.valid_until, instruction.valid_until);
}

TEST(InstructionControl, EndsWithARefusalOrAWithdrawalAndNotWithSuccess) {
  for (const InstructionState state : kAll) {
    const Instruction instruction = In(state);
    const bool cut = IsFinal(state) && state != kSucceeded;
    EXPECT_EQ(ControlOf(instruction).valid_until, cut ? instruction.state_at : instruction.valid_until)
        << InstructionStateName(state);
  }
  Instruction late = In(kAborted);
  late.state_at = late.valid_until + absl::Hours(1);
  EXPECT_EQ(ControlOf(late).valid_until, late.valid_until) << "a late report prolongs nothing";
}

TEST(Instruction, ThatANewerOneFollowedIsSupersededAtItsEnd) {
  Instruction instruction = In(kStarted);
  EXPECT_EQ(instruction.StateAt(instruction.valid_until), kExpired);
  instruction.superseded_by = "I-2";
  EXPECT_EQ(instruction.StateAt(instruction.valid_until - absl::Seconds(1)), kStarted);
  EXPECT_EQ(instruction.StateAt(instruction.valid_until), kSuperseded);
}

}  // namespace
}  // namespace derms::domain
