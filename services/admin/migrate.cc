#include "services/admin/migrate.h"

#include <iostream>
#include <memory>
#include <string>

#include "libs/store/migrate.h"

namespace derms::admin {
namespace {

struct MigrateArguments {
  std::string database_url;
  bool dry_run = false;
};

void RunMigrate(const MigrateArguments& arguments) {
  store::ConnectOptions options;
  options.database_url = arguments.database_url;
  options.application_name = "derms-admin";
  const auto report = store::Migrate(options, arguments.dry_run);
  if (!report.ok()) {
    std::cerr << "derms-admin migrate: " << report.status().message() << "\n";
    throw CLI::RuntimeError(1);
  }
  for (const std::string& name : report->applied) {
    std::cout << (arguments.dry_run ? "would apply " : "applied ") << name << "\n";
  }
  if (report->applied.empty()) std::cout << "nothing to do: the schema has version " << report->version << "\n";
}

}  // namespace

void AddMigrateCommand(CLI::App& app) {
  const auto arguments = std::make_shared<MigrateArguments>();
  CLI::App* command = app.add_subcommand("migrate", "Bring the database to the schema of this release");
  command->footer("Example: derms-admin migrate --database-url postgresql://derms@localhost/derms --dry-run");
  command->add_option("--database-url", arguments->database_url, "URL of the PostgreSQL database")
      ->envname("DERMS_DATABASE_URL")
      ->required();
  command->add_flag("--dry-run", arguments->dry_run, "Say what would be applied and change nothing");
  command->callback([arguments] { RunMigrate(*arguments); });
}

}  // namespace derms::admin
