// Connections cut and servers killed under load: what was acknowledged is stored exactly once, what failed is not.
#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
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
using testing::TestCluster;
using testing::TestDatabase;

constexpr char kCutCommitters[] =
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1145393742 AND granted";

GroupCommitter::Options To(const std::string& url) {
  GroupCommitter::Options options;
  options.connect.database_url = url;
  return options;
}

// What clients know: ids of events that were acknowledged, and of those that failed for certain.
struct Ledger {
  absl::Mutex mutex;
  std::set<std::string> acknowledged, failed, in_doubt;

  void Note(const std::string& event_id, const absl::StatusOr<Committed>& outcome) {
    const absl::MutexLock lock(&mutex);
    if (outcome.ok()) {
      acknowledged.insert(event_id);
    } else if (base::ReasonOf(outcome.status()) == "IN_DOUBT") {
      in_doubt.insert(event_id);
    } else {
      failed.insert(event_id);
    }
  }
  std::size_t size() {
    const absl::MutexLock lock(&mutex);
    return acknowledged.size() + failed.size() + in_doubt.size();
  }
};

std::set<std::string> StoredEvents(const TestDatabase& database) {
  const std::string all = database.Query("SELECT string_agg(event_id, '') FROM event_told");
  std::set<std::string> ids;
  for (std::size_t at = 0; at < all.size(); at += 36) ids.insert(all.substr(at, 36));
  return ids;
}

void ExpectKept(Ledger& ledger, const TestDatabase& database) {
  const std::set<std::string> stored = StoredEvents(database);
  for (const std::string& id : ledger.acknowledged) EXPECT_EQ(stored.count(id), 1u) << "acknowledged and lost " << id;
  for (const std::string& id : ledger.failed) EXPECT_EQ(stored.count(id), 0u) << "failed and stored " << id;
  EXPECT_LE(stored.size(), ledger.acknowledged.size() + ledger.in_doubt.size());
  EXPECT_EQ(database.Query("SELECT count(*) FROM der"), absl::StrCat(stored.size()));
}

