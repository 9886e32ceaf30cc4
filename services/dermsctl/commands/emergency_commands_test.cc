// Commands of emergency orders against a real gRPC server over TLS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/client/testing/tls_server.h"
#include "services/dermsctl/testing/fake_services.h"
#include "services/dermsctl/testing/run_dermsctl.h"

namespace derms::dermsctl {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Outcome;
using testing::RunDermsctl;
using testing::Setting;
using ::testing::SizeIs;

class EmergencyCommandsTest : public ::testing::Test {
 protected:
  Outcome Dermsctl(std::vector<std::string> words, const Setting& setting = {}) {
    words.insert(words.end(), {"--emergency", server_.address(), "--ca", server_.ca_file()});
    return RunDermsctl(words, setting);
  }

  testing::Emergency emergency_;
  client::testing::TlsServer server_{&emergency_};
};

std::vector<std::string> AllocateAll(std::vector<std::string> more = {}) {
  std::vector<std::string> words = {"emergency", "allocate", "ALL_DERS", "--power-kw", "0", "--minutes",
                                    "5",         "--reason", "drill",    "--expect",   "36"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST_F(EmergencyCommandsTest, AnOrderIsFollowedUntilItHasEnded) {
  const Outcome outcome = Dermsctl({"emergency", "watch", "7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(
      outcome.out,
      "2020-09-13T12:26:40Z  ACTIVE  20 of 32 told, 0 acknowledged, 0 unresponsive\n"
      "2020-09-13T12:26:40Z  RELEASED  32 told, 30 acknowledged, 2 unresponsive, 288.0 kW of 320.0 kW by 30 DERs: "
      "90.0 %, PRO_RATA\n");
  EXPECT_THAT(outcome.err, HasSubstr("--unresponsive"));
}

TEST_F(EmergencyCommandsTest, TakingEverythingOverNeedsYesWhenNobodyCanBeAsked) {
  const Outcome outcome = Dermsctl(AllocateAll(), {.input = "ALL_DERS\n"});
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_THAT(outcome.err, HasSubstr("CONFIRMATION_MISSING"));
  EXPECT_THAT(emergency_.requests, IsEmpty());
  EXPECT_EQ(Dermsctl(AllocateAll({"--yes"})).exit_code, 0);
  ASSERT_EQ(emergency_.requests.size(), 1u);
  EXPECT_EQ(emergency_.requests[0].expected_count(), 36);
  EXPECT_EQ(emergency_.requests[0].duration().seconds(), 300);
  EXPECT_TRUE(emergency_.requests[0].has_power_kw());
}

TEST_F(EmergencyCommandsTest, OnATerminalItSaysWhatItWouldDoAndAsksForTheWord) {
  const Terminal terminal{.in = true, .out = true, .err = true};
  const Outcome wrong = Dermsctl(AllocateAll(), {.terminal = terminal, .input = "yes\n"});
  EXPECT_EQ(wrong.exit_code, 5);
  EXPECT_THAT(wrong.err, HasSubstr("this takes over 36 DERs: CURTAIL_ALL 0.0 kW for 5.0 min"));
  EXPECT_THAT(wrong.err, HasSubstr("NOT_CONFIRMED: nothing was done"));
  EXPECT_THAT(emergency_.live, IsEmpty());
  EXPECT_EQ(Dermsctl(AllocateAll(), {.terminal = terminal, .input = "ALL_DERS\n"}).exit_code, 0);
  EXPECT_THAT(emergency_.live, SizeIs(1));
}

TEST_F(EmergencyCommandsTest, ARehearsalIsNotAsked) {
  EXPECT_EQ(Dermsctl(AllocateAll({"--dry-run"})).exit_code, 0);
  EXPECT_TRUE(emergency_.requests[0].validate_only());
}

TEST_F(EmergencyCommandsTest, ReleaseAllEndsEveryLiveOrder) {
  emergency_.live = {"a", "b"};
  EXPECT_EQ(Dermsctl({"emergency", "release", "--all"}).out, "2 orders: 2 released\n");
  EXPECT_THAT(emergency_.live, IsEmpty());
  EXPECT_EQ(Dermsctl({"emergency", "release"}).exit_code, 2);
}

TEST_F(EmergencyCommandsTest, AnOrderMayWaitForASecondPersonWhoApprovesOrDeclines) {
  const Outcome asked = Dermsctl(AllocateAll({"--yes", "--require-approval"}));
  EXPECT_TRUE(emergency_.requests.at(0).require_approval());
  EXPECT_THAT(asked.err, HasSubstr("binds nobody until another person says: dermsctl emergency approve order-1"));
  EXPECT_THAT(emergency_.live, IsEmpty());
  const Outcome approved = Dermsctl({"emergency", "approve", "order-1", "--expect", "37"});
  EXPECT_THAT(approved.out, HasSubstr("decision   approved by admin-1, at "));
  EXPECT_EQ(emergency_.verdicts.at(0).expected_count(), 37);
  EXPECT_FALSE(emergency_.verdicts.at(0).decline());
  const Outcome declined = Dermsctl({"emergency", "decline", "order-2", "--reason", "too much"});
  EXPECT_EQ(declined.exit_code, 0);
  EXPECT_THAT(declined.out, HasSubstr("decision   declined by admin-1: too much, at "));
  EXPECT_THAT(declined.out, HasSubstr("which never came"));
  EXPECT_TRUE(emergency_.verdicts.at(1).decline());
  EXPECT_EQ(emergency_.verdicts.at(1).reason(), "too much");
  EXPECT_EQ(Dermsctl({"emergency", "decline", "order-2"}).exit_code, 2) << "it needs a reason";
}

TEST_F(EmergencyCommandsTest, NegativePowerIsAValueNotAnOption) {
  EXPECT_EQ(
      Dermsctl({"emergency", "allocate", "region:NORTH", "--power-kw", "-500", "--minutes", "0.5", "--reason", "x"})
          .exit_code,
      0);
  EXPECT_EQ(emergency_.requests[0].power_kw(), -500);
  EXPECT_EQ(emergency_.requests[0].region_id(), "NORTH");
  EXPECT_EQ(emergency_.requests[0].duration().seconds(), 30);
}

TEST_F(EmergencyCommandsTest, AnOrderMayBeOfAnyKindAndSayHowDersComeBack) {
  const Outcome outcome =
      Dermsctl({"emergency", "allocate", "region:NORTH", "--power-kw", "0", "--minutes", "1", "--reason", "x", "--kind",
                "cease-to-energize", "--restore-delay", "0", "--restore-window", "2.5"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  ASSERT_EQ(emergency_.requests.size(), 1u);
  EXPECT_EQ(emergency_.requests[0].kind(), v1::EMERGENCY_KIND_CEASE_TO_ENERGIZE);
  const v1::RestorationTerms& terms = emergency_.requests[0].restoration();
  EXPECT_TRUE(terms.has_delay());
  EXPECT_EQ(terms.delay().seconds(), 0);
  EXPECT_EQ(terms.window().seconds(), 2);
  EXPECT_EQ(terms.window().nanos(), 500'000'000);
  EXPECT_FALSE(terms.has_ramp());
  EXPECT_EQ(Dermsctl({"emergency", "allocate", "region:NORTH", "--power-kw", "0", "--minutes", "1", "--reason", "x",
                      "--kind", "vanish"})
                .exit_code,
            2);
}

}  // namespace
}  // namespace derms::dermsctl
