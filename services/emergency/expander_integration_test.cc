// Orders become instructions, whoever leads and however often it changes, on a real PostgreSQL.
#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/base/ids.h"
#include "libs/server/leadership.h"
#include "libs/server/pg_storage.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"
#include "services/emergency/expander.h"

namespace derms::emergency {
namespace {

using domain::EmergencyKind;
using domain::EmergencyOrder;
using store::testing::CommitAndWait;
using store::testing::Soon;

constexpr std::size_t kStep = 3;
constexpr int kDers = 10;
constexpr char kRange[] = "min(power_kw) || ' ' || max(power_kw) || ' ' || count(*)";

// Counts what is asked beyond the usual.
class CountedExpansions final : public store::Expansions {
 public:
  explicit CountedExpansions(store::Expansions& real) : real_(real) {}
  absl::StatusOr<std::optional<store::Expansion>> Next(absl::Time deadline) override { return real_.Next(deadline); }
  absl::StatusOr<std::vector<EmergencyOrder>> OrdersBefore(const EmergencyOrder& order, absl::Time deadline) override {
    return real_.OrdersBefore(order, deadline);
  }
  absl::StatusOr<std::vector<store::DerName>> Ders(const store::DersInScope& scope, base::DerKey from_key,
                                                   std::size_t limit, absl::Time deadline) override {
    return real_.Ders(scope, from_key, limit, deadline);
  }
  absl::StatusOr<store::WrittenSetpoints> Written(const std::vector<base::DerKey>& der_keys,
                                                  const std::vector<std::string>& ids, absl::Time deadline) override {
    ++written;
    return real_.Written(der_keys, ids, deadline);
  }
  absl::StatusOr<RecalledReadings> LastReadings(const std::vector<store::DerMoment>& moments,
                                                absl::Time deadline) override {
    ++recalled;
    return real_.LastReadings(moments, deadline);
  }
  absl::Status Write(const store::ExpansionStep& step, const store::Fence& fence, absl::Time deadline) override {
    return real_.Write(step, fence, deadline);
  }
  absl::Status WriteLate(const store::ExpansionStep& step, const store::Fence& fence, absl::Time deadline) override {
    return real_.WriteLate(step, fence, deadline);
  }
  absl::StatusOr<store::ExpansionTally> Tally(std::string_view id, absl::Time told_by, absl::Time deadline) override {
    return real_.Tally(id, told_by, deadline);
  }

  int written = 0, recalled = 0;

 private:
  store::Expansions& real_;
};

// A process of the emergency service that expands orders when the test says so, in steps of three DERs.
struct Process {
  Process(const std::string& database_url, const std::string& name) {
    server::Config config;
    config.database_url = database_url;
    auto opened = server::OpenPgStorage({"derms-test", 0, 0, {}}, config, metrics, logger);
    EXPECT_TRUE(opened.ok()) << opened.status();
    storage = *std::move(opened);
    book = std::make_unique<HeadroomBook>(storage->clock(), ids);
    expansions = std::make_unique<CountedExpansions>(storage->expansions());
    pins = std::make_unique<PinBook>(*expansions, *book);
    leadership = std::make_unique<server::Leadership>(
        server::Leadership::Options{"expansion", name, "expansion", absl::Minutes(1)}, storage->leases(), logger);
    expander = std::make_unique<Expander>(
        Expander::Parts{storage->fleet(), *expansions, *pins, storage->archive(), storage->clock(), logger},
        [this] { return leadership->fence(); }, kStep);
    storage->Observe(*book);
    storage->Follow(*expander);
    EXPECT_TRUE(storage->Start().ok());
  }
  ~Process() {
    expander->Stop();
    leadership->Stop();
    storage->Drain();
  }
  bool Step() {
    leadership->Try();
    const auto stepped = expander->Step();
    EXPECT_TRUE(stepped.ok()) << stepped.status();
    return stepped.value_or(false);
  }
  int StepsToTheEnd() {
    int steps = 0;
    while (Step()) ++steps;
    return steps;
  }

