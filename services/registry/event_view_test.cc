#include "services/registry/event_view.h"

#include <gtest/gtest.h>

#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"

namespace derms::registry {
namespace {

using domain::EventType;
using server::testing::Admin;
using server::testing::Operator;
using server::testing::Owner;

class EventViewTest : public ::testing::Test {
 protected:
  static domain::Event OfDer(const std::string& owner_id, const std::string& region_id) {
    domain::Event event;
    event.type = EventType::kDerStatusUpdated;
    event.der_id = "BAT_1";
    event.owner_id = owner_id;
    event.region_id = region_id;
    event.actor = "operator-1";
    return event;
  }
  static domain::Event OfType(EventType type) {
    domain::Event event;
    event.type = type;
    event.actor = "admin-1";
    return event;
  }
  bool Sees(const domain::Caller& caller, const domain::Event& event) {
    return MaySee(event, caller, *fleet_.Regions());
  }

  server::testing::TestFleet fleet_;
};

TEST_F(EventViewTest, OwnersSeeTheirDersAndNoOthers) {
  EXPECT_TRUE(Sees(Owner("owner-1"), OfDer("owner-1", "NORTH")));
  EXPECT_FALSE(Sees(Owner("owner-1"), OfDer("owner-2", "NORTH")));
  domain::Event order_for_one = OfDer("owner-2", "NORTH");
  order_for_one.type = EventType::kEmergencyAllocation;
  EXPECT_FALSE(Sees(Owner("owner-1"), order_for_one));
}

TEST_F(EventViewTest, OwnersSeeWhatConcernsTheWholeFleet) {
  for (const EventType type : {EventType::kEmergencyAllocation, EventType::kEmergencyEnded,
                               EventType::kEmergencyRestored, EventType::kResourcesOptimized, EventType::kRegionPut}) {
    EXPECT_TRUE(Sees(Owner(), OfType(type))) << EventName(type);
  }
}

TEST_F(EventViewTest, OwnersSeeNeitherWhatRegionsMeasureNorOrdersThatWait) {
  for (const EventType type : {EventType::kLimitBreached, EventType::kLimitRelieved, EventType::kEmergencyRequested,
                               EventType::kEmergencyDeclined}) {
    EXPECT_FALSE(Sees(Owner(), OfType(type))) << EventName(type);
    EXPECT_TRUE(Sees(Operator(), OfType(type))) << EventName(type);
  }
  domain::Event own_part = OfDer("owner-1", "NORTH");
  own_part.type = EventType::kLimitBreached;
  EXPECT_TRUE(Sees(Owner("owner-1"), own_part)) << "that its DER has a part in it";
}

TEST_F(EventViewTest, OnlyAdminsSeeWhoGotWhichRole) {
  for (const EventType type : {EventType::kRoleGranted, EventType::kRoleRevoked, EventType::kTokenRevoked}) {
    EXPECT_TRUE(Sees(Admin(), OfType(type)));
    EXPECT_FALSE(Sees(Operator(), OfType(type)));
    EXPECT_FALSE(Sees(Owner(), OfType(type)));
  }
}

TEST_F(EventViewTest, OperatorsSeeTheirRegionsWithTheirParts) {
  EXPECT_TRUE(Sees(Operator({"CA"}), OfDer("owner-1", "NORTH")));
  EXPECT_FALSE(Sees(Operator({"SOUTH"}), OfDer("owner-1", "NORTH")));
  EXPECT_TRUE(Sees(Operator({"SOUTH"}), OfType(EventType::kSeriesPut)));
}

TEST_F(EventViewTest, OwnersDoNotSeeWhoActedUnlessItWasThemselves) {
  domain::Event event = OfDer("owner-1", "NORTH");
  EXPECT_FALSE(ViewOfEvent(event, Owner("owner-1")).has_actor());
  EXPECT_EQ(ViewOfEvent(event, Operator()).actor(), "operator-1");
  event.actor = "owner-1";
  EXPECT_EQ(ViewOfEvent(event, Owner("owner-1")).actor(), "owner-1");
}

}  // namespace
}  // namespace derms::registry
