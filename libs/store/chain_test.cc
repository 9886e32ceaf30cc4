// The chain of events: order, gaps, leaders, tampering.
#include <gmock/gmock.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/store/catch_up.h"
#include "libs/store/chain_hash.h"
#include "libs/store/event_codec.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using testing::CommitAndWait;
using testing::Eventually;
using testing::Registering;
using testing::SampleDer;
using testing::Soon;
using testing::StoreProcess;

class Collector : public EventListener {
 public:
  void OnEvents(const std::vector<domain::Event>& events) override {
    const absl::MutexLock lock(&mutex_);
    events_.insert(events_.end(), events.begin(), events.end());
  }
  std::vector<domain::Event> events() {
    const absl::MutexLock lock(&mutex_);
    return events_;
  }

 private:
  absl::Mutex mutex_;
  std::vector<domain::Event> events_;
};

class ChainTest : public ::testing::Test {
 protected:
  void RegisterMany(StoreProcess& process, const std::string& prefix, int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(CommitAndWait(process.committer(), Registering(ids_, SampleDer(absl::StrCat(prefix, i)))).ok());
    }
  }
  bool Chained(int count) {
    return Eventually([&] { return database_.Query("SELECT count(*) FROM event_chain") == absl::StrCat(count); });
  }
  // Ten chained events, and the triggers out of the way as an attacker with the password would do.
  void PlantTen() {
    StoreProcess process(database_.url());
    RegisterMany(process, "SOLAR-", 10);
    ASSERT_TRUE(Chained(10));
    head_ = *process.queries().ReadChainHead(Soon());
    database_.Execute("ALTER TABLE event DISABLE TRIGGER ALL; ALTER TABLE event_chain DISABLE TRIGGER ALL");
  }
  ChainCheck Verify(std::optional<ChainHead> checkpoint = std::nullopt) {
    Pool::Options options;
    options.connect.database_url = database_.url();
    Pool pool(options);
    const auto check = PgQueries(pool).VerifyChain(1, 1000, checkpoint, Soon());
    EXPECT_TRUE(check.ok()) << check.status();
    return *check;
  }
  std::string EventAt(int sequence) {
    return absl::StrCat("(xid, ordinal) = (SELECT xid, ordinal FROM event_chain WHERE seq = ", sequence, ")");
  }

  testing::TestDatabase database_;
  base::RandomIdSource ids_;
  ChainHead head_;
};

TEST(ChainHash, IsSha256OverThePreviousHashAndTheBytes) {
  EXPECT_EQ(HexOf(NextHash(ChainStart(), "abc")), "365aa7d8f7f9402c4b9434502b4cc89ddb09fe50d7cd95b493b834c62d5a5370");
}

TEST(CanonicalBytes, TellEveryFieldApart) {
  base::RandomIdSource ids;
  const domain::Event event = testing::EventAbout(ids, domain::EventType::kDerRegistered, SampleDer("SOLAR-1"));
  std::set<std::string> forms = {CanonicalBytes(event)};
  const auto changed = [&](auto change) {
    domain::Event other = event;
    change(other);
    return forms.insert(CanonicalBytes(other)).second;
  };
  EXPECT_TRUE(changed([](auto& e) { e.event_id = "x"; }));
  EXPECT_TRUE(changed([](auto& e) { e.type = domain::EventType::kDerRetired; }));
  EXPECT_TRUE(changed([](auto& e) { e.occurred_at += absl::Microseconds(1); }));
  EXPECT_TRUE(changed([](auto& e) { e.actor += "x"; }));
  EXPECT_TRUE(changed([](auto& e) { e.der_id.reset(); }));
  EXPECT_TRUE(changed([](auto& e) { e.der_id = ""; }));
  EXPECT_TRUE(changed([](auto& e) { std::swap(e.der_id, e.owner_id); }));
  EXPECT_TRUE(changed([](auto& e) { e.resource_id = "x"; }));
  EXPECT_TRUE(changed([](auto& e) { e.old_status = domain::DerStatus::kOnline; }));
  EXPECT_TRUE(changed([](auto& e) { e.new_status = domain::DerStatus::kOnline; }));
  EXPECT_TRUE(changed([](auto& e) { e.revision = 7; }));
  EXPECT_TRUE(changed([](auto& e) { e.request_id += "x"; }));
  EXPECT_TRUE(changed([](auto& e) { e.summary += "x"; }));
  for (const std::string& form : forms) {  // and the event comes back from them: the leader hands that on
    EXPECT_EQ(CanonicalBytes(EventOfCanonicalBytes(form).value()), form);
    EXPECT_FALSE(EventOfCanonicalBytes(form.substr(0, form.size() - 1))) << "cut";
  }
  EXPECT_FALSE(EventOfCanonicalBytes("\x7f")) << "a form of tomorrow";
  EXPECT_FALSE(changed([](auto& e) { e.occurred_at += absl::Nanoseconds(1); }));  // the database cuts it off as well
}

