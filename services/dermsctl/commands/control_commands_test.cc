// Commands of the control path against a real gRPC server over TLS: limits, defaults, instructions, set-points, why.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "libs/client/testing/tls_server.h"
#include "services/dermsctl/testing/fake_control.h"
#include "services/dermsctl/testing/run_dermsctl.h"

namespace derms::dermsctl {
namespace {

using client::testing::WriteTemporaryFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Outcome;
using testing::RunDermsctl;
using ::testing::SizeIs;

class ControlCommandsTest : public ::testing::Test {
 protected:
  Outcome Dermsctl(std::vector<std::string> words) {
    words.insert(words.end(), {"--emergency", server_.address(), "--ca", server_.ca_file()});
    return RunDermsctl(words);
  }
  Outcome PutLimit(std::vector<std::string> more) {
    std::vector<std::string> words = {"limits", "put", "FEEDER-12"};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {"--reason", "feeder 12 is hot"});
    return Dermsctl(words);
  }

  testing::Control control_;
  client::testing::TlsServer server_{&control_};
};

TEST_F(ControlCommandsTest, ALimitIsPutListedAndEnded) {
  const Outcome put = PutLimit(
      {"BATTERY-01", "--max-kw", "20", "--min-kw", "-12.5", "--until", "2026-05-04T08:00Z", "--primacy", "65"});
  EXPECT_EQ(put.exit_code, 0) << put.err;
  EXPECT_EQ(put.out,
            "limit FEEDER-12, revision 1: at most 20 kW, at least -12.5 kW for BATTERY-01, 1970-01-01T00:00:01Z to "
            "2026-05-04T08:00:00Z\n");
  const v1::StandingControl& limit = control_.limits.at("FEEDER-12");
  EXPECT_EQ(limit.der_id(), "BATTERY-01");
  EXPECT_EQ(limit.primacy(), 65);
  EXPECT_EQ(limit.power().max_power_kw(), 20);
  EXPECT_FALSE(limit.power().has_power_kw());
  EXPECT_EQ(limit.reason(), "feeder 12 is hot");
  EXPECT_EQ(
      Dermsctl({"limits", "list"}).out,
      "limit      scope       from                  until                 primacy  revision  by          program  "
      "says                              reason\n"
      "FEEDER-12  BATTERY-01  1970-01-01T00:00:01Z  2026-05-04T08:00:00Z       65         1  operator-1  -        "
      "at most 20 kW, at least -12.5 kW  feeder 12 is hot\n");
  EXPECT_THAT(Dermsctl({"limits", "end", "FEEDER-12"}).out, HasSubstr("to 1970-01-01T00:00:02Z"));
  const Outcome again = Dermsctl({"limits", "end", "FEEDER-12"});
  EXPECT_EQ(again.exit_code, 4);
  EXPECT_THAT(again.err, HasSubstr("LIMIT_NOT_FOUND"));
}

TEST_F(ControlCommandsTest, AListGoesThroughAllPagesOneObjectALine) {
  PutLimit({"region:NORTH", "--max-share", "0.5", "--for", "1h"});
  control_.limits["OTHER"].set_control_id("OTHER");
  const std::vector<std::string> lines =
      absl::StrSplit(Dermsctl({"limits", "list", "--json"}).out, '\n', absl::SkipEmpty());
  ASSERT_THAT(lines, SizeIs(2));
  v1::StandingControl limit;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(lines[0], &limit).ok());
  EXPECT_EQ(limit.region_id(), "NORTH");
  EXPECT_EQ(limit.der_id(), "");
  EXPECT_EQ(limit.power().max_power_share(), 0.5);
}

TEST_F(ControlCommandsTest, HowLongCountsFromTheStart) {
  PutLimit({"ALL_DERS", "--max-share", "1", "--from", "2026-05-04T08:00Z", "--for", "90m"});
  const v1::StandingControl& limit = control_.puts.at(0).limit();
  EXPECT_EQ(limit.der_id(), "ALL_DERS");
  EXPECT_EQ(limit.valid_until().seconds() - limit.starts_at().seconds(), 5400);
  EXPECT_FALSE(PutLimit({"ALL_DERS", "--max-share", "1", "--for", "90m"}).exit_code);
  EXPECT_FALSE(control_.puts.at(1).limit().has_starts_at()) << "the service's clock says what now is";
}

