// How orders of several processes are numbered, checked against each other, and told.
#include <gmock/gmock.h>

#include <map>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using testing::CommitAndWait;
using testing::Eventually;
using testing::StoreProcess;

// Remembers what it is told, as the emergency service's book does.
class Told final : public FleetObserver {
 public:
  void OnDer(const std::shared_ptr<const domain::Der>& der) override {
    const absl::MutexLock lock(&mutex_);
    revisions_[der->der_id] = der->revision;
  }
  void OnReading(const domain::Reading& reading) override {
    const absl::MutexLock lock(&mutex_);
    power_kw_[reading.der_id] = reading.power_kw.value_or(0);
  }
  void OnRegions(const std::shared_ptr<const domain::RegionTree>& regions) override {
    const absl::MutexLock lock(&mutex_);
    region_count_ = regions->all().size();
  }
  void OnOrder(const domain::EmergencyOrder& order) override {
    const absl::MutexLock lock(&mutex_);
    orders_[order.emergency_id] = order.state;
    if (order.number > 0) numbers_[order.number] = order.emergency_id;
  }
  void OnOrdersThrough(std::int64_t number) override {
    const absl::MutexLock lock(&mutex_);
    through_ = number;
  }
  std::int64_t through() {
    const absl::MutexLock lock(&mutex_);
    return through_;
  }
  std::int64_t RevisionOf(const std::string& der_id) {
    const absl::MutexLock lock(&mutex_);
    return revisions_[der_id];
  }
  double PowerOf(const std::string& der_id) {
    const absl::MutexLock lock(&mutex_);
    return power_kw_[der_id];
  }
  std::size_t region_count() {
    const absl::MutexLock lock(&mutex_);
    return region_count_;
  }
  std::string Numbered(std::int64_t number) {
    const absl::MutexLock lock(&mutex_);
    return numbers_[number];
  }
  bool Has(const std::string& emergency_id, domain::EmergencyState state = domain::EmergencyState::kActive) {
    const absl::MutexLock lock(&mutex_);
    const auto found = orders_.find(emergency_id);
    return found != orders_.end() && found->second == state;
  }

 private:
  absl::Mutex mutex_;
  std::map<std::string, std::int64_t> revisions_;
  std::map<std::string, double> power_kw_;
  std::map<std::string, domain::EmergencyState> orders_;
  std::map<std::int64_t, std::string> numbers_;
  std::size_t region_count_ = 0;
  std::int64_t through_ = -1;
};

class EmergencyOrdersTest : public ::testing::Test {
 protected:
  Mutation Order(const std::string& id, const std::string& planner, std::optional<OrdersSeen> seen = std::nullopt) {
    const auto order = testing::SampleOrder(id, absl::Now(), absl::Hours(1));
    Mutation mutation = testing::Ordering(ids_, order);
    mutation.writes.clear();
    mutation.writes.emplace_back(EmergencyInsert(testing::FleetAccess(), order, planner, std::move(seen)));
    return mutation;
  }
  static std::string Reason(StoreProcess& process, Mutation mutation) {
    return base::ReasonOf(CommitAndWait(process.committer(), std::move(mutation)).status());
  }
  std::string Numbers() {
    return database_.Query(
        "SELECT string_agg(emergency_id || '=' || number, ' ' ORDER BY number) FROM emergency_order");
  }

  testing::TestDatabase database_;
  base::RandomIdSource ids_;
};

TEST_F(EmergencyOrdersTest, AreNumberedWithoutAGapAndReadWithTheirNumber) {
  StoreProcess process(database_.url());
  EXPECT_EQ(Reason(process, Order("a", "me")), "");
  EXPECT_EQ(Reason(process, Order("b", "me")), "");
  EXPECT_NE(Reason(process, Order("a", "me")), "") << "the id is taken: nothing is stored, no number is used";
  EXPECT_EQ(Reason(process, Order("c", "me")), "");
  EXPECT_EQ(Numbers(), "a=1 b=2 c=3");
  EXPECT_EQ((*process.queries().GetEmergency("c", testing::Soon()))->number, 3);
}

TEST_F(EmergencyOrdersTest, APlanMustHaveKnownOfTheOrdersOfOthers) {
  Told told;
  StoreProcess mine(database_.url(), false, &told), other(database_.url(), false);
  ASSERT_EQ(Reason(other, Order("foreign", "other")), "");
  EXPECT_FALSE(told.Has("foreign")) << "events are not chained here";
  EXPECT_EQ(Reason(mine, Order("blind", "me", OrdersSeen{})), "ORDERS_CHANGED");
  EXPECT_TRUE(told.Has("foreign")) << "the refused one's process hears of it before it is answered";
  EXPECT_EQ(told.Numbered(1), "foreign");
  EXPECT_EQ(Reason(mine, Order("knows", "me", OrdersSeen{.through = 0, .beyond = {1}})), "");
  EXPECT_EQ(Reason(mine, Order("vouches", "me", OrdersSeen{.through = 1, .beyond = {}})), "")
      << "its own need no number";
  EXPECT_EQ(Reason(mine, Order("stranger", "me again", OrdersSeen{.through = 1, .beyond = {}})), "ORDERS_CHANGED");
  EXPECT_EQ(Numbers(), "foreign=1 knows=2 vouches=3");
}