TEST_F(ChainTest, SeveralWritersGiveOneChainWithoutAGap) {
  StoreProcess one(database_.url()), two(database_.url());
  Collector collector;
  ChainFollower follower({}, {}, one.queries(), {&collector});
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] { RegisterMany(t % 2 == 0 ? one : two, absl::StrCat("SOLAR-", t, "-"), 25); });
  }
  for (auto& thread : threads) thread.join();
  ASSERT_TRUE(Chained(200));
  ASSERT_TRUE(Eventually([&] { return follower.sequence() == 200; }));
  const auto events = collector.events();
  ASSERT_EQ(events.size(), 200u);
  std::set<std::string> ids;
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].sequence, static_cast<std::int64_t>(i) + 1);
    ids.insert(events[i].event_id);
  }
  EXPECT_EQ(ids.size(), 200u);
  const ChainCheck check = Verify();
  EXPECT_TRUE(check.valid) << check.finding;
  EXPECT_EQ(check.checked, 200);
}

TEST_F(ChainTest, AnOpenTransactionHoldsLaterEventsBackSoThatNoneAppearsBehindTheEnd) {
  StoreProcess process(database_.url());
  RegisterMany(process, "BEFORE-", 1);
  ASSERT_TRUE(Chained(1));
  ConnectOptions options;
  options.database_url = database_.url();
  auto slow = *Connection::Open(options);
  slow->Execute("BEGIN; SELECT pg_current_xact_id()");  // a writer that has begun and not committed
  RegisterMany(process, "AFTER-", 3);
  const auto head = [&] { return process.queries().ReadChainHead(Soon())->sequence; };
  absl::SleepFor(absl::Milliseconds(300));
  EXPECT_EQ(head(), 1);
  slow->Execute("COMMIT");
  EXPECT_TRUE(Eventually([&] { return head() == 4; }));
}

TEST_F(ChainTest, WhenTheLeaderIsCutOffAnotherGoesOn) {
  StoreProcess one(database_.url()), two(database_.url());
  RegisterMany(one, "SOLAR-A", 5);
  ASSERT_TRUE(Chained(5));
  for (int round = 0; round < 3; ++round) {
    database_.Execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND mode = "
        "'ExclusiveLock' AND granted AND objid = 2 AND classid = 1145393741");
    RegisterMany(two, absl::StrCat("SOLAR-B", round, "-"), 5);
    ASSERT_TRUE(Chained(10 + 5 * round));
  }
  EXPECT_TRUE(Verify().valid);
}

TEST_F(ChainTest, AnUntouchedChainVerifiesAlsoAgainstItsCheckpoint) {
  PlantTen();
  const ChainCheck check = Verify(head_);
  EXPECT_TRUE(check.valid) << check.finding;
  EXPECT_EQ(check.through_sequence, 10);
}

TEST_F(ChainTest, AnEventMovedToAnotherDerIsFound) {
  PlantTen();
  database_.Execute(absl::StrCat("UPDATE event SET der_key = 1 WHERE ", EventAt(4)));
  EXPECT_EQ(Verify().broken_sequence, 4);
}

TEST_F(ChainTest, AChangedBitOfTheBytesIsFound) {
  PlantTen();
  database_.Execute(
      absl::StrCat("UPDATE event SET stored_bytes = set_bit(stored_bytes, 77, 1 - get_bit(stored_bytes, "
                   "77)) WHERE ",
                   EventAt(5)));
  EXPECT_EQ(Verify().broken_sequence, 5);
}

TEST_F(ChainTest, AChangedHashIsFound) {
  PlantTen();
  database_.Execute("UPDATE event_chain SET hash = set_bit(hash, 3, 1 - get_bit(hash, 3)) WHERE seq = 6");
  EXPECT_EQ(Verify().broken_sequence, 6);
}

TEST_F(ChainTest, ARemovedEventIsFound) {
  PlantTen();
  database_.Execute(absl::StrCat("DELETE FROM event WHERE ", EventAt(7)));
  EXPECT_EQ(Verify().broken_sequence, 7);
}

TEST_F(ChainTest, ARemovedEntryIsFound) {
  PlantTen();
  database_.Execute("DELETE FROM event_chain WHERE seq = 3");
  EXPECT_EQ(Verify().broken_sequence, 3);
}

TEST_F(ChainTest, TwoSwappedEntriesAreFound) {
  PlantTen();
  database_.Execute(
      "UPDATE event_chain SET seq = -seq WHERE false; "
      "ALTER TABLE event_chain DROP CONSTRAINT event_chain_seq_check; "
      "UPDATE event_chain SET seq = -2 WHERE seq = 2; UPDATE event_chain SET seq = 2 WHERE seq = 3; "
      "UPDATE event_chain SET seq = 3 WHERE seq = -2");
  EXPECT_EQ(Verify().broken_sequence, 2);
}

