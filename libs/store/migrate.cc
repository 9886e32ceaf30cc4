#include "libs/store/migrate.h"

#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/error.h"
#include "libs/base/sha256.h"
#include "libs/store/advisory_locks.h"
#include "libs/store/pg_error.h"

namespace derms::store {
namespace {

constexpr char kVersionTable[] = R"sql(
CREATE TABLE IF NOT EXISTS schema_migration (
  version    integer PRIMARY KEY,
  name       text NOT NULL,
  checksum   text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE schema_migration IS 'Which migrations this database has, with the SHA-256 of their text: '
  'services refuse any other schema than theirs.';
)sql";

std::string ChecksumOf(const Migration& migration) {
  return base::ToHex(base::Sha256(migration.sql));
}
std::string NameOf(const Migration& migration) {
  return absl::StrFormat("%04d_%s", migration.version, migration.name);
}

using Applied = std::map<int, std::string>;  // version -> checksum

// None: there is no table of versions.
std::optional<Applied> ReadApplied(Connection& connection) {
  const Rows exists = connection.Execute("SELECT to_regclass('schema_migration') IS NOT NULL");
  if (!exists.Bool(0, 0)) return std::nullopt;
  const Rows rows = connection.Execute("SELECT version, checksum FROM schema_migration ORDER BY version");
  Applied applied;
  for (std::size_t row = 0; row < rows.size(); ++row) applied[rows.Small(row, 0)] = rows.Text(row, 1);
  return applied;
}

absl::Status CheckKnown(const Applied& applied, const std::vector<Migration>& migrations) {
  std::map<int, const Migration*> known;
  for (const Migration& migration : migrations) known[migration.version] = &migration;
  for (const auto& [version, checksum] : applied) {
    const auto found = known.find(version);
    if (found == known.end()) {
      return base::FailedPrecondition(
          "SCHEMA_NEWER", absl::StrCat("the database has schema version ", version, ", this program knows up to ",
                                       migrations.size(), ": install the newer release"));
    }
    if (ChecksumOf(*found->second) != checksum) {
      return base::FailedPrecondition(
          "SCHEMA_CHANGED", absl::StrCat("migration ", NameOf(*found->second),
                                         " of the database is not the one of this program: use the release that made "
                                         "this database, or restore a backup"));
    }
  }
  return absl::OkStatus();
}

void Apply(Connection& connection, const Migration& migration) {
  static constexpr Statement kRecord{"migration_record",
                                     "INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)"};
  Transaction transaction(connection, Transaction::Kind::kReadWrite);
  transaction.Execute("SET LOCAL statement_timeout = 0");  // an index on a large table takes its time
  transaction.Execute(migration.sql);
  transaction.Run(kRecord, Params().Add(migration.version).Add(migration.name).Add(ChecksumOf(migration)));
  transaction.Commit();
}

// Holds the migration lock of the session while it lives.
class MigrationLock {
 public:
  explicit MigrationLock(Connection& connection) : connection_(connection) {
    connection_.Execute(absl::StrCat("SET statement_timeout = 0; SELECT pg_advisory_lock(", kMigrationLock, ")"));
  }
  ~MigrationLock() {
    try {
      connection_.Execute(absl::StrCat("SELECT pg_advisory_unlock(", kMigrationLock, ")"));
    } catch (...) {  // the session is gone, and the lock with it
    }
  }
  MigrationLock(const MigrationLock&) = delete;
  MigrationLock& operator=(const MigrationLock&) = delete;

 private:
  Connection& connection_;
};

}  // namespace

absl::StatusOr<MigrationReport> Migrate(const ConnectOptions& options, bool dry_run,
                                        const std::vector<Migration>& migrations) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, Connection::Open(options));
  MigrationReport report;
  const absl::Status status = Guarded([&]() -> absl::Status {
    const MigrationLock lock(*connection);
    const Applied applied = ReadApplied(*connection).value_or(Applied());
    RETURN_IF_ERROR(CheckKnown(applied, migrations));
    if (!dry_run) connection->Execute(kVersionTable);
    for (const Migration& migration : migrations) {
      report.version = migration.version;
      if (applied.count(migration.version) > 0) continue;
      if (!dry_run) Apply(*connection, migration);
      report.applied.push_back(NameOf(migration));
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return report;
}

absl::Status CheckSchemaVersion(const ConnectOptions& options, const std::vector<Migration>& migrations) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, Connection::Open(options));
  return Guarded([&]() -> absl::Status {
    const std::optional<Applied> applied = ReadApplied(*connection);
    if (!applied || applied->empty()) {
      return base::FailedPrecondition("SCHEMA_MISSING",
                                      "the database has no DERMS schema: run derms-admin migrate --database-url URL");
    }
    RETURN_IF_ERROR(CheckKnown(*applied, migrations));
    if (applied->size() < migrations.size()) {
      return base::FailedPrecondition(
          "SCHEMA_OUTDATED",
          absl::StrCat("the database has schema version ", applied->rbegin()->first, ", this program needs ",
                       migrations.back().version, ": run derms-admin migrate --database-url URL"));
    }
    return absl::OkStatus();
  });
}

}  // namespace derms::store
