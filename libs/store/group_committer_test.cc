#include "libs/store/group_committer.h"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/store/pool.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using domain::DerStatus;
using testing::ChangingStatus;
using testing::CommitAndWait;
using testing::Registering;
using testing::SampleDer;
using testing::WithRequest;

GroupCommitter::Options To(const std::string& url) {
  GroupCommitter::Options options;
  options.connect.database_url = url;
  return options;
}

// Remembers what it is told.
class Recorder : public CommitObserver {
 public:
  void OnCommitted(const Mutation&) override { ++committed; }
  void OnNewerRow(const domain::Der& der) override {
    const absl::MutexLock lock(&mutex_);
    newer_[der.der_id] = der.revision;
  }
  std::int64_t NewerRevision(const std::string& der_id) {
    const absl::MutexLock lock(&mutex_);
    return newer_[der_id];
  }
  std::atomic<int> committed{0};

 private:
  absl::Mutex mutex_;
  std::map<std::string, std::int64_t> newer_;
};

class GroupCommitterTest : public ::testing::Test {
 protected:
  std::string ReasonOf(const absl::StatusOr<Committed>& outcome) { return base::ReasonOf(outcome.status()); }
  std::string Count(const std::string& table) { return database_.Query(absl::StrCat("SELECT count(*) FROM ", table)); }
  absl::StatusOr<Committed> Commit(Mutation mutation) { return CommitAndWait(committer_, std::move(mutation)); }

  testing::TestDatabase database_;
  base::RandomIdSource ids_;
  Recorder recorder_;
  GroupCommitter committer_{To(database_.url()), {}, {&recorder_}, ids_};
};

TEST_F(GroupCommitterTest, AnOkIsStoredWithItsEventAndToldToObserversFirst) {
  const domain::Der der = SampleDer("SOLAR-1");
  ASSERT_TRUE(Commit(Registering(ids_, der)).ok());
  EXPECT_EQ(recorder_.committed, 1);
  EXPECT_EQ(database_.Query("SELECT der_key FROM der WHERE der_id = 'SOLAR-1'"), absl::StrCat(der.key()));
  EXPECT_EQ(database_.Query("SELECT summary FROM event_told"), "der_registered SOLAR-1");
}

TEST_F(GroupCommitterTest, TheSameDerTwiceIsRefusedAndLeavesNoEvent) {
  ASSERT_TRUE(Commit(Registering(ids_, SampleDer("SOLAR-1"))).ok());
  EXPECT_EQ(ReasonOf(Commit(Registering(ids_, SampleDer("SOLAR-1", "owner-2")))), "DER_EXISTS");
  EXPECT_EQ(Count("event"), "1");
  EXPECT_EQ(recorder_.NewerRevision("SOLAR-1"), 1);
}

TEST_F(GroupCommitterTest, AnotherIdWithTheSameKeyIsAClash) {
  const domain::Der der = SampleDer("SOLAR-1");
  ASSERT_TRUE(Commit(Registering(ids_, der)).ok());
  database_.Execute("UPDATE der SET der_id = 'OTHER-1'");  // as if the two ids had one hash
  EXPECT_EQ(ReasonOf(Commit(Registering(ids_, der))), "DER_KEY_CLASH");
}