TEST_F(ChainTest, ACutEndIsFoundAgainstACheckpoint) {
  PlantTen();
  database_.Execute("DELETE FROM event_chain WHERE seq > 8");
  EXPECT_TRUE(Verify().valid);  // what is left is whole: only the checkpoint knows better
  EXPECT_EQ(Verify(head_).broken_sequence, 10);
}

TEST_F(ChainTest, AChainWrittenAnewIsFoundAgainstACheckpoint) {
  PlantTen();
  database_.Execute(
      "DELETE FROM event_chain; DELETE FROM event WHERE event_text(stored_bytes, 5) = 'SOLAR-0'; "
      "INSERT INTO event (der_key, ordinal, stored_bytes) SELECT der_key, 0, stored_bytes FROM event LIMIT 1");
  StoreProcess process(database_.url());
  ASSERT_TRUE(Chained(10));
  EXPECT_EQ(Verify(head_).broken_sequence, 10);
}

TEST_F(ChainTest, AChainFromAnotherServerIsReportedAndNotContinued) {
  PlantTen();
  // As after restoring a dump into a new server.
  database_.Execute("UPDATE event SET xid = '99999999999'; UPDATE event_chain SET xid = '99999999999'");
  absl::Mutex mutex;
  std::set<std::string> reasons;
  ChainWriter::Options options;
  options.connect.database_url = database_.url();
  ChainWriter::Hooks hooks;
  hooks.on_error = [&](const absl::Status& status) {
    const absl::MutexLock lock(&mutex);
    reasons.insert(base::ReasonOf(status));
  };
  ChainWriter writer(options, hooks);
  EXPECT_TRUE(Eventually([&] {
    const absl::MutexLock lock(&mutex);
    return reasons.count("CHAIN_AHEAD") > 0;
  }));
}

TEST_F(ChainTest, MemoryThatCaughtUpHoldsWhatAnotherProcessHadCommitted) {
  StoreProcess here(database_.url()), there(database_.url());
  const CatchUp catch_up(here.pool(), here.follower());
  EXPECT_TRUE(catch_up.Await(Soon()).ok()) << "an empty log";
  for (int i = 0; i < 20; ++i) {
    const std::string id = absl::StrCat("WIND-", i);
    ASSERT_TRUE(CommitAndWait(there.committer(), Registering(ids_, SampleDer(id))).ok());
    ASSERT_TRUE(catch_up.Await(Soon()).ok());
    EXPECT_NE(here.model().FindDer(id), nullptr) << id;
  }
}

TEST_F(ChainTest, TheNewestEventIsThatOfTheGreatestTransactionNumberNotOfTheGreatestText) {
  PlantTen();
  database_.Execute("UPDATE event SET xid = '9' WHERE event_text(stored_bytes, 5) = 'SOLAR-0'");
  StoreProcess here(database_.url()), there(database_.url());
  const CatchUp catch_up(here.pool(), here.follower());
  for (const char* id : {"WIND-1", "WIND-2", "WIND-3"}) {
    ASSERT_TRUE(CommitAndWait(there.committer(), Registering(ids_, SampleDer(id))).ok());
    ASSERT_TRUE(catch_up.Await(Soon()).ok());
    EXPECT_NE(here.model().FindDer(id), nullptr) << id;
  }
}

TEST_F(ChainTest, ALongTransactionHoldsMemoryBackAndTheWaitEndsAtItsDeadline) {
  StoreProcess process(database_.url());
  const CatchUp catch_up(process.pool(), process.follower());
  ConnectOptions options;
  options.database_url = database_.url();
  const auto connection = *Connection::Open(options);
  {
    Transaction open(*connection, Transaction::Kind::kReadWrite);
    open.Execute("SELECT pg_current_xact_id()");
    ASSERT_TRUE(CommitAndWait(process.committer(), Registering(ids_, SampleDer("WIND-1"))).ok());
    EXPECT_EQ(base::ReasonOf(catch_up.Await(absl::Now() + absl::Milliseconds(300))), "MEMORY_BEHIND");
    open.Commit();
  }
  EXPECT_TRUE(catch_up.Await(Soon()).ok());
}

TEST_F(ChainTest, VerificationGoesInPages) {
  PlantTen();
  Pool::Options options;
  options.connect.database_url = database_.url();
  Pool pool(options);
  PgQueries queries(pool);
  const auto first = queries.VerifyChain(1, 4, std::nullopt, Soon());
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->through_sequence, 4);
  const auto second = queries.VerifyChain(5, 100, std::nullopt, Soon());
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(second->valid);
  EXPECT_EQ(second->checked, 6);
}

}  // namespace
}  // namespace derms::store
