// derms-admin migrate: brings the database to the schema of this release.
#pragma once

#include <CLI/CLI.hpp>

namespace derms::admin {

// Adds `migrate --database-url URL [--dry-run]` (URL also from DERMS_DATABASE_URL). When it fails it throws
// CLI::RuntimeError with exit code 1, after one line on standard error; main passes it to CLI::App::exit.
void AddMigrateCommand(CLI::App& app);

}  // namespace derms::admin