TEST_F(GroupCommitterTest, AStatusChangeNeedsTheRevisionBefore) {
  const domain::Der der = SampleDer("SOLAR-1");
  ASSERT_TRUE(Commit(Registering(ids_, der)).ok());
  ASSERT_TRUE(Commit(ChangingStatus(ids_, der, DerStatus::kOnline)).ok());
  const auto late = Commit(ChangingStatus(ids_, der, DerStatus::kMaintenance));
  EXPECT_EQ(ReasonOf(late), "REVISION_MISMATCH");
  EXPECT_EQ(late.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(recorder_.NewerRevision("SOLAR-1"), 2);
  EXPECT_EQ(database_.Query("SELECT stored_status FROM der"), "2");
  EXPECT_EQ(Count("event"), "2");
}

TEST_F(GroupCommitterTest, AStatusChangeOfAnUnknownDerIsNotFound) {
  EXPECT_EQ(ReasonOf(Commit(ChangingStatus(ids_, SampleDer("NOBODY-1"), DerStatus::kOnline))), "DER_NOT_FOUND");
  EXPECT_EQ(Count("event"), "0");
}

TEST_F(GroupCommitterTest, TheOwnerIsAskedAgainByTheWrite) {
  domain::Der der = SampleDer("SOLAR-1", "owner-1");
  ASSERT_TRUE(Commit(Registering(ids_, der)).ok());
  database_.Execute("UPDATE der SET owner_id = 'owner-2'");  // transferred while the change was planned
  Mutation change;
  change.writes.emplace_back(DerStatusChange(testing::OwnerAccess(der), DerStatus::kOnline, 2, der.updated_at));
  EXPECT_EQ(ReasonOf(Commit(change)), "REVISION_MISMATCH");
  der.revision = 2;
  Mutation replace;
  replace.writes.emplace_back(DerReplace(testing::OwnerAccess(der), der));
  EXPECT_EQ(ReasonOf(Commit(replace)), "REVISION_MISMATCH");
}

TEST_F(GroupCommitterTest, AFailedPartTakesTheWholeMutationWithItAndNoOther) {
  const domain::Der one = SampleDer("SOLAR-1"), two = SampleDer("SOLAR-2");
  ASSERT_TRUE(Commit(Registering(ids_, one)).ok());
  Mutation both = Registering(ids_, two);  // its second write is refused: SOLAR-1 has revision 1
  Mutation stale = ChangingStatus(ids_, one, DerStatus::kOnline);
  both.writes.emplace_back(DerStatusChange(testing::AdminAccess("SOLAR-1"), DerStatus::kOnline, 9, one.updated_at));
  both = WithRequest(std::move(both), "request-1", "never");
  EXPECT_EQ(ReasonOf(Commit(both)), "REVISION_MISMATCH");
  EXPECT_EQ(Count("der WHERE der_id = 'SOLAR-2'"), "0");
  EXPECT_EQ(Count("event"), "1");
  EXPECT_EQ(Count("idempotency"), "0");
  EXPECT_TRUE(Commit(std::move(stale)).ok());
}

TEST_F(GroupCommitterTest, ARepeatedRequestGetsTheFirstAnswerAndWritesNothing) {
  const domain::Der der = SampleDer("SOLAR-1");
  const std::string answer("\x01\0\xFF", 3);
  ASSERT_TRUE(Commit(WithRequest(Registering(ids_, der), "request-1", answer)).ok());
  const auto again = Commit(WithRequest(Registering(ids_, der), "request-1", "another answer"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->response_bytes, answer);
  EXPECT_EQ(Count("event"), "1");
  EXPECT_EQ(recorder_.committed, 1);
}

TEST_F(GroupCommitterTest, ARequestIdWithAnotherBodyIsRefused) {
  const domain::Der der = SampleDer("SOLAR-1");
  ASSERT_TRUE(Commit(WithRequest(Registering(ids_, der), "request-1", "answer", "body")).ok());
  EXPECT_EQ(ReasonOf(Commit(WithRequest(Registering(ids_, SampleDer("SOLAR-2")), "request-1", "x", "other body"))),
            "REQUEST_ID_REUSED");
  EXPECT_EQ(Count("der"), "1");
}

TEST_F(GroupCommitterTest, AFailedRequestIsJudgedAnewWhenRepeated) {
  const domain::Der der = SampleDer("SOLAR-1");
  EXPECT_EQ(ReasonOf(Commit(WithRequest(ChangingStatus(ids_, der, DerStatus::kOnline), "request-1", "done"))),
            "DER_NOT_FOUND");
  ASSERT_TRUE(Commit(Registering(ids_, der)).ok());
  const auto again = Commit(WithRequest(ChangingStatus(ids_, der, DerStatus::kOnline), "request-1", "done"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_FALSE(again->replayed);
}

TEST_F(GroupCommitterTest, TwoCommittersKeepOneAnswerPerRequest) {
  GroupCommitter second(To(database_.url()), {}, {}, ids_);
  for (int round = 0; round < 30; ++round) {
    const domain::Der der = SampleDer(absl::StrCat("SOLAR-", round));
    const std::string request = absl::StrCat("request-", round);
    absl::StatusOr<Committed> first_outcome = absl::UnknownError(""), second_outcome = absl::UnknownError("");
    std::thread other(
        [&] { second_outcome = CommitAndWait(second, WithRequest(Registering(ids_, der), request, "from two")); });
    first_outcome = Commit(WithRequest(Registering(ids_, der), request, "from one"));
    other.join();
    ASSERT_TRUE(first_outcome.ok()) << first_outcome.status();
    ASSERT_TRUE(second_outcome.ok()) << second_outcome.status();
    EXPECT_NE(first_outcome->replayed, second_outcome->replayed);
    const auto& replayed = first_outcome->replayed ? *first_outcome : *second_outcome;
    EXPECT_EQ(replayed.response_bytes, first_outcome->replayed ? "from two" : "from one");
  }
  EXPECT_EQ(Count("der"), "30");
  EXPECT_EQ(Count("event"), "30");
}

TEST_F(GroupCommitterTest, OneItemThatTheDatabaseRefusesDoesNotFailTheOthers) {
  std::atomic<int> stored{0}, refused{0};
  {
    GroupCommitter committer(To(database_.url()), {}, {}, ids_);
    for (int i = 0; i < 200; ++i) {
      domain::Der der = SampleDer(absl::StrCat("SOLAR-", i));
      if (i == 77) der.capacity_kw = -1;                   // a CHECK refuses it
      if (i == 99) der.owner_id = std::string("a\0b", 3);  // cannot be text
      if (i == 111) der.owner_id = "\xC3\x28";             // not UTF-8
      committer.Commit(Registering(ids_, der), testing::Soon(), [&, i](const absl::StatusOr<Committed>& outcome) {
        ++(outcome.ok() ? stored : refused);
        const std::string expected = i == 77 ? "VALUE_NOT_STORABLE" : i == 99 || i == 111 ? "TEXT_NOT_STORABLE" : "";
        EXPECT_EQ(base::ReasonOf(outcome.status()), expected);
      });
    }
  }
  EXPECT_EQ(stored, 197);
  EXPECT_EQ(refused, 3);
  EXPECT_EQ(Count("der"), "197");
}

TEST_F(GroupCommitterTest, RacingWritersLoseNoUpdateAndEventsEqualAcknowledgements) {
  constexpr int kThreads = 16, kTurns = 60;
  const domain::Der der = SampleDer("SOLAR-1");
  ASSERT_TRUE(Commit(Registering(ids_, der)).ok());
  GroupCommitter second(To(database_.url()), {}, {}, ids_);  // as another replica
  std::atomic<std::int64_t> revision{1};
  std::atomic<int> acknowledged{0}, conflicts{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int turn = 0; turn < kTurns; ++turn) {
        domain::Der before = der;
        before.revision = revision;
        const auto outcome =
            CommitAndWait(t % 2 == 0 ? committer_ : second, ChangingStatus(ids_, before, DerStatus::kOnline));
        if (outcome.ok()) {
          ++acknowledged;
          std::int64_t seen = revision;
          while (seen < before.revision + 1 && !revision.compare_exchange_weak(seen, before.revision + 1)) {
          }
        } else {
          EXPECT_EQ(base::ReasonOf(outcome.status()), "REVISION_MISMATCH") << outcome.status();
          ++conflicts;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(acknowledged + conflicts, kThreads * kTurns);
  EXPECT_EQ(database_.Query("SELECT revision FROM der"), absl::StrCat(acknowledged + 1));
  EXPECT_EQ(Count("event"), absl::StrCat(acknowledged + 1));
  EXPECT_EQ(Count("(SELECT DISTINCT revision FROM event_told) e"), absl::StrCat(acknowledged + 1));
}

// Each change counts on the one before it: one that overtook another would meet another revision.
TEST_F(GroupCommitterTest, ChangesOfOneDerKeepTheirOrderWhenTwoWorkersCommit) {
  constexpr int kDers = 40, kTurns = 50;
  GroupCommitter::Options options = To(database_.url());
  options.max_batch = 16;  // so that a helper is called for
  std::atomic<int> ok{0};
  {
    GroupCommitter committer(options, {}, {}, ids_);
    std::vector<domain::Der> ders;
    for (int i = 0; i < kDers; ++i) {
      ders.push_back(SampleDer(absl::StrCat("SOLAR-", i)));
      ASSERT_TRUE(CommitAndWait(committer, Registering(ids_, ders.back())).ok());
    }
    for (int turn = 0; turn < kTurns; ++turn) {
      for (domain::Der& der : ders) {
        committer.Commit(ChangingStatus(ids_, der, turn % 2 == 0 ? DerStatus::kOnline : DerStatus::kOffline),
                         testing::Soon(),
                         [&](const absl::StatusOr<Committed>& outcome) { ok += outcome.ok() ? 1 : 0; });
        ++der.revision;
      }
    }
  }
  EXPECT_EQ(ok, kDers * kTurns);
  EXPECT_EQ(Count(absl::StrCat("der WHERE revision = ", kTurns + 1)), absl::StrCat(kDers));
}

TEST_F(GroupCommitterTest, ADeadlineThatHasPassedWritesNothing) {
  const auto outcome =
      CommitAndWait(committer_, Registering(ids_, SampleDer("SOLAR-1")), absl::Now() - absl::Seconds(1));
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(Count("der"), "0");
}

TEST_F(GroupCommitterTest, AFullQueueRefusesAtOnceAndDrainingFinishesWhatWasTaken) {
  GroupCommitter::Options options = To(database_.url());
  options.queue_limit = 10;
  std::atomic<int> ok{0}, full{0};
  {
    GroupCommitter committer(options, {}, {}, ids_);
    for (int i = 0; i < 1000; ++i) {
      committer.Commit(Registering(ids_, SampleDer(absl::StrCat("SOLAR-", i))), testing::Soon(),
                       [&](const absl::StatusOr<Committed>& outcome) {
                         if (outcome.ok()) ++ok;
                         if (base::ReasonOf(outcome.status()) == "QUEUE_FULL") ++full;
                       });
    }
  }
  EXPECT_EQ(ok + full, 1000);
  EXPECT_GT(full, 0);
  EXPECT_EQ(Count("der"), absl::StrCat(ok.load()));
}

TEST_F(GroupCommitterTest, AMutationThatWritesOneRowTwiceIsADefect) {
  Mutation twice = Registering(ids_, SampleDer("SOLAR-1"));
  twice.writes.push_back(twice.writes[0]);
  EXPECT_EQ(ReasonOf(Commit(std::move(twice))), "MUTATION_REPEATS_ROW");
}

TEST_F(GroupCommitterTest, TextThatLooksLikeSqlIsStoredAsItIs) {
  const std::string awkward = "'); DROP TABLE der; -- {\"a\",NULL} \\x00 $1 \n\t\xE2\x98\xA0";
  domain::Der der = SampleDer("SOLAR-1", awkward);
  der.region_id = awkward;
  der.parameters.availability_series_id = awkward;
  Mutation mutation = WithRequest(Registering(ids_, der), awkward, awkward);
  mutation.events[0].actor = mutation.events[0].summary = mutation.events[0].request_id = awkward;
  mutation.events[0].resource_id = awkward;
  ASSERT_TRUE(Commit(std::move(mutation)).ok());
  EXPECT_EQ(database_.Query("SELECT owner_id FROM der"), awkward);
  EXPECT_EQ(database_.Query("SELECT parameters ->> 'availability_series_id' FROM der"), awkward);
  for (const char* column : {"actor", "summary", "request_id", "resource_id", "owner_id", "region_id"}) {
    EXPECT_EQ(database_.Query(absl::StrCat("SELECT ", column, " FROM event_told")), awkward) << column;
  }
}

}  // namespace
}  // namespace derms::store
