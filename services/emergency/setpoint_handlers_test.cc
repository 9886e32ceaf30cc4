#include "services/emergency/setpoint_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/mock_control_queries.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"
#include "libs/wire/convert_time.h"
#include "services/emergency/testing/keeping_committer.h"

namespace derms::emergency {
namespace {

using domain::ControlSource;
using domain::Instruction;
using server::testing::Admin;
using server::testing::BatteryOf;
using server::testing::CallAs;
using server::testing::kNow;
using server::testing::Operator;
using server::testing::Owner;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Return;
using ::testing::SizeIs;

Instruction Told(ControlSource source, const std::string& control_id, std::optional<double> power_kw) {
  Instruction instruction;
  instruction.der_id = "BAT_1";
  instruction.source = source;
  instruction.control_id = control_id;
  instruction.power_kw = power_kw;
  instruction.issued_at = instruction.starts_at = instruction.state_at = kNow - absl::Minutes(1);
  instruction.valid_until = kNow + absl::Minutes(30);
  instruction.issued_by = "operator-1";
  instruction.revision = 1;
  return instruction;
}

domain::StandingControl LimitOf(double max_power_kw) {
  domain::StandingControl limit;
  limit.control_id = "FEEDER-12";
  limit.der_id = "BAT_1";
  limit.primacy = 65;
  limit.power.max_power_kw = max_power_kw;
  limit.starts_at = limit.put_at = kNow - absl::Hours(1);
  limit.valid_until = kNow + absl::Hours(1);
  limit.put_by = "operator-1";
  limit.revision = 1;
  return limit;
}

domain::EmergencyOrder ShutdownOfNorth() {
  domain::EmergencyOrder order;
  order.emergency_id = "order-1";
  order.region_id = "NORTH";
  order.starts_at = kNow - absl::Minutes(1);
  order.ends_at = kNow + absl::Minutes(9);
  order.issued_by = "operator-1";
  order.revision = 1;
  return order;
}

class SetpointHandlersTest : public ::testing::Test {
 protected:
  SetpointHandlersTest() {
    fleet_.PutDer(BatteryOf("BAT_1"));
    fleet_.PutDer(BatteryOf("BAT_2"));
    domain::Der south = BatteryOf("BAT_3", "owner-2");
    south.region_id = "SOUTH";
    fleet_.PutDer(south);
    ON_CALL(queries_, LoadPlannedStates(_, _, _, _, _)).WillByDefault(Return(domain::PlannedStates()));
    ON_CALL(controls_, LoadAsked(_, _, _, _)).WillByDefault([this] { return asked_; });
  }
  auto Poll(domain::Caller caller, const std::vector<std::string>& der_ids = {}, const std::string& token = "") {
    server::Call call = CallAs(std::move(caller));
    v1::PollSetpointsRequest request;
    for (const std::string& id : der_ids) request.add_der_ids(id);
    request.set_page_size(1);
    request.set_page_token(token);
    return handlers_.PollSetpoints(call, request);
  }
  v1::Setpoint PointOfBat1() { return Poll(Admin(), {"BAT_1"}).value().setpoints(0); }
  auto Why(domain::Caller caller, std::optional<absl::Time> at = std::nullopt) {
    server::Call call = CallAs(std::move(caller));
    v1::WhySetpointRequest request;
    request.set_der_id("BAT_1");
    if (at) *request.mutable_at() = wire::ToProto(*at);
    return handlers_.WhySetpoint(call, request);
  }
  void LockOut() {
    domain::Der in_work = BatteryOf("BAT_1");
    in_work.stored_status = domain::DerStatus::kMaintenance;
    fleet_.PutDer(in_work);
  }
  std::vector<std::string> AllPagesOf(const domain::Caller& caller) {
    std::vector<std::string> ids;
    std::string token;
    do {
      const auto page = Poll(caller, {}, token).value();
      for (const auto& point : page.setpoints()) ids.push_back(point.der_id());
      token = page.next_page_token();
    } while (!token.empty());
    return ids;
  }

