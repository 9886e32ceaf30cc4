// One holder at a time, by the database's clock, and no write of one who has lost the lease.
#include "libs/store/lease.h"

#include <gmock/gmock.h>

#include <thread>

#include "libs/base/error.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using testing::CommitAndWait;
using testing::Soon;
using Token = std::optional<std::int64_t>;

constexpr absl::Duration kLong = absl::Minutes(5);
constexpr absl::Duration kShort = absl::Milliseconds(50);

class LeaseTest : public ::testing::Test {
 protected:
  Token Take(const std::string& holder, absl::Duration ttl = kLong, const std::string& name = "policies") {
    const auto token = leases_.Acquire(name, holder, ttl, Soon());
    EXPECT_TRUE(token.ok()) << token.status();
    return token.value_or(Token());
  }
  void AwaitEnd() {
    EXPECT_TRUE(testing::Eventually(
        [&] { return database_.Query("SELECT expires_at <= clock_timestamp() FROM lease") == "t"; }));
  }
  absl::Status PutRegion(const std::string& region_id, std::int64_t token) {
    Mutation mutation = testing::Putting(testing::SampleRegion(region_id));
    mutation.fence = Fence{"policies", token};
    return CommitAndWait(process_.committer(), std::move(mutation)).status();
  }

  testing::TestDatabase database_;
  testing::StoreProcess process_{database_.url(), false};
  PgLeases leases_{process_.pool()};
};

TEST_F(LeaseTest, OneOfTwoHoldsItAndRenewingKeepsTheToken) {
  EXPECT_EQ(Take("first"), 1);
  EXPECT_EQ(Take("second"), std::nullopt);
  EXPECT_EQ(Take("first"), 1);
  EXPECT_EQ(Take("second", kLong, "another thing"), 1);
}

TEST_F(LeaseTest, AnEndedLeaseIsTakenWithAHigherTokenAlsoByItsOwnLastHolder) {
  EXPECT_EQ(Take("first", kShort), 1);
  AwaitEnd();
  EXPECT_EQ(Take("second", kShort), 2);
  AwaitEnd();
  EXPECT_EQ(Take("second"), 3) << "in between somebody else could have held it";
  EXPECT_EQ(Take("second"), 3);
}

TEST_F(LeaseTest, AReleasedLeaseIsFreeAtOnceAndOnlyItsHolderCanReleaseIt) {
  EXPECT_EQ(Take("first"), 1);
  ASSERT_TRUE(leases_.Release("policies", 1, Soon()).ok());
  EXPECT_EQ(Take("second"), 2);
  ASSERT_TRUE(leases_.Release("policies", 1, Soon()).ok());
  EXPECT_EQ(Take("first"), std::nullopt) << "the token was that of the first";
}

TEST_F(LeaseTest, OfManyAtOnceOneGetsIt) {
  constexpr int kMany = 8;
  std::vector<Token> tokens(kMany);
  std::vector<std::thread> threads;
  for (int i = 0; i < kMany; ++i) {
    threads.emplace_back([&, i] { tokens[static_cast<std::size_t>(i)] = Take("holder " + std::to_string(i)); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(std::count(tokens.begin(), tokens.end(), Token(1)), 1);
  EXPECT_EQ(std::count(tokens.begin(), tokens.end(), Token()), kMany - 1);
}

TEST_F(LeaseTest, AHolderThatSleptWritesNothingAnyMore) {
  ASSERT_EQ(Take("sleeper", kShort), 1);
  EXPECT_TRUE(PutRegion("BEFORE", 1).ok());
  AwaitEnd();
  EXPECT_TRUE(PutRegion("OVERDUE", 1).ok()) << "nobody else has led since";
  ASSERT_EQ(Take("waker"), 2);
  EXPECT_EQ(base::ReasonOf(PutRegion("LATE", 1)), "LEASE_LOST");
  EXPECT_TRUE(PutRegion("AFTER", 2).ok());
  EXPECT_EQ(database_.Query("SELECT string_agg(region_id, ',' ORDER BY region_id) FROM region WHERE region_id IN "
                            "('BEFORE', 'OVERDUE', 'LATE', 'AFTER')"),
            "AFTER,BEFORE,OVERDUE");
}

TEST_F(LeaseTest, ALostLeaseDoesNotKeepTheRestOfTheBatchFromBeingWritten) {
  ASSERT_EQ(Take("holder"), 1);
  std::vector<absl::Status> outcomes(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    threads.emplace_back([&, i] { outcomes[i] = PutRegion("R" + std::to_string(i), i % 2 == 0 ? 1 : 7); });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < outcomes.size(); ++i) EXPECT_EQ(outcomes[i].ok(), i % 2 == 0) << outcomes[i];
}

// From the check to the commit nobody may take the lease: what was true when it was checked is true when it is written.
TEST_F(LeaseTest, WhoWantsTheLeaseWaitsForAWriteThatHasCheckedIt) {
  ASSERT_EQ(Take("holder", kShort), 1);
  AwaitEnd();
  const absl::Status written = process_.pool().Run(Transaction::Kind::kReadWrite, Soon(), [&](Transaction& writing) {
    EXPECT_TRUE(Holds(writing, {"policies", 1}));
    EXPECT_FALSE(leases_.Acquire("policies", "other", kLong, absl::Now() + absl::Milliseconds(200)).ok());
  });
  EXPECT_TRUE(written.ok()) << written;
  EXPECT_EQ(Take("other"), 2);
}

}  // namespace
}  // namespace derms::store
