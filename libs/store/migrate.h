// Schema migrations: SQL files embedded in the binary (sql/NNNN_name.sql), applied in order, never edited once
// released (their checksums are compared).
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/store/connection.h"

namespace derms::store {

struct Migration {
  int version = 0;  // from 1 without a gap
  std::string name;
  std::string sql;
};

const std::vector<Migration>& EmbeddedMigrations();  // generated from sql/ when building

struct MigrationReport {
  std::vector<std::string> applied;  // "0001_registry", those of this call; with dry_run those it would apply
  int version = 0;                   // of the schema afterwards
};

// Applies what is missing, each migration in a transaction, under an advisory lock: of several at once one works and
// the others wait and find nothing to do. FAILED_PRECONDITION SCHEMA_NEWER (the database knows a version that this
// binary does not), SCHEMA_CHANGED (an applied migration is not the embedded one).
absl::StatusOr<MigrationReport> Migrate(const ConnectOptions& options, bool dry_run,
                                        const std::vector<Migration>& migrations = EmbeddedMigrations());

// What services ask at start: OK only when the schema is exactly the one this binary was built for. FAILED_PRECONDITION
// SCHEMA_MISSING, SCHEMA_OUTDATED, SCHEMA_NEWER, SCHEMA_CHANGED, each with the remedy; UNAVAILABLE
// DATABASE_UNAVAILABLE.
absl::Status CheckSchemaVersion(const ConnectOptions& options,
                                const std::vector<Migration>& migrations = EmbeddedMigrations());

}  // namespace derms::store
