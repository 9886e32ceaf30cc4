// derms-admin: what needs a private key or the database, done on the machine by whoever installs DERMS.
#include <CLI/CLI.hpp>

#include "services/admin/bootstrap.h"
#include "services/admin/keys.h"
#include "services/admin/migrate.h"
#include "services/admin/token.h"

int main(int argc, char** argv) {
  CLI::App app("Administers a DERMS installation: schema, keys, tokens and the bootstrap secret.", "derms-admin");
  app.require_subcommand(1);
  app.footer("Each command explains itself: derms-admin token --help");
  derms::admin::AddMigrateCommand(app);
  derms::admin::AddKeysCommand(app);
  derms::admin::AddTokenCommand(app);
  derms::admin::AddBootstrapCommand(app);
  CLI11_PARSE(app, argc, argv);
  return 0;
}