  server::testing::TestFleet fleet_;
  store::AskedOfDers asked_;  // what the store answers
  ::testing::NiceMock<server::testing::MockQueries> queries_;
  ::testing::NiceMock<server::testing::MockControlQueries> controls_;
  base::ManualClock clock_{kNow};
  server::testing::CountingIds ids_;
  HeadroomBook book_{clock_, ids_};
  ControlSheets sheets_{fleet_, queries_, controls_, book_};
  testing::KeepingCommitter committer_;
  SentInstructions sent_{committer_, clock_, absl::InfiniteDuration()};
  SetpointHandlers handlers_{fleet_, sheets_, sent_};
};

TEST_F(SetpointHandlersTest, WhereNobodySaysAnythingItIsFailSafe) {
  const v1::Setpoint point = PointOfBat1();
  EXPECT_TRUE(point.has_power_kw() && point.has_connected()) << "0 is said, not left out";
  EXPECT_EQ(point.power_kw(), 0);
  EXPECT_TRUE(point.connected());
  EXPECT_FALSE(point.has_max_power_kw());
  EXPECT_EQ(point.source(), v1::CONTROL_SOURCE_FAIL_SAFE);
  EXPECT_EQ(wire::FromProto(point.valid_until()), kNow + kSetpointLife);
}

TEST_F(SetpointHandlersTest, TheStrongestIsClippedByTheLimit) {
  asked_.instructions = {Told(ControlSource::kOwner, "wish", 5), Told(ControlSource::kOperator, "word", 90)};
  asked_.standing = {LimitOf(20)};
  const v1::Setpoint point = PointOfBat1();
  EXPECT_EQ(point.power_kw(), 20);
  EXPECT_EQ(point.max_power_kw(), 20);
  EXPECT_EQ(point.control_id(), "word") << "what acknowledgements name";
}

TEST_F(SetpointHandlersTest, ASetpointEndsWithWhatItComesFrom) {
  asked_.instructions = {Told(ControlSource::kOperator, "word", 90)};
  asked_.instructions[0].valid_until = kNow + absl::Minutes(2);
  EXPECT_EQ(wire::FromProto(PointOfBat1().valid_until()), kNow + absl::Minutes(2));
}

TEST_F(SetpointHandlersTest, InMaintenanceItIsOffTheGrid) {
  LockOut();
  asked_.instructions = {Told(ControlSource::kOperator, "word", 90)};
  const v1::Setpoint point = PointOfBat1();
  EXPECT_FALSE(point.connected());
  EXPECT_EQ(point.power_kw(), 0);
  EXPECT_EQ(point.source(), v1::CONTROL_SOURCE_LOCK_OUT);
}

TEST_F(SetpointHandlersTest, AnOrderCountsOnceAlsoWhenTheDerWasToldItByItself) {
  asked_.orders = {ShutdownOfNorth()};
  EXPECT_THAT(Why(Admin())->controls(), SizeIs(1));
  asked_.instructions = {Told(ControlSource::kEmergency, "order-1", 0)};
  EXPECT_THAT(Why(Admin())->controls(), SizeIs(1)) << "the instruction stands for the order";
  EXPECT_EQ(Why(Admin())->controls(0).issued_by(), "operator-1");
  EXPECT_FALSE(Why(Admin())->controls(0).has_max_power_kw());
}

TEST_F(SetpointHandlersTest, AMereAcknowledgementDoesNotStandForTheOrder) {
  asked_.orders = {ShutdownOfNorth()};
  asked_.instructions = {Told(ControlSource::kEmergency, "order-1", std::nullopt),
                         Told(ControlSource::kOperator, "word", 90)};
  const v1::Setpoint point = PointOfBat1();
  EXPECT_EQ(point.source(), v1::CONTROL_SOURCE_EMERGENCY);
  EXPECT_EQ(point.power_kw(), 0);
  EXPECT_EQ(point.max_power_kw(), 0);
}

TEST_F(SetpointHandlersTest, NamedOnesComeByIdAndOnce) {
  const auto page = Poll(Owner(), {"BAT_2", "BAT_1", "BAT_2"});
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_THAT(page->setpoints(), SizeIs(2));
  EXPECT_EQ(page->setpoints(0).der_id(), "BAT_1");
  EXPECT_EQ(page->next_page_token(), "") << "names are not paged";
  EXPECT_EQ(wire::FromProto(page->as_of()), kNow);
}

TEST_F(SetpointHandlersTest, OneNameThatIsNotTheCallersRefusesAll) {
  EXPECT_EQ(base::ReasonOf(Poll(Owner(), {"BAT_1", "BAT_3"}).status()), "UNAUTHORIZED");
  EXPECT_EQ(base::ReasonOf(Poll(Owner(), {"BAT_1", "BAT_9"}).status()), "DER_NOT_FOUND");
  EXPECT_EQ(base::ReasonOf(Poll(Operator({"SOUTH"}), {"BAT_1"}).status()), "UNAUTHORIZED");
}

TEST_F(SetpointHandlersTest, WithoutNamesEverybodyGetsWhomHeSpeaksFor) {
  EXPECT_THAT(AllPagesOf(Admin()), ElementsAre("BAT_1", "BAT_2", "BAT_3"));
  EXPECT_THAT(AllPagesOf(Operator({"NORTH"})), ElementsAre("BAT_1", "BAT_2"));
  EXPECT_THAT(AllPagesOf(Owner("owner-2")), ElementsAre("BAT_3"));
  EXPECT_THAT(AllPagesOf(Owner("owner-9")), IsEmpty());
  EXPECT_EQ(base::ReasonOf(Poll(Admin(), {}, "made up").status()), "INVALID_PAGE_TOKEN");
}

TEST_F(SetpointHandlersTest, WhyNamesEverybodyByPlace) {
  asked_.instructions = {Told(ControlSource::kOwner, "wish", 5), Told(ControlSource::kOperator, "word", 90)};
  asked_.standing = {LimitOf(20)};
  const auto why = Why(Owner());
  ASSERT_TRUE(why.ok()) << why.status();
  std::vector<std::string> strongest_first;
  for (const auto& control : why->controls()) strongest_first.push_back(control.control_id());
  EXPECT_THAT(strongest_first, ElementsAre("word", "FEEDER-12", "wish"));
  ASSERT_THAT(why->clips(), SizeIs(1));
  EXPECT_EQ(why->clips(0).from_kw(), 90);
  EXPECT_EQ(why->clips(0).to_kw(), 20);
  EXPECT_EQ(why->clips(0).control_index(), 1);
  ASSERT_THAT(why->lost(), SizeIs(1));
  EXPECT_EQ(why->lost(0).control_index(), 2);
  EXPECT_EQ(why->lost(0).against_index(), 0);
  EXPECT_EQ(why->lost(0).reason(), "OUTRANKED");
  EXPECT_EQ(why->summary(),
            "20 kW: 90 kW by operator's instruction word (operator-1), lowered to 20 kW by limit FEEDER-12 of primacy "
            "65 (operator-1)");
}

TEST_F(SetpointHandlersTest, WhyTellsAlsoWhatHeldOrWillHoldWithinAnHour) {
  EXPECT_CALL(controls_, LoadAsked(_, kNow - absl::Hours(1), kNow + absl::Hours(1), _));
  EXPECT_CALL(queries_, LoadPlannedStates(_, kNow - absl::Hours(1), kNow + absl::Hours(1), absl::InfiniteFuture(), _));
  asked_.instructions = {Told(ControlSource::kOperator, "word", 90)};
  asked_.instructions[0].valid_until = kNow;
  const auto why = Why(Admin());
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_EQ(why->setpoint().source(), v1::CONTROL_SOURCE_FAIL_SAFE);
  ASSERT_THAT(why->lost(), SizeIs(1));
  EXPECT_EQ(why->lost(0).reason(), "OVER");
  EXPECT_FALSE(why->lost(0).has_against_index());
}

TEST_F(SetpointHandlersTest, OfThePastItSaysWhatWasKnownThen) {
  const absl::Time then = kNow - absl::Hours(5);
  EXPECT_CALL(queries_, LoadPlannedStates(_, _, _, absl::InfiniteFuture(), _));  // of now
  EXPECT_CALL(queries_, LoadPlannedStates(_, then - absl::Hours(1), then + absl::Hours(1), then, _));
  LockOut();
  const auto why = Why(Admin(), then);
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_EQ(wire::FromProto(why->at()), then);
  EXPECT_EQ(why->setpoint().source(), v1::CONTROL_SOURCE_FAIL_SAFE) << "MAINTENANCE is known of now alone";
  EXPECT_EQ(Why(Admin(), kNow)->setpoint().source(), v1::CONTROL_SOURCE_LOCK_OUT);
}

TEST_F(SetpointHandlersTest, ThirtyDaysEitherWayAreTold) {
  EXPECT_TRUE(Why(Admin(), kNow - absl::Hours(720)).ok());
  EXPECT_TRUE(Why(Admin(), kNow + absl::Hours(720)).ok());
  const auto refused = Why(Admin(), kNow - absl::Hours(720) - absl::Seconds(1));
  EXPECT_EQ(base::ReasonOf(refused.status()), "TIME_OUT_OF_RANGE");
  ASSERT_THAT(base::ViolationsOf(refused.status()), SizeIs(1));
}

TEST_F(SetpointHandlersTest, WhyIsForWhoSpeaksForTheDer) {
  EXPECT_TRUE(Why(Owner()).ok());
  EXPECT_TRUE(Why(Operator({"NORTH"})).ok());
  EXPECT_EQ(base::ReasonOf(Why(Owner("owner-2")).status()), "UNAUTHORIZED");
  EXPECT_EQ(base::ReasonOf(Why(Operator({"SOUTH"})).status()), "UNAUTHORIZED");
}

TEST_F(SetpointHandlersTest, ErrorsOfTheStoreAreTheAnswer) {
  EXPECT_CALL(controls_, LoadAsked(_, _, _, _)).WillOnce(Return(base::Unavailable("DATABASE_UNAVAILABLE", "gone")));
  EXPECT_EQ(base::ReasonOf(Poll(Admin(), {"BAT_1"}).status()), "DATABASE_UNAVAILABLE");
}

}  // namespace
}  // namespace derms::emergency