TEST_F(ControlCommandsTest, WithoutAnEndNothingIsSent) {
  const Outcome outcome = PutLimit({"BATTERY-01", "--max-kw", "20"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("END_MISSING"));
  EXPECT_THAT(control_.puts, IsEmpty());
}

TEST_F(ControlCommandsTest, ARehearsalAndTheRevisionKnownReachTheService) {
  const Outcome outcome =
      PutLimit({"BATTERY-01", "--max-kw", "0", "--for", "1h", "--dry-run", "--expected-revision", "4"});
  EXPECT_THAT(outcome.out, HasSubstr("would be limit FEEDER-12, revision 5: at most 0 kW"));
  EXPECT_EQ(control_.puts.at(0).expected_revision(), 4);
  EXPECT_TRUE(control_.puts.at(0).validate_only());
  EXPECT_TRUE(control_.puts.at(0).limit().power().has_max_power_kw()) << "0 kW is a limit, not the absence of one";
}

TEST_F(ControlCommandsTest, ADefaultHasASetpointALimitHasNone) {
  const Outcome outcome =
      Dermsctl({"defaults", "put", "IDLE", "ALL_DERS", "--power-share", "-0.1", "--for", "1h", "--reason", "x"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(control_.defaults.at(0).power().power_share(), -0.1);
  EXPECT_THAT(Dermsctl({"defaults", "list"}).out, HasSubstr("-10 %"));
  EXPECT_EQ(PutLimit({"BATTERY-01", "--power-kw", "20", "--for", "1h"}).exit_code, 2);
}

TEST_F(ControlCommandsTest, AnInstructionIsGivenAndSaysHowToTakeItBack) {
  const Outcome outcome =
      Dermsctl({"instruct", "BATTERY-01", "--power-kw", "-30", "--for", "1h", "--reason", "soak up solar"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "instruction  instruction-1\n"
            "tells        BATTERY-01 as OPERATOR: -30 kW\n"
            "holds        1970-01-01T01:00:00Z to 1970-01-01T02:00:00Z\n"
            "reason       soak up solar (operator-1)\n");
  EXPECT_EQ(outcome.err, "To take it back: dermsctl instructions revoke BATTERY-01 instruction-1\n");
  EXPECT_EQ(Dermsctl({"instructions", "revoke", "BATTERY-01", "instruction-1"}).out,
            "instruction instruction-1 for BATTERY-01 is REVOKED\n");
  EXPECT_EQ(Dermsctl({"instructions", "revoke", "BATTERY-01", "instruction-2"}).exit_code, 4);
}

TEST_F(ControlCommandsTest, ConnectionIsSaidOnlyWhereItIsMeant) {
  const auto tell = [this](std::vector<std::string> more) {
    std::vector<std::string> words = {"instruct", "SOLAR-01", "--for", "10m", "--reason", "x"};
    words.insert(words.end(), more.begin(), more.end());
    return Dermsctl(words).exit_code;
  };
  EXPECT_EQ(tell({"--disconnect"}), 0);
  EXPECT_EQ(tell({"--connect", "--from", "2026-05-04T08:00Z"}), 0);
  EXPECT_EQ(tell({"--max-share", "0.5", "--dry-run"}), 0);
  EXPECT_EQ(tell({"--connect", "--disconnect"}), 2);
  ASSERT_THAT(control_.issued, SizeIs(3));
  EXPECT_TRUE(control_.issued[0].has_connect() && !control_.issued[0].connect());
  EXPECT_TRUE(control_.issued[1].connect());
  EXPECT_EQ(control_.issued[1].starts_at().seconds(), 1'777'881'600);
  EXPECT_FALSE(control_.issued[2].has_connect());
  EXPECT_TRUE(control_.issued[2].validate_only());
}

TEST_F(ControlCommandsTest, InstructionsAreAskedForByDerSourceControlAndState) {
  Dermsctl({"instruct", "SOLAR-01", "--disconnect", "--for", "10m", "--reason", "arc fault"});
  control_.instructions.at(0).set_detail("escape \x1b[31m");
  const Outcome outcome = Dermsctl({"instructions", "list", "--der", "SOLAR-01", "--source", "emergency", "--control",
                                    "order-1", "--state", "rejected", "--state", "aborted"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("SOLAR-01  OPERATOR  instruction-1"));
  EXPECT_THAT(outcome.out, HasSubstr("disconnect  escape ?[31m"));
  EXPECT_EQ(control_.asked.der_id(), "SOLAR-01");
  EXPECT_EQ(control_.asked.control_id(), "order-1");
  EXPECT_EQ(control_.asked.source(), v1::CONTROL_SOURCE_EMERGENCY);
  EXPECT_THAT(control_.asked.states(), ElementsAre(v1::INSTRUCTION_STATE_REJECTED, v1::INSTRUCTION_STATE_ABORTED));
  EXPECT_EQ(Dermsctl({"instructions", "list", "--source", "rumour"}).exit_code, 2);
}

TEST_F(ControlCommandsTest, OneAcknowledgementEndsWithItsOwnRefusal) {
  const Outcome taken = Dermsctl({"instructions", "acknowledge", "BATTERY-01", "--source", "operator", "--control",
                                  "instruction-1", "--state", "partial", "--delivered-kw", "0"});
  EXPECT_EQ(taken.exit_code, 0) << taken.err;
  EXPECT_EQ(taken.out, "OPERATOR instruction-1 is PARTIAL by BATTERY-01\n");
  ASSERT_THAT(control_.acknowledged, SizeIs(1));
  EXPECT_TRUE(control_.acknowledged[0].has_delivered_kw());
  EXPECT_THAT(control_.acknowledged[0].request_id(), SizeIs(36));
  const Outcome refused = Dermsctl({"instructions", "acknowledge", "STRANGER", "--source", "limit", "--control",
                                    "FEEDER-12", "--state", "received"});
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_EQ(refused.err, "dermsctl: DER_NOT_FOUND: no DER STRANGER is registered\n");
  EXPECT_EQ(Dermsctl({"instructions", "acknowledge"}).exit_code, 2);
}

TEST_F(ControlCommandsTest, ManyAcknowledgementsAreCountedByReason) {
  const std::string file = WriteTemporaryFile("acknowledgements.csv",
                                              "der_id,source,control_id,state,detail,delivered_kw\n"
                                              "A,schedule,run-1,STARTED,,\n"
                                              "B,schedule,run-1,partial,derated by heat,70\n"
                                              "STRANGER,schedule,run-1,started,,\n"
                                              "C,schedule,run-1,perhaps,,\n"
                                              "D,schedule,,started,,\n");
  const Outcome outcome = Dermsctl({"instructions", "acknowledge", "--file", file});
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_EQ(outcome.out,
            "5 acknowledgements: 2 taken, 3 rejected\n"
            "  1 DER_NOT_FOUND\n"
            "  1 INVALID_ACKNOWLEDGEMENT\n"
            "  1 UNKNOWN_WORD\n");
  ASSERT_THAT(control_.acknowledged, SizeIs(2));
  EXPECT_EQ(control_.acknowledged[1].detail(), "derated by heat");
  EXPECT_EQ(control_.acknowledged[1].delivered_kw(), 70);
  EXPECT_FALSE(control_.acknowledged[0].has_delivered_kw());
}

v1::Setpoint PointOf(const std::string& der_id, double power_kw) {
  v1::Setpoint point;
  point.set_der_id(der_id);
  point.set_power_kw(power_kw);
  point.set_connected(true);
  point.set_source(v1::CONTROL_SOURCE_SCHEDULE);
  point.set_control_id("run-1");
  point.mutable_valid_until()->set_seconds(300);
  return point;
}

TEST_F(ControlCommandsTest, SetpointsOfAllArePaged) {
  control_.setpoints = {PointOf("BATTERY-01", 20), PointOf("SOLAR-01", 1'234'567.5)};
  control_.setpoints[0].set_max_power_kw(20);
  const Outcome outcome = Dermsctl({"setpoints"});
  EXPECT_EQ(outcome.out,
            "der                kW  at most  at least  connected  source    control  until\n"
            "BATTERY-01         20       20         -  yes        SCHEDULE  run-1    1970-01-01T00:05:00Z\n"
            "SOLAR-01    1234567.5        -         -  yes        SCHEDULE  run-1    1970-01-01T00:05:00Z\n");
  EXPECT_EQ(outcome.err, "2 DERs, 1,234,587.5 kW\n");
  const std::vector<std::string> lines =
      absl::StrSplit(Dermsctl({"setpoints", "--json", "-q"}).out, '\n', absl::SkipEmpty());
  EXPECT_THAT(lines, SizeIs(2));
}

TEST_F(ControlCommandsTest, NamesGoInCallsThatTheServiceTakes) {
  std::vector<std::string> words = {"setpoints", "--json"};
  for (int i = 0; i < 1001; ++i) words.push_back(absl::StrCat("DER-", i));
  words.emplace_back("DER-7");
  const Outcome outcome = Dermsctl(words);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(control_.polls, ElementsAre(1000, 1)) << "a name given twice is asked for once";
}

v1::WhySetpointResponse ScheduleUnderALimit() {
  v1::WhySetpointResponse why;
  why.set_summary("20 kW: 100 kW by schedule run-1 (planner), lowered to 20 kW by limit FEEDER-12");
  v1::Control& limit = *why.add_controls();
  limit.set_source(v1::CONTROL_SOURCE_LIMIT);
  limit.set_control_id("FEEDER-12");
  limit.set_primacy(65);
  limit.set_max_power_kw(20);
  limit.mutable_starts_at()->set_seconds(-62'135'596'800);
  limit.mutable_valid_until()->set_seconds(253'402'300'799);
  v1::Control& schedule = *why.add_controls();
  schedule.set_source(v1::CONTROL_SOURCE_SCHEDULE);
  schedule.set_control_id("run-1");
  schedule.set_power_kw(100);
  schedule.mutable_valid_until()->set_seconds(3600);
  v1::Clip& clip = *why.add_clips();
  clip.set_from_kw(100);
  clip.set_to_kw(20);
  clip.set_control_index(0);
  clip.set_reason("MAX_POWER");
  v1::LostControl& lost = *why.add_lost();
  lost.set_control_index(1);
  lost.set_field(v1::CONTROL_FIELD_POWER);
  lost.set_reason("OVER");
  lost.set_summary("it ended");
  return why;
}

TEST_F(ControlCommandsTest, WhyIsASentenceThenWhatItRestsOn) {
  control_.why = ScheduleUnderALimit();
  const Outcome outcome = Dermsctl({"why", "BATTERY-01", "--at", "2026-05-04T08:00Z"});
  EXPECT_EQ(outcome.out,
            "20 kW: 100 kW by schedule run-1 (planner), lowered to 20 kW by limit FEEDER-12\n"
            "\n"
            "source    control    primacy  by  given  from  until                 says\n"
            "LIMIT     FEEDER-12       65  -   -      -     -                     at most 20 kW\n"
            "SCHEDULE  run-1            -  -   -      -     1970-01-01T01:00:00Z  100 kW\n"
            "\n"
            "clip       from kW  to kW  control\n"
            "MAX_POWER      100     20  FEEDER-12\n"
            "\n"
            "lost  field  why\n"
            "OVER  POWER  it ended\n");
  EXPECT_EQ(control_.why_asked.der_id(), "BATTERY-01");
  EXPECT_EQ(control_.why_asked.at().seconds(), 1'777'881'600);
  v1::WhySetpointResponse whole;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(Dermsctl({"why", "BATTERY-01", "--json"}).out, &whole).ok());
  EXPECT_EQ(whole.SerializeAsString(), control_.why.SerializeAsString());
  EXPECT_FALSE(control_.why_asked.has_at()) << "the service's clock says what now is";
}

TEST_F(ControlCommandsTest, WhereNothingIsAskedTheSentenceIsAll) {
  control_.why.set_summary("0 kW by fail-safe, as nobody gives a set-point");
  EXPECT_EQ(Dermsctl({"why", "BATTERY-01"}).out, "0 kW by fail-safe, as nobody gives a set-point\n");
}

}  // namespace
}  // namespace derms::dermsctl
