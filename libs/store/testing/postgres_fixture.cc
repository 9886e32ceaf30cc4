#include "libs/store/testing/postgres_fixture.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "libs/store/connection.h"
#include "libs/store/migrate.h"
#include "libs/store/pg_error.h"

namespace derms::store::testing {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "PostgreSQL for tests: %s\n", why.c_str());
  std::exit(1);
}

void Shell(const std::string& command) {
  if (std::system(command.c_str()) != 0) Die(absl::StrCat("failed: ", command));
}

std::string NewestBin() {
  std::string newest;
  int newest_version = 0;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql")) {
    const int version = std::atoi(entry.path().filename().c_str());
    if (version > newest_version && fs::exists(entry.path() / "bin" / "initdb")) {
      newest_version = version;
      newest = entry.path() / "bin";
    }
  }
  if (newest.empty()) Die("no initdb in /usr/lib/postgresql/*/bin; install the package postgresql");
  return newest;
}

// One cluster for the whole test program, unless a server is given.
std::string ServerUrl() {
  if (const char* given = std::getenv("DERMS_TEST_DATABASE_URL")) return given;
  static const auto cluster = std::make_unique<TestCluster>();
  return cluster->Url("postgres");
}

std::unique_ptr<Connection> Connect(const std::string& url) {
  ConnectOptions options;
  options.database_url = url;
  auto connection = Connection::Open(options);
  if (!connection.ok()) Die(connection.status().ToString());
  return *std::move(connection);
}

// The same server, another database; whoever connects gives its own name.
std::string WithDatabase(const std::string& server_url, const std::string& database) {
  ConnectOptions options;
  options.database_url = server_url;
  const auto info = ConnInfo(options);
  if (!info.ok()) Die("DERMS_TEST_DATABASE_URL is not understood");
  const std::string nameless = absl::StrReplaceAll(*info, {{"application_name='derms' ", ""}});
  return absl::StrCat(nameless, " dbname='", database, "'");
}

}  // namespace

TestCluster::TestCluster() : bin_(NewestBin()) {
  std::string pattern = (fs::temp_directory_path() / "derms-pg-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) Die("no temporary folder");
  folder_ = pattern;
  if (geteuid() == 0) Shell(absl::StrCat("chown postgres: ", folder_));
  Shell(AsOwner(absl::StrCat(bin_, "/initdb -D ", folder_, "/data -U derms -A trust --no-locale -E UTF8 --no-sync")));
  Start();
}

TestCluster::~TestCluster() {
  if (running_) StopImmediately();
  fs::remove_all(folder_);
}

std::string TestCluster::AsOwner(const std::string& command) const {
  const std::string user = geteuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --init-groups -- " : "";
  return absl::StrCat("cd ", folder_, " && ", user, command, " >/dev/null 2>&1 </dev/null");
}

std::string TestCluster::Url(const std::string& database) const {
  return absl::StrCat("host='", folder_, "' user=derms dbname='", database, "'");
}

void TestCluster::Start() {
  Shell(AsOwner(absl::StrCat(bin_, "/pg_ctl start -w -D ", folder_, "/data -l ", folder_, "/log -o \"-k ", folder_,
                             " -c listen_addresses='' -c max_connections=200 -c fsync=off\"")));
  running_ = true;
}

void TestCluster::StopImmediately() {
  Shell(AsOwner(absl::StrCat(bin_, "/pg_ctl stop -w -m immediate -D ", folder_, "/data")));
  running_ = false;
}

TestDatabase::TestDatabase(Schema schema) : server_url_(ServerUrl()) {
  Create(schema);
}

TestDatabase::TestDatabase(const TestCluster& cluster, Schema schema) : server_url_(cluster.Url("postgres")) {
  Create(schema);
}

void TestDatabase::Create(Schema schema) {
  static std::atomic<int> count{0};
  name_ = absl::StrCat("derms_test_", getpid(), "_", count++);
  Connect(server_url_)->Execute(absl::StrCat("CREATE DATABASE ", name_));
  url_ = WithDatabase(server_url_, name_);
  if (schema == Schema::kEmpty) return;
  ConnectOptions options;
  options.database_url = url_;
  const auto report = Migrate(options, false);
  if (!report.ok()) Die(report.status().ToString());
}

TestDatabase::~TestDatabase() {
  ConnectOptions options;
  options.database_url = server_url_;
  const auto connection = Connection::Open(options);
  if (!connection.ok()) return;  // the test stopped the server
  const absl::Status dropped = Guarded([&] {
    (*connection)->Execute(absl::StrCat("DROP DATABASE ", name_, " WITH (FORCE)"));
    return absl::OkStatus();
  });
  if (!dropped.ok()) std::fprintf(stderr, "%s stays: %s\n", name_.c_str(), dropped.ToString().c_str());
}

std::string TestDatabase::Query(const std::string& sql) const {
  const Rows rows = Connect(url_)->Execute(sql);
  return rows.empty() || rows.IsNull(0, 0) ? "" : rows.Text(0, 0);
}

void TestDatabase::Execute(const std::string& sql) const {
  Connect(url_)->Execute(sql);
}

}  // namespace derms::store::testing
