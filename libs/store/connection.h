// One connection to PostgreSQL: the only place that knows libpqxx, in its versions 6.4 (Debian 12) and 7.10 (13).
//
// Never reconnects by itself: a silent reconnect would lose prepared statements, locks and an open transaction.
// SQL methods throw (pg_error.h). Not thread-safe: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/sql_value.h"

namespace derms::store {

struct ConnectOptions {
  std::string database_url;  // URI or key=value form of libpq; several hosts are allowed
  std::string application_name = "derms";
  absl::Duration connect_timeout = absl::Seconds(5);     // per host
  absl::Duration statement_timeout = absl::Seconds(30);  // default of the session
};

// libpq's key=value form with our defaults added: connect timeout, TCP keepalives, a primary that takes writes.
// INVALID_ARGUMENT DATABASE_URL_INVALID, without repeating the URL: it may hold a password.
absl::StatusOr<std::string> ConnInfo(const ConnectOptions& options);

// SQL that is prepared on first use under its name. Both are string literals of the program.
struct Statement {
  const char* name;
  const char* sql;
};

// What a statement returned. Row and column count from 0; reading past the end or a NULL throws.
class Rows {
 public:
  struct Impl;
  explicit Rows(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::size_t size() const;
  bool empty() const { return size() == 0; }
  std::size_t affected() const;  // rows written by INSERT, UPDATE, DELETE
  bool IsNull(std::size_t row, int column) const;
  std::string_view View(std::size_t row, int column) const;  // valid as long as these Rows
  std::string Text(std::size_t row, int column) const { return std::string(View(row, column)); }
  std::int64_t Int(std::size_t row, int column) const;
  int Small(std::size_t row, int column) const { return static_cast<int>(Int(row, column)); }
  double Double(std::size_t row, int column) const;
  bool Bool(std::size_t row, int column) const { return View(row, column) == "t"; }
  std::string Bytes(std::size_t row, int column) const;  // of a bytea
  absl::Time Micros(std::size_t row, int column) const;  // of a bigint, microseconds since 1970
  std::optional<std::string> MaybeText(std::size_t row, int column) const;
  std::optional<double> MaybeDouble(std::size_t row, int column) const;
  std::optional<std::int64_t> MaybeInt(std::size_t row, int column) const;

 private:
  std::shared_ptr<const Impl> impl_;
};

class Connection {
 public:
  // UNAVAILABLE DATABASE_UNAVAILABLE, INVALID_ARGUMENT DATABASE_URL_INVALID.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const ConnectOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One or more statements without parameters; the rows of the last.
  Rows Execute(std::string_view sql);
  Rows Run(const Statement& statement, const Params& params);
  bool broken() const;  // seen to be lost; a lost connection that nobody used looks whole

 private:
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// BEGIN ... COMMIT on a connection; rolls back when destroyed before Commit.
class Transaction {
 public:
  enum class Kind { kReadWrite, kReadOnly, kSnapshot };  // kSnapshot: read only, one snapshot for all statements
  // `timeout` bounds every statement of it (SET LOCAL); none: what the session has.
  Transaction(Connection& connection, Kind kind, std::optional<absl::Duration> timeout = std::nullopt);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Rows Run(const Statement& statement, const Params& params) { return connection_.Run(statement, params); }
  Rows Execute(std::string_view sql) { return connection_.Execute(sql); }
  void Commit();  // throws CommitInDoubt when the connection was lost meanwhile
  void Rollback() noexcept;

 private:
  Connection& connection_;
  bool open_ = false;
};

}  // namespace derms::store
