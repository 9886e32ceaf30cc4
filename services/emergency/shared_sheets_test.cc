// Streams that are woken together read together.
#include "services/emergency/shared_sheets.h"

#include <gmock/gmock.h>

#include "libs/base/error.h"
#include "libs/server/testing/mock_control_queries.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"
#include "services/emergency/testing/headroom_samples.h"
#include "services/emergency/testing/played_expansions.h"

namespace derms::emergency {
namespace {

using server::testing::BatteryOf;
using server::testing::kNow;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::NiceMock;
using ::testing::Return;
using ::testing::SizeIs;
using ::testing::StrictMock;

class SharedSheetsTest : public ::testing::Test {
 protected:
  struct Stream {
    std::shared_ptr<SetpointMember> member;
    SharedSheets::ReaderPtr reader;
  };

  void SetUp() override {
    ON_CALL(queries_, LoadPlannedStates).WillByDefault(Return(domain::PlannedStates()));
    for (const char* der_id : {"B-1", "B-2", "B-3"}) streams_.push_back(Open(der_id));
  }
  Stream Open(const std::string& der_id) {
    const auto der = std::make_shared<const domain::Der>(BatteryOf(der_id));
    Stream stream;
    stream.member = hub_.Join({}, [] {});
    hub_.SetDers(*stream.member, {der->key()}, {});
    stream.reader = std::make_shared<SharedSheets::Reader>(stream.member);
    shared_.SetDers(*stream.reader, std::make_shared<const std::vector<DerPtr>>(std::vector<DerPtr>{der}));
    return stream;
  }
  void ExpectAll() {
    for (const Stream& each : streams_) shared_.Expect(each.reader);
  }
  absl::StatusOr<SharedSheets::Found> Collect(std::size_t stream) {
    return shared_.Collect(streams_[stream].reader, absl::Now() + absl::Seconds(10));
  }
  // The next read: of so many DERs, each with a limit that names it.
  void WillRead(std::size_t ders) {
    EXPECT_CALL(controls_, LoadAsked(SizeIs(ders), kNow, kNow + SharedSheets::kLookAhead, _))
        .WillOnce(Return(OneLimitEach()));
  }
  static store::AskedOfDers OneLimitEach() {
    store::AskedOfDers asked;
    for (const char* der_id : {"B-1", "B-2", "B-3"}) {
      domain::StandingControl limit;
      limit.kind = domain::StandingKind::kLimit;
      limit.control_id = std::string("of ") + der_id;
      limit.der_id = der_id;
      limit.starts_at = kNow - absl::Hours(1);
      limit.valid_until = kNow + absl::Hours(1);
      limit.power.max_power_kw = 1;
      asked.standing.push_back(limit);
    }
    return asked;
  }