TEST_F(EmergencyOrdersTest, WhatHoldsNothingNeedNotBeKnown) {
  StoreProcess process(database_.url(), false);
  Mutation drill = Order("drill", "other");
  std::get<EmergencyInsert>(drill.writes[0]).order.exercise = true;
  Mutation over = Order("over", "other");
  std::get<EmergencyInsert>(over.writes[0]).order.ends_at = absl::Now() - absl::Seconds(1);
  Mutation released = Order("released", "other");
  std::get<EmergencyInsert>(released.writes[0]).order.state = domain::EmergencyState::kReleased;
  std::get<EmergencyInsert>(released.writes[0]).order.ended_at = absl::Now() - absl::Seconds(1);
  for (Mutation* mutation : {&drill, &over, &released}) ASSERT_EQ(Reason(process, std::move(*mutation)), "");
  EXPECT_EQ(Reason(process, Order("plan", "me", OrdersSeen{})), "");
}

TEST_F(EmergencyOrdersTest, WhoseDersAreOnTheirWayBackMustBeKnown) {
  StoreProcess process(database_.url(), false);
  Mutation over = Order("over", "other");
  domain::EmergencyOrder& order = std::get<EmergencyInsert>(over.writes[0]).order;
  order.ends_at = absl::Now() - absl::Seconds(1);
  order.restoration.emplace();
  ASSERT_EQ(Reason(process, std::move(over)), "");
  EXPECT_EQ(Reason(process, Order("plan", "me", OrdersSeen{})), "ORDERS_CHANGED");
}

TEST_F(EmergencyOrdersTest, AShutdownIsStoredWhateverOthersDid) {
  StoreProcess process(database_.url(), false);
  ASSERT_EQ(Reason(process, Order("foreign", "other")), "");
  EXPECT_EQ(Reason(process, Order("shutdown", "me")), "");
}

// A process that plans on what it has been told, with what its stored plans knew of.
struct Side {
  Side(const std::string& url, std::string name) : planner(std::move(name)), process(url, false, &told) {}
  std::set<std::int64_t> Known() {
    std::set<std::int64_t> known;
    for (std::int64_t number = 1; number <= 120; ++number) {
      if (!told.Numbered(number).empty()) known.insert(number);
    }
    return known;
  }
  std::string planner;
  Told told;
  StoreProcess process;
  std::map<std::string, std::set<std::int64_t>> stored;  // by order
  int refused = 0;
};

TEST_F(EmergencyOrdersTest, OfTwoProcessesNoneStoresAPlanThatDidNotKnowOfTheOthersOrders) {
  Side left(database_.url(), "left"), right(database_.url(), "right");
  const auto give = [&](Side& side) {
    for (int i = 0; i < 60; ++i) {
      const std::string id = absl::StrCat(side.planner, "-", i);
      const std::set<std::int64_t> known = side.Known();
      const OrdersSeen seen{.through = 0, .beyond = {known.begin(), known.end()}};
      const std::string reason = Reason(side.process, Order(id, side.planner, seen));
      if (reason.empty()) side.stored[id] = known;
      side.refused += reason == "ORDERS_CHANGED" ? 1 : 0;
    }
  };
  std::thread one(give, std::ref(left)), two(give, std::ref(right));
  one.join();
  two.join();
  EXPECT_EQ(left.stored.size() + left.refused, 60u);
  EXPECT_EQ(right.stored.size() + right.refused, 60u);
  EXPECT_GT(left.refused + right.refused, 0) << "they never met: the test shows nothing";
  for (const auto& [mine, other] : {std::pair(&left, &right), std::pair(&right, &left)}) {
    for (const auto& [id, known] : mine->stored) {
      const auto unknown = database_.Query(
          absl::StrCat("SELECT count(*) FROM emergency_order o WHERE o.planner = '", other->planner,
                       "' AND o.number < (SELECT number ", "FROM emergency_order WHERE emergency_id = '", id,
                       "') AND o.number <> ALL ('{", absl::StrJoin(known, ","), "}')"));
      EXPECT_EQ(unknown, "0") << id;
    }
  }
}

TEST_F(EmergencyOrdersTest, ObserversHearOfWhatIsLoadedAndOfWhatChanges) {
  {
    StoreProcess before(database_.url());
    CommitAndWait(before.committer(), testing::Putting(testing::SampleRegion("CA"))).IgnoreError();
    ASSERT_TRUE(CommitAndWait(before.committer(), testing::Registering(ids_, testing::SampleDer("SOLAR-1"))).ok());
    Mutation reading;
    reading.writes.emplace_back(
        ReadingPut(testing::AdminAccess("SOLAR-1"), testing::SampleReading("SOLAR-1", testing::SampleTime(), 7)));
    ASSERT_TRUE(CommitAndWait(before.committer(), std::move(reading)).ok());
    ASSERT_EQ(Reason(before, Order("a", "gone")), "");
  }
  Told told;
  StoreProcess mine(database_.url(), true, &told), other(database_.url());
  EXPECT_EQ(told.RevisionOf("SOLAR-1"), 1);
  EXPECT_EQ(told.PowerOf("SOLAR-1"), 7);
  EXPECT_EQ(told.region_count(), 1u);
  EXPECT_TRUE(told.Has("a"));
  EXPECT_EQ(told.through(), 1);

  ASSERT_EQ(Reason(mine, Order("b", "me")), "");
  EXPECT_TRUE(told.Has("b")) << "before the answer";
  EXPECT_TRUE(Eventually([&] { return told.Numbered(2) == "b"; })) << "read back when its event comes";
  ASSERT_EQ(Reason(other, Order("c", "other")), "");
  EXPECT_TRUE(Eventually([&] { return told.Numbered(3) == "c"; }));
  ASSERT_TRUE(CommitAndWait(other.committer(),
                            testing::ChangingStatus(ids_, testing::SampleDer("SOLAR-1"), domain::DerStatus::kOnline))
                  .ok());
  EXPECT_TRUE(Eventually([&] { return told.RevisionOf("SOLAR-1") == 2; }));
}

}  // namespace
}  // namespace derms::store