  observe::Metrics metrics;
  std::ostringstream log;
  observe::Logger logger{{.service = "test"}, log};
  base::RandomIdSource ids;
  std::unique_ptr<server::Storage> storage;
  std::unique_ptr<HeadroomBook> book;
  std::unique_ptr<CountedExpansions> expansions;
  std::unique_ptr<PinBook> pins;
  std::unique_ptr<server::Leadership> leadership;
  std::unique_ptr<Expander> expander;
};

class ExpanderTest : public ::testing::Test {
 protected:
  ExpanderTest() {
    for (int n = 0; n < kDers; ++n) {
      domain::Der der = store::testing::SampleDer(absl::StrCat("HYDRO-", n));
      der.type = domain::DerType::kHydro;
      der.capacity_kw = 100;
      der.stored_status = n == 0 ? domain::DerStatus::kOffline : domain::DerStatus::kOnline;
      EXPECT_TRUE(CommitAndWait(committer(), store::testing::Registering(ids_, der)).ok());
      Read(der.der_id, absl::Now() - absl::Seconds(60), 20);
    }
  }
  store::Committer& committer() { return first_.storage->committer(); }
  void Read(const std::string& der_id, absl::Time measured_at, double power_kw) {
    store::Mutation mutation;
    const auto reading = store::testing::SampleReading(der_id, measured_at, power_kw);
    mutation.writes.push_back(store::ReadingPut(store::testing::AdminAccess(der_id), reading));
    ASSERT_TRUE(CommitAndWait(committer(), std::move(mutation)).ok());
  }
  std::string Give(EmergencyKind kind, double fraction = 0.5) {
    EmergencyOrder order = store::testing::SampleOrder(ids_.NewId(), absl::Now(), absl::Hours(1));
    order.der_id = "ALL_DERS";
    order.region_id = "";
    order.kind = kind;
    order.shares = {{.type = domain::DerType::kHydro, .der_count = kDers, .headroom_kw = 800, .fraction = fraction}};
    EXPECT_TRUE(CommitAndWait(committer(), store::testing::Ordering(ids_, order)).ok());
    return order.emergency_id;
  }
  std::string Told(const std::string& emergency_id, const std::string& what = "count(*)") {
    return database_.Query("SELECT " + what + " FROM instruction WHERE source = 2 AND control_id = '" + emergency_id +
                           "'");
  }
  // HYDRO-`from` until HYDRO-`until` report.
  void ReadSome(int from, int until, double power_kw) {
    for (int n = from; n < until; ++n) Read(absl::StrCat("HYDRO-", n), absl::Now(), power_kw);
  }
  // What the first process tells the DERs before anything is written down, as kRange of rows.
  std::string Computed(const std::string& emergency_id, int from, int until) {
    const auto order = first_.storage->queries().GetEmergency(emergency_id, Soon());
    EXPECT_TRUE(order.ok() && *order);
    const auto regions = first_.storage->fleet().Regions();
    const RecalledReadings nothing;
    OrderSetpoints setpoints(*first_.pins, *regions, Soon(), nothing);
    std::vector<double> kw;
    for (int n = from; n < until; ++n) {
      const auto der = first_.storage->fleet().FindDer(absl::StrCat("HYDRO-", n));
      const auto control = setpoints.ControlFor(**order, *der, [](const EmergencyOrder&) { return WrittenPin(); });
      EXPECT_TRUE(control.ok() && *control) << control.status();
      kw.push_back((*control)->power_kw.value_or(-1));
    }
    const auto [least, most] = std::minmax_element(kw.begin(), kw.end());
    return absl::StrCat(*least, " ", *most, " ", kw.size());
  }
  void LoseTheLease() { Execute("UPDATE lease SET expires_at = now() - interval '1 second'"); }
  void Execute(const std::string& statement) { database_.Execute(statement); }