  server::testing::TestFleet fleet_;
  base::ManualClock clock_{kNow};
  NiceMock<server::testing::MockQueries> queries_;
  StrictMock<server::testing::MockControlQueries> controls_;
  SetpointHub hub_{fleet_, clock_, absl::InfiniteDuration()};
  base::RandomIdSource ids_;
  HeadroomBook book_{clock_, ids_};
  testing::PlayedExpansions expansions_;
  PinBook pins_{expansions_, book_};
  const ControlSheets sheets_{fleet_, queries_, controls_, pins_};
  SharedSheets shared_{sheets_, hub_, clock_};
  std::vector<Stream> streams_;
};

// The limits found for a stream of one DER.
std::vector<std::string> LimitsIn(const absl::StatusOr<SharedSheets::Found>& found) {
  std::vector<std::string> limits;
  for (const auto& sheet : found.value().by_place) {
    for (const domain::Control& control : sheet) limits.push_back(control.control_id);
  }
  return limits;
}

TEST_F(SharedSheetsTest, TheFirstReadsForAllThatAreExpected) {
  ExpectAll();
  WillRead(3);
  EXPECT_THAT(LimitsIn(Collect(1)), ElementsAre("of B-2"));
  EXPECT_THAT(LimitsIn(Collect(0)), ElementsAre("of B-1"));
  EXPECT_THAT(LimitsIn(Collect(2)), ElementsAre("of B-3"));
}

TEST_F(SharedSheetsTest, WhatWasFoundIsUsedOnce) {
  ExpectAll();
  WillRead(3);
  ASSERT_TRUE(Collect(0).ok() && Collect(1).ok());
  WillRead(1);
  EXPECT_THAT(LimitsIn(Collect(1)), ElementsAre("of B-2"));
}

TEST_F(SharedSheetsTest, WhoHasHeardOfAChangeSinceReadsAgain) {
  ExpectAll();
  WillRead(3);
  ASSERT_TRUE(Collect(0).ok());
  domain::Event event;
  event.type = domain::EventType::kInstructionIssued;
  event.der_id = "B-2";
  hub_.OnEvents({event});
  WillRead(1);
  EXPECT_THAT(LimitsIn(Collect(1)), ElementsAre("of B-2"));
  EXPECT_THAT(LimitsIn(Collect(2)), ElementsAre("of B-3")) << "nothing has changed for it";
}

TEST_F(SharedSheetsTest, WhoFollowsOtherDersByNowReadsAgain) {
  ExpectAll();
  WillRead(3);
  ASSERT_TRUE(Collect(0).ok());
  const auto other = std::make_shared<const domain::Der>(BatteryOf("B-3"));
  shared_.SetDers(*streams_[1].reader, std::make_shared<const std::vector<DerPtr>>(std::vector<DerPtr>{other}));
  WillRead(1);
  EXPECT_THAT(LimitsIn(Collect(1)), ElementsAre("of B-3"));
}

TEST_F(SharedSheetsTest, AFailureIsTheReadersAndTheOthersReadThemselves) {
  ExpectAll();
  EXPECT_CALL(controls_, LoadAsked).WillOnce(Return(base::Unavailable("DATABASE_UNAVAILABLE", "away")));
  EXPECT_EQ(base::ReasonOf(Collect(0).status()), "DATABASE_UNAVAILABLE");
  WillRead(1);
  EXPECT_THAT(LimitsIn(Collect(1)), ElementsAre("of B-2"));
}

// This process began after the order, and the battery has told of itself since.
TEST_F(SharedSheetsTest, WhatIsNotWrittenDownAndHangsOnAPowerThatIsNotKnownIsLookedAtAgainSoon) {
  domain::Der online = BatteryOf("B-1");
  online.stored_status = domain::DerStatus::kOnline;
  const auto der = std::make_shared<const domain::Der>(online);
  shared_.SetDers(*streams_[0].reader, std::make_shared<const std::vector<DerPtr>>(std::vector<DerPtr>{der}));
  book_.OnDer(der);
  store::AskedOfDers asked;
  domain::EmergencyOrder& order = asked.orders.emplace_back();
  order.emergency_id = "order-1";
  order.number = 1;
  order.der_id = "B-1";
  order.kind = domain::EmergencyKind::kInject;
  order.shares = {{.type = domain::DerType::kBattery, .der_count = 1, .headroom_kw = 100, .fraction = 0.5}};
  order.starts_at = kNow - absl::Minutes(1);
  order.ends_at = kNow + absl::Minutes(59);
  const auto until = [&] {
    EXPECT_CALL(controls_, LoadAsked).WillOnce(Return(asked));
    return Collect(0).value().until - kNow;
  };
  EXPECT_EQ(until(), SharedSheets::kLookAhead) << "it has never told of itself: nothing is asked";
  book_.OnReading(testing::Reads("B-1", kNow - absl::Seconds(30), 30, 200));
  EXPECT_EQ(until(), SharedSheets::kLookAgain);
  asked.expanded_at["order-1"] = kNow;
  EXPECT_EQ(until(), SharedSheets::kLookAhead) << "all is written down";
}

TEST_F(SharedSheetsTest, AStreamThatIsGoneIsNotReadFor) {
  ExpectAll();
  streams_.pop_back();
  WillRead(2);
  EXPECT_THAT(LimitsIn(Collect(0)), ElementsAre("of B-1"));
}

}  // namespace
}  // namespace derms::emergency
