#include "services/emergency/setpoint_hub.h"

#include <gmock/gmock.h>

#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"

namespace derms::emergency {
namespace {

using domain::Event;
using domain::EventType;
using server::testing::BatteryOf;
using server::testing::kNow;

class SetpointHubTest : public ::testing::Test {
 protected:
  struct Stream {
    std::shared_ptr<SetpointMember> member;
    int woken = 0;
    // What it shall look at, as after a wake.
    std::uint32_t Look() {
      woken = 0;
      return member->TakeMarks();
    }
  };
  void SetUp() override {
    fleet_.PutDer(BatteryOf("B-1"));
    fleet_.PutDer(BatteryOf("B-2"));
    Open(north_, {}, {"B-1", "B-2"}, {"NORTH"});
    Open(south_, {}, {"B-3"}, {"SOUTH"});
  }
  void Open(Stream& stream, SetpointHub::Following following, const std::vector<std::string>& ders,
            std::vector<std::string> regions) {
    stream.member = hub_.Join(std::move(following), [&stream] { ++stream.woken; });
    std::vector<base::DerKey> keys;
    for (const std::string& id : ders) keys.push_back(base::DerKeyOf(id));
    hub_.SetDers(*stream.member, std::move(keys), std::move(regions));
  }
  static Event Of(EventType type, std::optional<std::string> der_id, std::optional<std::string> region_id) {
    Event event;
    event.type = type;
    event.der_id = std::move(der_id);
    event.region_id = std::move(region_id);
    return event;
  }

