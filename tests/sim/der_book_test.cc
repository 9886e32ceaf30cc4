#include "tests/sim/der_book.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "libs/wire/convert_time.h"

namespace derms::sim {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);
constexpr const char* kOrder = "order-1";

SimulatedDer Battery(const std::string& der_id, double energy_kwh = 200) {
  DerTraits traits{.der_id = der_id, .type = domain::DerType::kBattery, .capacity_kw = 100};
  traits.parameters.ramp_up_kw_per_min = traits.parameters.ramp_down_kw_per_min = 600;  // 10 kW a second
  traits.parameters.energy_capacity_kwh = 400;
  traits.parameters.charge_capacity_kw = 100;
  traits.parameters.initial_energy_kwh = energy_kwh;
  return {traits, 1, kStart};
}

v1::Setpoint Tell(const std::string& der_id, double power_kw, v1::ControlSource source, const std::string& control_id,
                  absl::Duration lasts = absl::Hours(1)) {
  v1::Setpoint setpoint;
  setpoint.set_der_id(der_id);
  setpoint.set_power_kw(power_kw);
  setpoint.set_connected(true);
  setpoint.set_source(source);
  setpoint.set_control_id(control_id);
  *setpoint.mutable_valid_until() = wire::ToProto(kStart + lasts);
  return setpoint;
}

v1::WatchSetpointsResponse MessageOf(const std::vector<v1::Setpoint>& setpoints, absl::Time at) {
  v1::WatchSetpointsResponse message;
  for (const auto& setpoint : setpoints) *message.add_setpoints() = setpoint;
  *message.mutable_holds_until() = wire::ToProto(at + absl::Minutes(1));
  return message;
}

class DerBookTest : public testing::Test {
 protected:
  void Make(const FaultOptions& faults = {}, double energy_kwh = 200) {
    std::vector<SimulatedDer> ders;
    for (const char* der_id : {"A", "B"}) ders.push_back(Battery(der_id, energy_kwh));
    book_.emplace(std::move(ders), faults);
  }
  auto Hear(const std::vector<v1::Setpoint>& setpoints) { return book_->Hear(MessageOf(setpoints, now_), now_); }
  auto HearOrder() {
    auto message = MessageOf({}, now_);
    auto& order = *message.add_orders();
    order.set_emergency_id(kOrder);
    order.set_power_kw(0);
    order.set_connected(true);
    *order.mutable_valid_until() = wire::ToProto(kStart + absl::Hours(1));
    return book_->Hear(message, now_);
  }
  int Pass(int seconds) {
    now_ += absl::Seconds(seconds);
    return book_->Advance(now_);
  }
  // What is said now, as "A STARTED"; and answered.
  std::vector<std::string> Say() {
    const auto request = book_->TakeAcknowledgements(100);
    std::vector<std::string> said;
    for (const auto& item : request.items()) {
      said.push_back(item.der_id() + " " + v1::InstructionState_Name(item.state()).substr(18));
    }
    book_->Answered(request);
    return said;
  }
  using Said = std::vector<std::string>;

  std::optional<DerBook> book_;
  absl::Time now_ = kStart;
};

TEST_F(DerBookTest, AnInstructionIsFollowedFromHearingToItsEnd) {
  Make();
  Hear({Tell("A", 50, v1::CONTROL_SOURCE_OPERATOR, "i-1")});
  EXPECT_EQ(Say(), Said{"A RECEIVED"});
  Pass(0);
  EXPECT_EQ(Say(), Said{"A ACCEPTED"});
  Pass(1);
  EXPECT_EQ(Say(), Said{"A STARTED"});
  Pass(1);
  EXPECT_EQ(Say(), Said{}) << "nothing new";
  Pass(10);
  EXPECT_EQ(Say(), Said{"A SUCCEEDED"});
  EXPECT_EQ(book_->der(0).power_kw(), 50);
  EXPECT_EQ(book_->der(1).power_kw(), 0);
}

