// A real PostgreSQL for tests.
//
// With DERMS_TEST_DATABASE_URL every TestDatabase is a fresh database in that server; without it the first use starts
// a throw-away cluster in a temporary folder (as user postgres when root: PostgreSQL refuses root), which ends with
// the process. Tests that stop the server make a TestCluster of their own.
#pragma once

#include <string>

namespace derms::store::testing {

// A server of its own, listening on a unix socket; it survives crashes of PostgreSQL, not of the machine (no fsync).
// Failures end the test program with a message.
class TestCluster {
 public:
  TestCluster();
  ~TestCluster();
  TestCluster(const TestCluster&) = delete;
  TestCluster& operator=(const TestCluster&) = delete;

  std::string Url(const std::string& database) const;
  void Start();
  void StopImmediately();  // as a crash: no checkpoint, clients are cut off

 private:
  std::string AsOwner(const std::string& command) const;
  std::string folder_, bin_;
  bool running_ = false;
};

// A database with the whole schema (or, on request, empty), dropped at the end.
class TestDatabase {
 public:
  enum class Schema { kMigrated, kEmpty };
  explicit TestDatabase(Schema schema = Schema::kMigrated);
  TestDatabase(const TestCluster& cluster, Schema schema);  // in that cluster, which must outlive it
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& url() const { return url_; }
  std::string Query(const std::string& sql) const;  // first column of the first row as text; "" when there is none
  void Execute(const std::string& sql) const;

 private:
  void Create(Schema schema);
  std::string server_url_, name_, url_;
};

}  // namespace derms::store::testing