  server::testing::TestFleet fleet_;
  base::ManualClock clock_{kNow};
  SetpointHub hub_{fleet_, clock_, absl::InfiniteDuration()};
  Stream north_, south_;
};

TEST_F(SetpointHubTest, AnEventAboutADerWakesTheStreamsThatHoldIt) {
  hub_.OnEvents({Of(EventType::kInstructionIssued, "B-2", "NORTH")});
  EXPECT_EQ(north_.woken, 1);
  EXPECT_EQ(south_.woken, 0);
  EXPECT_EQ(north_.Look(), kControlsChanged);
}

TEST_F(SetpointHubTest, AnEventAboutARegionWakesThoseBelowIt) {
  hub_.OnEvents({Of(EventType::kResourcesOptimized, {}, "CA")});
  EXPECT_EQ(north_.woken, 1);
  EXPECT_EQ(south_.woken, 1);
  north_.Look();
  hub_.OnEvents({Of(EventType::kLimitPut, {}, "NORTH")});
  EXPECT_EQ(north_.woken, 1);
  EXPECT_EQ(south_.woken, 1) << "nothing new for it";
}

TEST_F(SetpointHubTest, ManyChangesBeforeAStreamLooksAreOneWake) {
  hub_.OnEvents({Of(EventType::kLimitPut, {}, {}), Of(EventType::kInstructionIssued, "B-1", "NORTH")});
  hub_.OnEvents({Of(EventType::kDerStatusUpdated, "B-1", "NORTH")});
  EXPECT_EQ(north_.woken, 1);
  EXPECT_EQ(north_.Look(), kControlsChanged | kMembershipChanged);
  hub_.OnEvents({Of(EventType::kLimitEnded, {}, {})});
  EXPECT_EQ(north_.woken, 1) << "it has looked: that is news";
}

TEST_F(SetpointHubTest, AnOrderIsThereWhenItsStreamsAreWoken) {
  domain::EmergencyOrder order;
  order.emergency_id = "o-1";
  order.der_id = "ALL_DERS";
  order.starts_at = kNow;
  order.ends_at = kNow + absl::Hours(1);
  order.revision = 1;
  fleet_.PutOrder(order);
  hub_.OnEvents({Of(EventType::kEmergencyAllocation, {}, {})});
  EXPECT_EQ(north_.Look(), kOrdersChanged);
  const auto live = static_cast<const store::ReadModel&>(fleet_).LiveOrders(kNow);
  ASSERT_EQ(live.size(), 1u);
  EXPECT_EQ(live.front()->emergency_id, "o-1");
}

TEST_F(SetpointHubTest, NewDersConcernStreamsThatFollowTheirOwnerOrTheFleet) {
  Stream owner, other, fleet;
  Open(owner, {.owner = "owner-1"}, {}, {});
  Open(other, {.owner = "owner-2"}, {}, {});
  Open(fleet, {.owner = {}, .fleet = true}, {}, {});
  Event registered = Of(EventType::kDerRegistered, "B-9", "NORTH");
  registered.owner_id = "owner-1";
  hub_.OnEvents({registered});
  EXPECT_EQ(owner.Look(), kMembershipChanged);
  EXPECT_EQ(fleet.Look(), kMembershipChanged);
  EXPECT_EQ(other.Look(), 0u);
  EXPECT_EQ(north_.Look(), 0u) << "it named its DERs";
}

TEST_F(SetpointHubTest, TimeWakesAStreamWhoseSetpointsEnd) {
  north_.member->SetDue(kNow + absl::Seconds(10));
  hub_.WakeDue();
  EXPECT_EQ(north_.woken, 0);
  clock_.Advance(absl::Seconds(10));
  hub_.WakeDue();
  EXPECT_EQ(north_.woken, 1);
  EXPECT_NE(north_.Look() & kControlsChanged, 0u);
  hub_.WakeDue();
  EXPECT_EQ(north_.woken, 0) << "until it says when next";
}

TEST_F(SetpointHubTest, AStreamThatIsGoneIsForgotten) {
  EXPECT_EQ(hub_.size(), 2u);
  north_.member.reset();
  EXPECT_EQ(hub_.size(), 1u);
  hub_.OnEvents({Of(EventType::kInstructionIssued, "B-1", "NORTH"), Of(EventType::kLimitPut, {}, {})});
  EXPECT_EQ(north_.woken, 0);
}

TEST_F(SetpointHubTest, ADerThatLeftAStreamWakesItNoMore) {
  hub_.SetDers(*north_.member, {base::DerKeyOf("B-2")}, {"NORTH"});
  hub_.OnEvents({Of(EventType::kInstructionIssued, "B-1", "NORTH")});
  EXPECT_EQ(north_.woken, 0);
}

TEST_F(SetpointHubTest, NobodyAsksTheDatabaseUntilAllHaveBeenWokenForAnOrder) {
  std::vector<std::string> seen;
  Stream first, last;
  const auto wake = [&](const std::string& name, Stream& stream) {
    seen.push_back(name + (hub_.HoldBack(*stream.member) ? " waits" : " may"));
  };
  first.member = hub_.Join({}, [&] { wake("first", first); });
  last.member = hub_.Join({}, [&] { wake("last", last); });
  hub_.OnEvents({Of(EventType::kEmergencyAllocation, std::nullopt, std::nullopt)});
  EXPECT_THAT(seen, ::testing::UnorderedElementsAre("first waits", "last waits", "first may", "last may"));
  EXPECT_THAT(std::vector<std::string>(seen.begin(), seen.begin() + 2), ::testing::Each(::testing::EndsWith(" waits")));
}

TEST_F(SetpointHubTest, NobodyIsHeldBackForAnythingElse) {
  bool held_back = true;
  Stream stream;
  stream.member = hub_.Join({}, [&] { held_back = hub_.HoldBack(*stream.member); });
  hub_.OnEvents({Of(EventType::kLimitPut, std::nullopt, std::nullopt)});
  EXPECT_FALSE(held_back);
  EXPECT_FALSE(hub_.HoldBack(*stream.member));
}

TEST_F(SetpointHubTest, AnOrderOfThisProcessIsToldWhenStoredAndNotAgainByItsEvent) {
  domain::EmergencyOrder order;
  order.emergency_id = "order-1";
  order.region_id = "NORTH";
  hub_.OnOrder(order);
  EXPECT_EQ(north_.woken, 1);
  EXPECT_EQ(north_.Look(), kOrdersChanged);
  EXPECT_EQ(south_.woken, 0);
  Event event = Of(EventType::kEmergencyAllocation, std::nullopt, "NORTH");
  event.resource_id = "order-1";
  hub_.OnEvents({event});
  EXPECT_EQ(north_.woken, 0);
  order.state = domain::EmergencyState::kReleased;
  hub_.OnOrder(order);
  EXPECT_EQ(north_.Look(), kOrdersChanged) << "its end is something else";
  hub_.OnOrder(order);
  EXPECT_EQ(north_.woken, 0) << "as it was read back";
  event.resource_id = "order-2";
  order.emergency_id = "order-2";
  order.state = domain::EmergencyState::kActive;
  order.number = 2;
  hub_.OnOrder(order);
  EXPECT_EQ(north_.woken, 0) << "another process's comes as an event";
  hub_.OnEvents({event});
  EXPECT_EQ(north_.Look(), kOrdersChanged);
}

TEST_F(SetpointHubTest, AStreamKnowsHowManyWereWokenWithIt) {
  hub_.OnEvents({Of(EventType::kLimitPut, {}, {})});
  EXPECT_EQ(north_.member->woken_with(), 2);
  north_.Look();
  hub_.OnEvents({Of(EventType::kInstructionIssued, "B-2", "NORTH")});
  EXPECT_EQ(north_.member->woken_with(), 1);
}

TEST(AcknowledgeWithinTest, TheMoreAreToldTheLongerTheyMayWait) {
  EXPECT_EQ(AcknowledgeWithin(0), absl::ZeroDuration());
  EXPECT_EQ(AcknowledgeWithin(60), absl::ZeroDuration()) << "few";
  EXPECT_EQ(AcknowledgeWithin(1'000), absl::Milliseconds(150));
  EXPECT_EQ(AcknowledgeWithin(10'000), absl::Milliseconds(1'500));
  EXPECT_EQ(AcknowledgeWithin(1'000'000), absl::Seconds(3)) << "well within what may pass before one is unresponsive";
}

TEST_F(SetpointHubTest, AnExerciseIsNotTold) {
  domain::EmergencyOrder order;
  order.exercise = true;
  hub_.OnOrder(order);
  EXPECT_EQ(north_.woken + south_.woken, 0);
}

}  // namespace
}  // namespace derms::emergency