TEST_F(DerBookTest, SchedulesAndDefaultsAreFollowedWithoutAWord) {
  Make();
  Hear({Tell("A", 20, v1::CONTROL_SOURCE_SCHEDULE, "run"), Tell("B", -10, v1::CONTROL_SOURCE_DEFAULT, "d")});
  Pass(5);
  EXPECT_EQ(Say(), Said{});
  EXPECT_EQ(book_->der(0).power_kw(), 20);
  EXPECT_EQ(book_->der(1).power_kw(), -10);
}

TEST_F(DerBookTest, AnOrderBindsEveryDerAndWhatWasBeforeHoldsAgainWhenItIsTold) {
  Make();
  const auto before = {Tell("A", 50, v1::CONTROL_SOURCE_OPERATOR, "i-1"),
                       Tell("B", 30, v1::CONTROL_SOURCE_SCHEDULE, "run")};
  Hear(before);
  Pass(10);
  Say();
  EXPECT_EQ(HearOrder().at(kOrder), 2);
  EXPECT_EQ(HearOrder().size(), 0U) << "it is known";
  EXPECT_EQ(Say(), (Said{"A RECEIVED", "B RECEIVED"}));
  Pass(10);
  EXPECT_EQ(Say(), (Said{"A SUCCEEDED", "B SUCCEEDED"}));
  EXPECT_EQ(book_->der(0).power_kw(), 0);
  Hear(before);
  Pass(10);
  EXPECT_EQ(book_->der(0).power_kw(), 50);
  EXPECT_EQ(book_->der(1).power_kw(), 30);
  EXPECT_EQ(Say(), Said{}) << "A has succeeded before";
}

TEST_F(DerBookTest, WhatWasNotAnsweredIsSaidAgain) {
  Make();
  Hear({Tell("A", 50, v1::CONTROL_SOURCE_OPERATOR, "i-1")});
  EXPECT_EQ(book_->TakeAcknowledgements(100).items_size(), 1);
  EXPECT_EQ(book_->TakeAcknowledgements(100).items_size(), 0) << "it is under way";
  book_->Unanswered();
  Pass(10);
  EXPECT_EQ(Say(), Said{"A SUCCEEDED"}) << "as far as it has come by now";
  EXPECT_EQ(Say(), Said{});
}

TEST_F(DerBookTest, ABatchHasRoomForSoMany) {
  Make();
  HearOrder();
  EXPECT_EQ(book_->TakeAcknowledgements(1).items_size(), 1);
  EXPECT_EQ(book_->TakeAcknowledgements(100).items_size(), 1);
}

TEST_F(DerBookTest, DeafOnesFollowAndSayNothing) {
  Make({.deaf_share = 1});
  Hear({Tell("A", 50, v1::CONTROL_SOURCE_OPERATOR, "i-1")});
  Pass(10);
  EXPECT_EQ(Say(), Said{});
  EXPECT_EQ(book_->der(0).power_kw(), 50);
}

TEST_F(DerBookTest, ThoseThatRejectStayAsTheyWere) {
  Make({.reject_share = 1});
  Hear({Tell("A", 50, v1::CONTROL_SOURCE_OPERATOR, "i-1")});
  Pass(0);
  const auto request = book_->TakeAcknowledgements(100);
  EXPECT_EQ(request.items(0).state(), v1::INSTRUCTION_STATE_REJECTED);
  EXPECT_FALSE(request.items(0).detail().empty());
  Pass(10);
  EXPECT_EQ(book_->der(0).power_kw(), 0);
}

TEST_F(DerBookTest, ThoseThatGiveUpSayHowFarTheyCame) {
  Make({.abort_share = 1});
  Hear({Tell("A", 50, v1::CONTROL_SOURCE_OPERATOR, "i-1")});
  Pass(0);
  EXPECT_EQ(Say(), Said{"A ACCEPTED"});
  Pass(2);
  const auto request = book_->TakeAcknowledgements(100);
  EXPECT_EQ(request.items(0).state(), v1::INSTRUCTION_STATE_ABORTED);
  EXPECT_FALSE(request.items(0).detail().empty());
  EXPECT_EQ(request.items(0).delivered_kw(), 20);
}

