#include "libs/store/migrate.h"

#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "libs/base/error.h"
#include "libs/store/testing/postgres_fixture.h"

namespace derms::store {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ConnectOptions To(const testing::TestDatabase& database) {
  ConnectOptions options;
  options.database_url = database.url();
  return options;
}

class MigrateTest : public ::testing::Test {
 protected:
  testing::TestDatabase database_{testing::TestDatabase::Schema::kEmpty};
};

TEST_F(MigrateTest, AppliesAllOnceAndThenNothing) {
  const auto first = Migrate(To(database_), false);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(first->applied, SizeIs(EmbeddedMigrations().size()));
  EXPECT_TRUE(CheckSchemaVersion(To(database_)).ok());
  const auto second = Migrate(To(database_), false);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(second->applied, IsEmpty());
}

TEST_F(MigrateTest, DryRunNamesWhatItWouldDoAndTouchesNothing) {
  const auto report = Migrate(To(database_), true);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->applied, SizeIs(EmbeddedMigrations().size()));
  EXPECT_EQ(database_.Query("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
}

TEST_F(MigrateTest, ManyAtOnceApplyEachMigrationOnce) {
  std::vector<std::thread> threads;
  std::vector<std::size_t> applied(8);
  for (std::size_t i = 0; i < applied.size(); ++i) {
    threads.emplace_back([&, i] {
      const auto report = Migrate(To(database_), false);
      EXPECT_TRUE(report.ok()) << report.status();
      applied[i] = report.ok() ? report->applied.size() : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  std::size_t total = 0;
  for (const std::size_t count : applied) total += count;
  EXPECT_EQ(total, EmbeddedMigrations().size());
}

TEST_F(MigrateTest, AServiceRefusesAnEmptyDatabaseAndSaysWhatToDo) {
  const absl::Status status = CheckSchemaVersion(To(database_));
  EXPECT_EQ(base::ReasonOf(status), "SCHEMA_MISSING");
  EXPECT_THAT(std::string(status.message()), HasSubstr("derms-admin migrate"));
}

TEST_F(MigrateTest, AServiceRefusesAnOlderSchema) {
  const std::vector<Migration> older(EmbeddedMigrations().begin(), EmbeddedMigrations().end() - 1);
  ASSERT_TRUE(Migrate(To(database_), false, older).ok());
  EXPECT_EQ(base::ReasonOf(CheckSchemaVersion(To(database_))), "SCHEMA_OUTDATED");
}

TEST_F(MigrateTest, ANewerSchemaIsRefusedByServiceAndByMigration) {
  ASSERT_TRUE(Migrate(To(database_), false).ok());
  database_.Execute("INSERT INTO schema_migration (version, name, checksum) VALUES (9999, 'future', 'x')");
  EXPECT_EQ(base::ReasonOf(CheckSchemaVersion(To(database_))), "SCHEMA_NEWER");
  EXPECT_EQ(base::ReasonOf(Migrate(To(database_), false).status()), "SCHEMA_NEWER");
}

TEST_F(MigrateTest, AnEditedMigrationIsRefused) {
  ASSERT_TRUE(Migrate(To(database_), false).ok());
  auto edited = EmbeddedMigrations();
  edited[0].sql += "-- edited";
  EXPECT_EQ(base::ReasonOf(CheckSchemaVersion(To(database_), edited)), "SCHEMA_CHANGED");
}

TEST_F(MigrateTest, AFailingMigrationLeavesNothingOfItself) {
  const std::vector<Migration> broken = {{1, "good", "CREATE TABLE good (a int);"},
                                         {2, "bad", "CREATE TABLE half (a int); SELECT 1/0;"}};
  EXPECT_FALSE(Migrate(To(database_), false, broken).ok());
  EXPECT_EQ(database_.Query("SELECT string_agg(version::text, ',') FROM schema_migration"), "1");
  EXPECT_EQ(database_.Query("SELECT to_regclass('half') IS NULL"), "t");
}

TEST_F(MigrateTest, EveryTableSaysWhyItIsThere) {
  ASSERT_TRUE(Migrate(To(database_), false).ok());
  EXPECT_EQ(
      database_.Query("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
                      "AND obj_description(oid) IS NULL"),
      "0");
}

TEST_F(MigrateTest, EveryKeyOfALargeTableIsLedByTheDerKey) {
  ASSERT_TRUE(Migrate(To(database_), false).ok());
  EXPECT_EQ(database_.Query(
                "SELECT coalesce(string_agg(i.indexrelid::regclass::text, ', '), '') FROM pg_index i "
                "WHERE i.indisunique AND i.indrelid::regclass::text IN "
                "('der','latest_reading','maintenance','schedule','idempotency','event') AND (SELECT attname FROM "
                "pg_attribute WHERE attrelid = i.indrelid AND attnum = i.indkey[0]) <> 'der_key'"),
            "");
}

TEST_F(MigrateTest, EventsCannotBeChangedOrRemoved) {
  ASSERT_TRUE(Migrate(To(database_), false).ok());
  for (const char* sql : {"UPDATE event SET ordinal = 1", "DELETE FROM event", "TRUNCATE event",
                          "UPDATE event_chain SET seq = 2", "DELETE FROM event_chain", "TRUNCATE event_chain"}) {
    EXPECT_ANY_THROW(database_.Execute(sql)) << sql;
  }
}

TEST(DatabaseUrl, ABadOneIsRefusedWithoutRepeatingIt) {
  ConnectOptions options;
  options.database_url = "postgresql://user:secret@host:notaport:/x y=";
  const auto report = Migrate(options, false);
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.status().ToString(), ::testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace derms::store
