// The host's storage on a real PostgreSQL.
#include "libs/server/pg_storage.h"

#include <gtest/gtest.h>

#include <sstream>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"

namespace derms::server {
namespace {

using store::testing::Eventually;
using store::testing::TestDatabase;

class PgStorageTest : public ::testing::Test {
 protected:
  std::unique_ptr<Storage> Open(const TestDatabase& database) {
    Config config;
    config.database_url = database.url();
    auto storage = OpenPgStorage({"derms-test", 0, 0, {}}, config, metrics_, logger_);
    EXPECT_TRUE(storage.ok()) << storage.status();
    return *std::move(storage);
  }
  static absl::StatusOr<store::Committed> Commit(Storage& storage, store::Mutation mutation) {
    absl::Notification answered;
    absl::StatusOr<store::Committed> outcome;
    storage.committer().Commit(std::move(mutation), absl::Now() + absl::Seconds(30), [&](auto result) {
      outcome = std::move(result);
      answered.Notify();
    });
    answered.WaitForNotification();
    return outcome;
  }
  observe::Metrics metrics_;
  std::ostringstream log_;
  observe::Logger logger_{{.service = "test"}, log_};
};

TEST_F(PgStorageTest, StartsCommitsAndKnowsTheAnswerToARepeatedRequestOnly) {
  const TestDatabase database;
  const auto storage = Open(database);
  ASSERT_TRUE(storage->Start().ok());
  EXPECT_TRUE(storage->Ready().ok());

  store::Mutation mutation;
  mutation.writes.push_back(
      store::TokenRevocation(domain::RoleAccess::System(), "token-1", "", storage->clock().Now()));
  store::Idempotency request;
  request.principal = "admin-1";
  request.method = "/derms.v1.AccessService/RevokeToken";
  request.request_id = "0af76519-16cd-43dd-8448-eb211c80319c";
  request.request_sha256 = std::string(32, 'a');
  request.response_bytes = "the first answer";
  mutation.idempotency = request;
  const auto committed = Commit(*storage, std::move(mutation));
  ASSERT_TRUE(committed.ok()) << committed.status();

  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  const auto known = storage->archive().FindResponse(request, deadline);
  ASSERT_TRUE(known.ok()) << known.status();
  EXPECT_EQ(*known, "the first answer");
  request.request_sha256 = std::string(32, 'b');
  EXPECT_EQ(base::ReasonOf(storage->archive().FindResponse(request, deadline).status()), "REQUEST_ID_REUSED");
  request.request_id = "11111111-16cd-43dd-8448-eb211c80319c";
  EXPECT_EQ(*storage->archive().FindResponse(request, deadline), std::nullopt);

  storage->Drain();
  EXPECT_FALSE(Commit(*storage, {}).ok());
}

// After a restart of the database whoever comes first takes the room that it has: an order must not come too late.
TEST_F(PgStorageTest, ConnectionsOfOrdersComeBackBeforeTheyAreNeeded) {
  TestDatabase database;
  const auto storage = Open(database);
  (void)storage->reserved();
  ASSERT_TRUE(storage->Start().ok());
  const std::string of_orders =
      "FROM pg_stat_activity WHERE application_name = 'derms-test orders' "
      "AND datname = current_database()";
  const auto count = [&] { return database.Query("SELECT count(*) " + of_orders); };
  ASSERT_TRUE(Eventually([&] { return count() >= "2"; })) << count();
  const std::string before = database.Query("SELECT min(pid) " + of_orders);
  database.Execute("SELECT pg_terminate_backend(pid) " + of_orders);
  EXPECT_TRUE(Eventually([&] { return count() >= "2"; })) << count();
  EXPECT_NE(database.Query("SELECT min(pid) " + of_orders), before);
}

TEST_F(PgStorageTest, RefusesADatabaseWithoutItsSchema) {
  const TestDatabase empty(TestDatabase::Schema::kEmpty);
  EXPECT_EQ(Open(empty)->Start().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(WithPassword, FollowsTheFormOfTheUrl) {
  EXPECT_EQ(WithPassword("host=db", R"(a'b\c)"), R"(host=db password='a\'b\\c')");
  EXPECT_EQ(WithPassword("postgresql://db/derms", "p/"), "postgresql://db/derms?password=%70%2F");
  EXPECT_EQ(WithPassword("postgresql://db/derms?user=u", "p"), "postgresql://db/derms?user=u&password=%70");
}

}  // namespace
}  // namespace derms::server