  base::RandomIdSource ids_;
  const store::testing::TestDatabase database_;
  Process first_{database_.url(), "first"};
};

TEST_F(ExpanderTest, EveryDerThatIsBoundGetsOneInstructionInSteps) {
  const std::string order = Give(EmergencyKind::kCurtailAll);
  EXPECT_EQ(first_.StepsToTheEnd(), 4);
  EXPECT_EQ(Told(order), "10") << "OFFLINE ones too";
  EXPECT_EQ(Told(order, "min(power_kw) || ' ' || max(max_power_kw) || ' ' || min(state) || ' ' || max(state)"),
            "0 0 1 1");
  EXPECT_FALSE(first_.Step()) << "there is nothing more to do";
}

TEST_F(ExpanderTest, AnotherGoesOnWhereTheLeaderStopped) {
  const std::string order = Give(EmergencyKind::kDisconnect);
  EXPECT_TRUE(first_.Step());
  Process second{database_.url(), "second"};
  EXPECT_FALSE(second.Step()) << "the first one leads";
  LoseTheLease();
  EXPECT_EQ(second.StepsToTheEnd(), 3);
  EXPECT_EQ(Told(order), "10");
  EXPECT_EQ(Told(order, "count(*) FILTER (WHERE NOT connect AND revision = 1)"), "10") << "nothing was written twice";
}

TEST_F(ExpanderTest, WhoWasPausedWhileAnotherTookOverWritesNothing) {
  const std::string order = Give(EmergencyKind::kCurtailAll);
  EXPECT_TRUE(first_.Step());
  const auto old = first_.leadership->fence();
  ASSERT_TRUE(old);
  LoseTheLease();
  Process second{database_.url(), "second"};
  EXPECT_EQ(second.StepsToTheEnd(), 3);
  const std::string newer = Give(EmergencyKind::kCurtailAll);
  EXPECT_EQ(base::ReasonOf(first_.expander->Step().status()), "LEASE_LOST");
  EXPECT_EQ(Told(newer), "0");
}

TEST_F(ExpanderTest, ANewerOrderDoesNotWaitForAnOlderOne) {
  const std::string older = Give(EmergencyKind::kCurtailAll);
  EXPECT_TRUE(first_.Step());
  const std::string newer = Give(EmergencyKind::kDisconnect);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(first_.Step());
  EXPECT_EQ(Told(newer), "10");
  EXPECT_EQ(Told(older), "3");
  first_.StepsToTheEnd();
  EXPECT_EQ(Told(older), "10");
}

TEST_F(ExpanderTest, SetPointsArePinnedToWhatDersDidBeforeTheOrder) {
  const std::string order = Give(EmergencyKind::kInject);
  EXPECT_TRUE(first_.Step());
  for (int n = 0; n < kDers; ++n) Read(absl::StrCat("HYDRO-", n), absl::Now(), 60);  // all follow at once
  first_.StepsToTheEnd();
  EXPECT_EQ(Told(order), "9") << "who is OFFLINE is not bound";
  EXPECT_EQ(Told(order, "min(power_kw) || ' ' || max(power_kw)"), "60 60");
  const std::string second = Give(EmergencyKind::kInject);
  for (int n = 0; n < kDers; ++n) Read(absl::StrCat("HYDRO-", n), absl::Now(), 80);
  first_.StepsToTheEnd();
  EXPECT_EQ(Told(second, "min(power_kw) || ' ' || max(power_kw)"), "80 80") << "half of the half that the first leaves";
}

// Each takes half of what is left: of 80 kW 40, then 20.
TEST_F(ExpanderTest, OfTwoOrdersInQuickSuccessionTheNewerTakesInTheOlder) {
  const std::string first = Give(EmergencyKind::kInject);
  ReadSome(1, 4, 60);  // some follow at once, some on their way, some not yet
  ReadSome(4, 7, 35);
  const std::string second = Give(EmergencyKind::kInject);
  const std::string expected = Computed(second, 1, kDers);
  ReadSome(1, 7, 75);
  EXPECT_EQ(Computed(second, 1, kDers), expected) << "what is told before it is written down";
  first_.StepsToTheEnd();
  EXPECT_EQ(Told(second, kRange), "80 80 9") << "the newest is written first";
  EXPECT_EQ(Told(first, kRange), "60 60 9");
  EXPECT_EQ(expected, "80 80 9");
  EXPECT_EQ(first_.expansions->recalled, 0) << "memory knows all";
}

TEST_F(ExpanderTest, OfManyTheNewestTakesInAll) {
  // Sun that has nothing more to give: none of them asks anything of it.
  domain::Der solar = store::testing::SampleDer("SOLAR-1");
  solar.stored_status = domain::DerStatus::kOnline;
  EXPECT_TRUE(CommitAndWait(committer(), store::testing::Registering(ids_, solar)).ok());
  Read("SOLAR-1", absl::Now(), 20);
  std::vector<std::string> orders;
  double left_kw = 80;
  for (int n = 0; n < 30; ++n) {
    orders.push_back(Give(EmergencyKind::kInject, 0.1));
    left_kw *= 0.9;
  }
  first_.StepsToTheEnd();
  EXPECT_EQ(Told(orders.back(),
                 "min(power_kw) = max(power_kw) AND abs(min(power_kw) - " + absl::StrCat(100 - left_kw) + ") < 1e-3"),
            "t");
  EXPECT_EQ(Told(orders.front(), kRange), "28 28 9");
}

TEST_F(ExpanderTest, ANewerOrderTakesInWhatIsWrittenDownOfAnOlderOne) {
  const std::string first = Give(EmergencyKind::kInject);
  first_.StepsToTheEnd();
  Execute("UPDATE instruction SET power_kw = 55 WHERE der_id = 'HYDRO-1'");
  const std::string second = Give(EmergencyKind::kInject);
  Process another{database_.url(), "another"};
  LoseTheLease();
  another.StepsToTheEnd();
  EXPECT_EQ(Told(second, "min(power_kw) || ' ' || max(power_kw) || ' ' || count(*)"), "75 80 9");
}

TEST_F(ExpanderTest, AfterARestartThePowerBeforeAnOrderIsFoundInTheHistory) {
  const std::string order = Give(EmergencyKind::kInject);
  ReadSome(1, 4, 60);
  ReadSome(4, 7, 30);
  Process restarted{database_.url(), "restarted"};
  EXPECT_GT(restarted.StepsToTheEnd(), 0);
  EXPECT_EQ(Told(order, kRange), "60 60 9") << "as if it had not been restarted";
  EXPECT_LE(restarted.expansions->recalled, 4) << "once a step at most";
  EXPECT_EQ(restarted.expansions->written, 0) << "there is no older order";
}

TEST_F(ExpanderTest, AfterARestartThePowerBeforeTwoOrdersIs) {
  const std::string first = Give(EmergencyKind::kInject);
  ReadSome(1, 4, 60);
  ReadSome(4, 7, 35);
  const std::string second = Give(EmergencyKind::kInject);
  ReadSome(1, 9, 70);
  Process restarted{database_.url(), "restarted"};
  EXPECT_GT(restarted.StepsToTheEnd(), 0);
  EXPECT_EQ(Told(second, kRange), "80 80 9");
  EXPECT_EQ(Told(first, kRange), "60 60 9");
}

TEST_F(ExpanderTest, WithoutAHistoryWhoMayFollowAlreadyStaysAsItIs) {
  const std::string order = Give(EmergencyKind::kInject);
  ReadSome(1, 5, 30);
  Execute("TRUNCATE reading_journal");
  Process restarted{database_.url(), "restarted"};
  EXPECT_GT(restarted.StepsToTheEnd(), 0);
  EXPECT_EQ(Told(order, kRange), "30 60 9");
}

TEST_F(ExpanderTest, AHistoryThatCannotBeReadKeepsNoOrderFromItsDers) {
  const std::string order = Give(EmergencyKind::kInject);
  ReadSome(1, 5, 30);
  Execute("INSERT INTO reading_journal (reading_count, readings) VALUES (1, '\\x6465')");
  Process restarted{database_.url(), "restarted"};
  EXPECT_GT(restarted.StepsToTheEnd(), 0);
  EXPECT_EQ(Told(order, kRange), "30 60 9");
  EXPECT_THAT(restarted.log.str(), ::testing::HasSubstr("readings from before an emergency order could not be read"));
}

TEST_F(ExpanderTest, AReduceIsPinnedLikewise) {
  const std::string order = Give(EmergencyKind::kReduce);
  EXPECT_TRUE(first_.Step());
  for (int n = 0; n < kDers; ++n) Read(absl::StrCat("HYDRO-", n), absl::Now(), 10);  // all follow at once
  first_.StepsToTheEnd();
  EXPECT_EQ(Told(order, "min(max_power_kw) || ' ' || max(max_power_kw) || ' ' || count(*)"), "10 10 9");
  const std::string second = Give(EmergencyKind::kReduce);
  first_.StepsToTheEnd();
  EXPECT_EQ(Told(second, "min(max_power_kw) || ' ' || max(max_power_kw)"), "5 5") << "half of what the first leaves";
}

TEST_F(ExpanderTest, WhoComesOnlineUnderTheOrderIsToldThen) {
  const std::string order = Give(EmergencyKind::kInject);
  first_.StepsToTheEnd();
  EXPECT_EQ(Told(order), "9");
  const auto offline = first_.storage->fleet().FindDer("HYDRO-0");
  ASSERT_NE(offline, nullptr);
  ASSERT_TRUE(
      CommitAndWait(committer(), store::testing::ChangingStatus(ids_, *offline, domain::DerStatus::kOnline)).ok());
  EXPECT_TRUE(store::testing::Eventually([&] {
    EXPECT_TRUE(first_.expander->TellLate().ok());
    return Told(order) == "10";
  }));
}

TEST_F(ExpanderTest, RunsByItselfAndIsWokenByTheOrder) {
  first_.leadership->Try();
  first_.expander->Start(absl::Minutes(10));
  absl::SleepFor(absl::Milliseconds(100));  // it has looked once and found nothing
  const std::string order = Give(EmergencyKind::kCurtailAll);
  EXPECT_TRUE(store::testing::Eventually([&] { return Told(order) == "10"; }));
}

TEST_F(ExpanderTest, ExercisesReachNobody) {
  EmergencyOrder drill = store::testing::SampleOrder(ids_.NewId(), absl::Now(), absl::Hours(1));
  drill.exercise = true;
  ASSERT_TRUE(CommitAndWait(committer(), store::testing::Ordering(ids_, drill)).ok());
  EXPECT_FALSE(first_.Step());
}

}  // namespace
}  // namespace derms::emergency