TEST_F(DerBookTest, LateOnesAnswerAndBeginLate) {
  const FaultOptions faults{.late_share = 1, .late_most = absl::Seconds(1000)};
  Make(faults);
  Hear({Tell("A", 50, v1::CONTROL_SOURCE_OPERATOR, "i-1")});
  EXPECT_EQ(Say(), Said{"A RECEIVED"}) << "the gateway has it";
  const int late = static_cast<int>(absl::ToInt64Seconds(FaultsOf(faults, "A").late));
  ASSERT_GT(late, 1);
  for (int passed = 0; passed < late; passed += 30) {
    Pass(std::min(30, late - passed));
    Hear({});
  }
  EXPECT_EQ(Say(), Said{});
  EXPECT_EQ(book_->der(0).power_kw(), 0);
  Pass(2);
  EXPECT_EQ(Say().size(), 1U);
}

TEST_F(DerBookTest, AnEmptyStoreSaysThatItGaveAPart) {
  Make({}, 0.02);  // gone before the ramp is up
  Hear({Tell("A", 50, v1::CONTROL_SOURCE_OPERATOR, "i-1")});
  for (int second = 0; second < 20; ++second) Pass(1);
  const auto request = book_->TakeAcknowledgements(100);
  ASSERT_EQ(request.items(0).state(), v1::INSTRUCTION_STATE_PARTIAL);
  EXPECT_TRUE(request.items(0).has_delivered_kw());
}

TEST_F(DerBookTest, WhatIsNotReachedInItsTimeIsDoneInPart) {
  Make();
  Hear({Tell("A", 100, v1::CONTROL_SOURCE_OPERATOR, "i-1", absl::Seconds(6))});
  Pass(2);
  EXPECT_EQ(Say(), Said{"A STARTED"});
  Pass(3);
  const auto request = book_->TakeAcknowledgements(100);
  ASSERT_EQ(request.items(0).state(), v1::INSTRUCTION_STATE_PARTIAL) << "before its time is over";
  EXPECT_EQ(request.items(0).delivered_kw(), 50);
}

TEST_F(DerBookTest, WhoHearsNothingFallsBackToNoPowerOnce) {
  Make();
  Hear({Tell("A", 50, v1::CONTROL_SOURCE_SCHEDULE, "run")});
  EXPECT_EQ(Pass(59), 0);
  EXPECT_EQ(book_->der(0).power_kw(), 50);
  EXPECT_EQ(Pass(1), 2);
  EXPECT_EQ(Pass(10), 0) << "it has already";
  EXPECT_EQ(book_->der(0).power_kw(), 0);
  Hear({});
  Pass(10);
  EXPECT_EQ(book_->der(0).power_kw(), 50) << "what was told last holds again";
}

TEST_F(DerBookTest, ReadingsTellPowerAndEnergy) {
  Make();
  Hear({Tell("A", 50, v1::CONTROL_SOURCE_SCHEDULE, "run")});
  Pass(10);
  const auto readings = book_->Readings(now_);
  ASSERT_EQ(readings.readings_size(), 2);
  EXPECT_EQ(readings.readings(0).der_id(), "A");
  EXPECT_EQ(readings.readings(0).power_kw(), 50);
  EXPECT_LT(readings.readings(0).state_of_charge_kwh(), 200);
}

TEST_F(DerBookTest, ADerThatIsNoLongerTheGatewaysIsLetGo) {
  Make();
  Hear({Tell("A", 50, v1::CONTROL_SOURCE_OPERATOR, "i-1")});
  v1::WatchSetpointsResponse message = MessageOf({}, now_);
  message.add_removed_der_ids("A");
  book_->Hear(message, now_);
  Pass(20);
  EXPECT_EQ(Say(), Said{});
  EXPECT_EQ(book_->der(0).power_kw(), 0);
}

}  // namespace
}  // namespace derms::sim