// Registers DERs from several threads until `stop`.
class Load {
 public:
  Load(Committer& committer, Ledger& ledger) {
    for (int t = 0; t < 8; ++t) {
      threads_.emplace_back([this, t, &committer, &ledger] {
        for (int i = 0; !stop_; ++i) {
          Mutation mutation = Registering(ids_, SampleDer(absl::StrCat("SOLAR-", t, "-", i)));
          if (i % 2 == 0) mutation = testing::WithRequest(std::move(mutation), absl::StrCat(t, "-", i), "answer");
          const std::string event_id = mutation.events[0].event_id;
          ledger.Note(event_id, CommitAndWait(committer, std::move(mutation)));
        }
      });
    }
  }
  ~Load() { Stop(); }
  void Stop() {
    stop_ = true;
    for (auto& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  base::RandomIdSource ids_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

TEST(CommitFaults, CutConnectionsLoseAndDoubleNothing) {
  TestDatabase database;
  base::RandomIdSource ids;
  Ledger ledger;
  {
    GroupCommitter committer(To(database.url()), {}, {}, ids);
    Load load(committer, ledger);
    for (int cut = 0; cut < 40; ++cut) {
      const std::size_t before = ledger.size();
      database.Execute(kCutCommitters);
      ASSERT_TRUE(Eventually([&] { return ledger.size() > before + 20; }));
    }
    load.Stop();
  }
  EXPECT_GT(ledger.acknowledged.size(), 100u);
  EXPECT_EQ(ledger.in_doubt.size(), 0u);  // the database is there: every doubt is settled
  ExpectKept(ledger, database);
}

TEST(CommitFaults, AKilledServerLosesAndDoublesNothingAndIsFoundAgain) {
  TestCluster cluster;
  TestDatabase database(cluster, TestDatabase::Schema::kMigrated);
  base::RandomIdSource ids;
  Ledger ledger;
  {
    testing::StoreProcess process(database.url());
    GroupCommitter committer(To(database.url()), {}, {}, ids);
    Load load(committer, ledger);
    for (int crash = 0; crash < 5; ++crash) {
      const auto acknowledged = [&] {
        const absl::MutexLock lock(&ledger.mutex);
        return ledger.acknowledged.size();
      };
      const std::size_t before = acknowledged();
      ASSERT_TRUE(Eventually([&] { return acknowledged() > before + 50; }));
      cluster.StopImmediately();
      cluster.Start();
    }
    load.Stop();
    // Chain and followers went through the same crashes.
    const std::string events = database.Query("SELECT count(*) FROM event");
    ASSERT_TRUE(Eventually([&] { return absl::StrCat(process.follower().sequence()) == events; }));
    const auto check = process.queries().VerifyChain(1, 1000000, std::nullopt, Soon());
    ASSERT_TRUE(check.ok()) << check.status();
    EXPECT_TRUE(check->valid) << check->finding;
  }
  ExpectKept(ledger, database);
}

TEST(CommitFaults, AConnectionLostBeforeTheCommitIsRepeatedAndStoredOnce) {
  TestDatabase database;
  base::RandomIdSource ids;
  std::atomic<int> commits{0};
  GroupCommitter::Hooks hooks;
  std::vector<bool> settled;
  hooks.before_commit = [&] {
    if (commits++ == 0) database.Execute(kCutCommitters);
  };
  hooks.on_doubt_settled = [&](bool stored) { settled.push_back(stored); };
  GroupCommitter committer(To(database.url()), hooks, {}, ids);
  const auto outcome = CommitAndWait(committer, Registering(ids, SampleDer("SOLAR-1")));
  EXPECT_TRUE(outcome.ok()) << outcome.status();
  committer.Drain();
  EXPECT_EQ(settled, std::vector<bool>{false});
  EXPECT_EQ(commits, 2);
  EXPECT_EQ(database.Query("SELECT count(*) FROM event"), "1");
}

// The answer to a repeated request was stored before: it must not pass for a sign that this batch was.
TEST(CommitFaults, ARepeatedRequestInALostStatusBatchDoesNotSpeakForTheOthers) {
  TestDatabase database;
  base::RandomIdSource ids;
  std::atomic<int> cut_before{-1}, commits{0};
  absl::Notification both_queued;
  GroupCommitter::Hooks hooks;
  hooks.before_commit = [&] {
    const int commit = ++commits;
    if (commit == cut_before - 1) both_queued.WaitForNotification();  // this one holds the others back
    if (commit == cut_before) database.Execute(kCutCommitters);
  };
  GroupCommitter committer(To(database.url()), hooks, {}, ids);
  const domain::Der one = SampleDer("SOLAR-1"), two = SampleDer("SOLAR-2"), three = SampleDer("SOLAR-3");
  for (const domain::Der& der : {one, two, three}) ASSERT_TRUE(CommitAndWait(committer, Registering(ids, der)).ok());
  const auto online = [&](const domain::Der& der) {
    return testing::ChangingStatus(ids, der, domain::DerStatus::kOnline);
  };
  const auto repeated = [&] { return testing::WithRequest(online(one), "request-1", "answer"); };
  ASSERT_TRUE(CommitAndWait(committer, repeated()).ok());

  cut_before = commits + 2;
  std::atomic<int> answered{0};
  const auto count = [&](const absl::StatusOr<Committed>& outcome) { answered += outcome.ok() ? 1 : 100; };
  committer.Commit(online(three), Soon(), count);
  ASSERT_TRUE(Eventually([&] { return commits == cut_before - 1; }));
  committer.Commit(repeated(), Soon(), count);
  committer.Commit(online(two), Soon(), count);
  both_queued.Notify();
  committer.Drain();
  EXPECT_EQ(answered, 3);
  EXPECT_EQ(database.Query("SELECT revision FROM der WHERE der_id = 'SOLAR-2'"), "2") << "acknowledged and lost";
}

// A standby that never answers makes COMMIT wait after it is durable here: cutting the connection then leaves a
// commit that happened and was not acknowledged.
class LostAcknowledgement : public ::testing::Test {
 protected:
  LostAcknowledgement() { database_.Execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'"); }
  // Cuts the committer while it waits for the standby.
  void CutInCommit() {
    ASSERT_TRUE(Eventually(
        [&] { return database_.Query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") != "0"; }));
    database_.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
  }
  void SettleStored(Mutation mutation) {
    std::atomic<int> stored{0};
    GroupCommitter::Hooks hooks;
    hooks.on_doubt_settled = [&](bool was_stored) { stored += was_stored ? 1 : 100; };
    GroupCommitter committer(To(database_.url()), hooks, {}, ids_);
    database_.Execute("SELECT pg_reload_conf()");
    ASSERT_TRUE(Eventually([&] { return database_.Query("SHOW synchronous_standby_names") == "nobody"; }));
    absl::SleepFor(absl::Milliseconds(300));  // for the checkpointer to tell all backends: from now on COMMIT waits
    std::thread cutter([&] { CutInCommit(); });
    const auto outcome = CommitAndWait(committer, std::move(mutation));
    cutter.join();
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    committer.Drain();
    EXPECT_EQ(stored, 1);
    database_.Execute("ALTER SYSTEM RESET synchronous_standby_names");
    database_.Execute("SELECT pg_reload_conf()");
  }
  std::string Count(const std::string& table) { return database_.Query("SELECT count(*) FROM " + table); }

  TestCluster cluster_;
  TestDatabase database_{cluster_, TestDatabase::Schema::kMigrated};
  base::RandomIdSource ids_;
};

TEST_F(LostAcknowledgement, OfAStatusBatchIsSettledByItsMarker) {
  const domain::Der der = SampleDer("SOLAR-1");
  {
    GroupCommitter committer(To(database_.url()), {}, {}, ids_);
    ASSERT_TRUE(CommitAndWait(committer, Registering(ids_, der)).ok());
  }
  SettleStored(
      testing::WithRequest(testing::ChangingStatus(ids_, der, domain::DerStatus::kOnline), "request-1", "yes"));
  EXPECT_EQ(database_.Query("SELECT revision FROM der"), "2");
  EXPECT_EQ(Count("event"), "2");
}

TEST_F(LostAcknowledgement, IsSettledByTheRequest) {
  Mutation mutation = testing::WithRequest(Registering(ids_, SampleDer("SOLAR-1")), "request-1", "answer");
  mutation.events.clear();
  SettleStored(std::move(mutation));
  EXPECT_EQ(Count("der"), "1");
}

TEST_F(LostAcknowledgement, IsSettledByTheMarkerWhenThereIsNone) {
  Mutation mutation = Registering(ids_, SampleDer("SOLAR-1"));
  mutation.events.clear();
  SettleStored(std::move(mutation));
  EXPECT_EQ(Count("der"), "1");
  EXPECT_EQ(Count("batch_marker"), "1");
}

TEST(CommitFaults, WithoutADatabaseChangesAreRefusedAtOnceAndAcceptedWhenItIsBack) {
  TestCluster cluster;
  TestDatabase database(cluster, TestDatabase::Schema::kMigrated);
  base::RandomIdSource ids;
  GroupCommitter committer(To(database.url()), {}, {}, ids);
  ASSERT_TRUE(CommitAndWait(committer, Registering(ids, SampleDer("SOLAR-0"))).ok());
  cluster.StopImmediately();
  for (int i = 1; i < 20; ++i) {
    const auto outcome = CommitAndWait(committer, Registering(ids, SampleDer(absl::StrCat("SOLAR-", i))));
    EXPECT_EQ(base::ReasonOf(outcome.status()), "DATABASE_UNAVAILABLE");
  }
  cluster.Start();
  EXPECT_TRUE(Eventually([&] {
    const auto outcome = CommitAndWait(committer, Registering(ids, SampleDer(ids.NewId())));
    return outcome.ok();
  }));
}

TEST(CommitFaults, ADoubtThatCannotBeSettledSaysSo) {
  TestCluster cluster;
  TestDatabase database(cluster, TestDatabase::Schema::kMigrated);
  base::RandomIdSource ids;
  std::atomic<bool> first{true};
  GroupCommitter::Hooks hooks;
  hooks.before_commit = [&] {
    if (first.exchange(false)) cluster.StopImmediately();
  };
  GroupCommitter::Options options = To(database.url());
  options.settle_limit = absl::Milliseconds(500);
  GroupCommitter committer(options, hooks, {}, ids);
  const auto outcome = CommitAndWait(committer, Registering(ids, SampleDer("SOLAR-1")));
  EXPECT_EQ(base::ReasonOf(outcome.status()), "IN_DOUBT");
  cluster.Start();
  EXPECT_EQ(database.Query("SELECT count(*) FROM der"), "0");
}

}  // namespace
}  // namespace derms::store
