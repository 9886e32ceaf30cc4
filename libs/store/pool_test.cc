#include "libs/store/pool.h"

#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/store/testing/postgres_fixture.h"

namespace derms::store {
namespace {

absl::Time Soon() {
  return absl::Now() + absl::Seconds(20);
}

class PoolTest : public ::testing::Test {
 protected:
  Pool::Options Options(std::size_t connections) {
    Pool::Options options;
    options.connect.database_url = database_.url();
    options.max_connections = connections;
    return options;
  }
  testing::TestDatabase database_{testing::TestDatabase::Schema::kEmpty};
};

TEST_F(PoolTest, ReadsWithParametersOfEveryKind) {
  Pool pool(Options(1));
  static constexpr Statement kEcho{
      "echo", "SELECT $1::text, $2::bigint, $3::double precision, $4::boolean, $5::bytea, $6::text, $7::float8[]"};
  const std::string awkward = "'; DROP TABLE der; -- \" \\ {a,b} \n \xC3\xA9";
  const absl::Status status = pool.Read(Soon(), [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kEcho, Params()
                                                 .Add(awkward)
                                                 .Add(std::int64_t{-9223372036854775807})
                                                 .Add(0.1 + 0.2)
                                                 .Add(true)
                                                 .AddBytes(std::string("\0\xFF\\", 3))
                                                 .AddNull()
                                                 .AddArray(DoubleArray(std::vector<double>{1, -2.5})));
    EXPECT_EQ(rows.Text(0, 0), awkward);
    EXPECT_EQ(rows.Int(0, 1), -9223372036854775807);
    EXPECT_EQ(rows.Double(0, 2), 0.1 + 0.2);
    EXPECT_TRUE(rows.Bool(0, 3));
    EXPECT_EQ(rows.Bytes(0, 4), std::string("\0\xFF\\", 3));
    EXPECT_EQ(rows.MaybeText(0, 5), std::nullopt);
    EXPECT_EQ(rows.Text(0, 6), "{1,-2.5}");
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(PoolTest, TextWithNulIsRefusedAndNotCutShort) {
  Pool pool(Options(1));
  static constexpr Statement kText{"text", "SELECT $1::text"};
  const absl::Status status = pool.Read(
      Soon(), [&](Transaction& transaction) { transaction.Run(kText, Params().Add(std::string("a\0b", 3))); });
  EXPECT_EQ(base::ReasonOf(status), "TEXT_NOT_STORABLE");
}

TEST_F(PoolTest, TheDeadlineEndsAStatement) {
  Pool pool(Options(1));
  const absl::Status status = pool.Read(absl::Now() + absl::Milliseconds(100),
                                        [](Transaction& transaction) { transaction.Execute("SELECT pg_sleep(60)"); });
  EXPECT_EQ(base::ReasonOf(status), "STATEMENT_TIMEOUT");
  EXPECT_TRUE(pool.Read(Soon(), [](Transaction& transaction) { transaction.Execute("SELECT 1"); }).ok());
}

TEST_F(PoolTest, WaitsForAConnectionNoLongerThanTheDeadline) {
  Pool pool(Options(1));
  absl::Notification taken, finish;
  std::thread holder([&] {
    EXPECT_TRUE(pool.Read(Soon(),
                          [&](Transaction&) {
                            taken.Notify();
                            finish.WaitForNotification();
                          })
                    .ok());
  });
  taken.WaitForNotification();
  const absl::Status status = pool.Read(absl::Now() + absl::Milliseconds(50), [](Transaction&) {});
  EXPECT_EQ(base::ReasonOf(status), "NO_CONNECTION");
  finish.Notify();
  holder.join();
}

TEST_F(PoolTest, AReadSurvivesThatItsIdleConnectionWasCut) {
  Pool pool(Options(2));
  const auto read = [&] {
    return pool.Read(Soon(), [](Transaction& transaction) { transaction.Execute("SELECT 1"); });
  };
  ASSERT_TRUE(read().ok());
  database_.Execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
      "pg_backend_pid()");
  EXPECT_TRUE(read().ok());
}

TEST_F(PoolTest, AConnectionCutInTheMiddleIsAnErrorAndThePoolGoesOn) {
  Pool pool(Options(1));
  const absl::Status status = pool.Run(Transaction::Kind::kReadWrite, Soon(), [&](Transaction& transaction) {
    transaction.Execute("SELECT pg_terminate_backend(pg_backend_pid())");
  });
  EXPECT_EQ(base::ReasonOf(status), "DATABASE_UNAVAILABLE") << status;
  EXPECT_TRUE(pool.Read(Soon(), [](Transaction& transaction) { transaction.Execute("SELECT 1"); }).ok());
}

TEST_F(PoolTest, AServerThatIsNotThereIsUnavailableAndNotNamed) {
  Pool::Options options;
  options.connect.database_url = "host=/nowhere/at/all dbname=x";
  Pool pool(options);
  const absl::Status status = pool.Read(Soon(), [](Transaction&) {});
  EXPECT_EQ(base::ReasonOf(status), "DATABASE_UNAVAILABLE");
  EXPECT_THAT(status.ToString(), ::testing::Not(::testing::HasSubstr("nowhere")));
}

TEST_F(PoolTest, MessagesCarryNoSql) {
  Pool pool(Options(1));
  const absl::Status status =
      pool.Read(Soon(), [](Transaction& transaction) { transaction.Execute("SELECT secret_name FROM nothing"); });
  EXPECT_EQ(base::ReasonOf(status), "DATABASE_ERROR");
  EXPECT_THAT(status.ToString(), ::testing::Not(::testing::HasSubstr("secret_name")));
}

TEST_F(PoolTest, ManyThreadsShareFewConnections) {
  Pool pool(Options(3));
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 50; ++turn) {
        EXPECT_TRUE(pool.Read(Soon(), [](Transaction& transaction) { transaction.Execute("SELECT 1"); }).ok());
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace derms::store
