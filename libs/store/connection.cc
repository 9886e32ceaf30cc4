#include "libs/store/connection.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <new>
#include <pqxx/pqxx>
#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "libs/base/error.h"
#include "libs/store/pg_error.h"

namespace derms::store {
namespace {

#if PQXX_VERSION_MAJOR >= 7
pqxx::result RunPrepared(pqxx::nontransaction& work, const char* name, const Params& params) {
  pqxx::params values;
  for (const auto& [bytes, binary] : params.values()) {
    if (bytes && binary) {
      values.append(pqxx::binary_cast(*bytes));
    } else if (bytes) {
      values.append(*bytes);
    } else {
      values.append();
    }
  }
  return work.exec(pqxx::prepped{name}, values);
}
void NeverReactivate(pqxx::connection&) {}  // 7 has no reactivation
#else
// 6.4 takes a list of texts or of bytes, not of both: the parameters go as runs of one kind.
class Runs {
 public:
  explicit Runs(const Params& params) {
    std::size_t run = 0;
    for (const auto& [bytes, binary] : params.values()) {
      if (binary != (run % 2 == 1)) ++run;
      if (run >= kRuns) throw std::logic_error("texts and bytes alternate too often in a statement");
      if (binary) {
        bytes_[run / 2].emplace_back(bytes->data(), bytes->size());
      } else {
        texts_[run / 2].push_back(bytes ? bytes->c_str() : nullptr);
      }
    }
  }
  pqxx::result Execute(pqxx::nontransaction& work, const char* name) const {
    using pqxx::prepare::make_dynamic_params;
    return work.exec_prepared(name, make_dynamic_params(texts_[0]), make_dynamic_params(bytes_[0]),
                              make_dynamic_params(texts_[1]), make_dynamic_params(bytes_[1]),
                              make_dynamic_params(texts_[2]));
  }

 private:
  static constexpr std::size_t kRuns = 5;
  std::array<std::vector<const char*>, 3> texts_;
  std::array<std::vector<pqxx::binarystring>, 2> bytes_;
};

pqxx::result RunPrepared(pqxx::nontransaction& work, const char* name, const Params& params) {
  return Runs(params).Execute(work, name);
}
void NeverReactivate(pqxx::connection& connection) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection.inhibit_reactivation(true);  // deprecated, and yet the only way in 6.4
#pragma GCC diagnostic pop
}
#endif

std::string Quoted(std::string_view value) {
  return absl::StrCat("'", absl::StrReplaceAll(std::string(value), {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

[[noreturn]] void Unreadable() {
  throw StatusError(base::Internal("DATABASE_ERROR", "a stored value has an unexpected form; see the log"));
}

std::string BeginSql(Transaction::Kind kind, std::optional<absl::Duration> timeout) {
  std::string sql = "BEGIN";
  if (kind == Transaction::Kind::kReadOnly) sql = "BEGIN READ ONLY";
  if (kind == Transaction::Kind::kSnapshot) sql = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
  if (timeout) {
    const std::int64_t milliseconds = std::max<std::int64_t>(1, absl::ToInt64Milliseconds(*timeout));
    absl::StrAppend(&sql, "; SET LOCAL statement_timeout = ", milliseconds);
  }
  return sql;
}

}  // namespace

absl::StatusOr<std::string> ConnInfo(const ConnectOptions& options) {
  PQconninfoOption* parsed = PQconninfoParse(options.database_url.c_str(), nullptr);
  if (parsed == nullptr) {
    return base::InvalidArgument("DATABASE_URL_INVALID",
                                 "the database URL is not understood; use postgresql://user@host/database");
  }
  // Ours first: libpq takes the last of two, so what the URL says wins.
  std::string info =
      absl::StrCat("application_name=", Quoted(options.application_name),
                   " connect_timeout=", std::max<std::int64_t>(2, absl::ToInt64Seconds(options.connect_timeout)),
                   " keepalives_idle=5 keepalives_interval=2 keepalives_count=3 tcp_user_timeout=10000",
                   " target_session_attrs=read-write client_encoding=UTF8");
  for (const PQconninfoOption* option = parsed; option->keyword != nullptr; ++option) {
    if (option->val != nullptr) absl::StrAppend(&info, " ", option->keyword, "=", Quoted(option->val));
  }
  PQconninfoFree(parsed);
  return info;
}

struct Rows::Impl {
  pqxx::result result;
};

namespace {

using RowIndex = pqxx::result::size_type;

pqxx::field FieldOf(const pqxx::result& result, std::size_t row, int column) {
  if (row >= static_cast<std::size_t>(result.size())) Unreadable();
  return result[static_cast<RowIndex>(row)][static_cast<pqxx::row::size_type>(column)];
}

}  // namespace

std::size_t Rows::size() const {
  return static_cast<std::size_t>(impl_->result.size());
}

std::size_t Rows::affected() const {
  return static_cast<std::size_t>(impl_->result.affected_rows());
}

bool Rows::IsNull(std::size_t row, int column) const {
  return FieldOf(impl_->result, row, column).is_null();
}

std::string_view Rows::View(std::size_t row, int column) const {
  const pqxx::field field = FieldOf(impl_->result, row, column);
  if (field.is_null()) Unreadable();
  return {field.c_str(), static_cast<std::size_t>(field.size())};
}

std::int64_t Rows::Int(std::size_t row, int column) const {
  const std::string_view text = View(row, column);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) Unreadable();
  return value;
}

double Rows::Double(std::size_t row, int column) const {
  const std::string_view text = View(row, column);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) Unreadable();
  return value;
}

std::string Rows::Bytes(std::size_t row, int column) const {
  const std::string_view text = View(row, column);  // "\x6465"
  if (text.size() < 2 || text[0] != '\\' || text[1] != 'x') Unreadable();
  std::size_t size = 0;
  const std::unique_ptr<unsigned char, decltype(&PQfreemem)> bytes(
      PQunescapeBytea(reinterpret_cast<const unsigned char*>(text.data()), &size), &PQfreemem);
  if (!bytes) throw std::bad_alloc();
  return {reinterpret_cast<const char*>(bytes.get()), size};
}

absl::Time Rows::Micros(std::size_t row, int column) const {
  return absl::FromUnixMicros(Int(row, column));
}

std::optional<std::string> Rows::MaybeText(std::size_t row, int column) const {
  if (IsNull(row, column)) return std::nullopt;
  return Text(row, column);
}

std::optional<double> Rows::MaybeDouble(std::size_t row, int column) const {
  if (IsNull(row, column)) return std::nullopt;
  return Double(row, column);
}

std::optional<std::int64_t> Rows::MaybeInt(std::size_t row, int column) const {
  if (IsNull(row, column)) return std::nullopt;
  return Int(row, column);
}

struct Connection::Impl {
  explicit Impl(const std::string& info) : connection(info) {}
  pqxx::connection connection;
  absl::flat_hash_set<std::string> prepared;
};

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const ConnectOptions& options) {
  ASSIGN_OR_RETURN(const std::string info, ConnInfo(options));
  std::unique_ptr<Connection> opened;
  const absl::Status status = Guarded([&] {
    opened.reset(new Connection(std::make_unique<Impl>(info)));
    NeverReactivate(opened->impl_->connection);
    opened->Execute(absl::StrCat(
        "SET statement_timeout = ", std::max<std::int64_t>(1, absl::ToInt64Milliseconds(options.statement_timeout)),
        "; SET idle_in_transaction_session_timeout = '30s'; SET TimeZone = 'UTC'",
        "; SET bytea_output = 'hex'; SET extra_float_digits = 1; SET client_min_messages = error"));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return opened;
}

Rows Connection::Execute(std::string_view sql) {
  pqxx::nontransaction work(impl_->connection);
  auto rows = std::make_shared<Rows::Impl>();
  rows->result = work.exec(std::string(sql));
  return Rows(std::move(rows));
}

Rows Connection::Run(const Statement& statement, const Params& params) {
  if (impl_->prepared.insert(statement.name).second) {
    try {
      impl_->connection.prepare(statement.name, statement.sql);
    } catch (...) {
      impl_->prepared.erase(statement.name);
      throw;
    }
  }
  pqxx::nontransaction work(impl_->connection);
  auto rows = std::make_shared<Rows::Impl>();
  rows->result = RunPrepared(work, statement.name, params);
  return Rows(std::move(rows));
}

bool Connection::broken() const {
  return !impl_->connection.is_open();
}

Transaction::Transaction(Connection& connection, Kind kind, std::optional<absl::Duration> timeout)
    : connection_(connection) {
  connection_.Execute(BeginSql(kind, timeout));
  open_ = true;
}

Transaction::~Transaction() {
  Rollback();
}

void Transaction::Commit() {
  open_ = false;
  try {
    connection_.Execute("COMMIT");
  } catch (...) {
    // An answer that refuses (a deferred check, a serialization failure) is no doubt; no answer is.
    if (connection_.broken() || IsDatabaseUnavailable(StatusOfException())) throw CommitInDoubt();
    throw;
  }
}

void Transaction::Rollback() noexcept {
  if (!std::exchange(open_, false)) return;
  try {
    connection_.Execute("ROLLBACK");
  } catch (...) {  // the connection is lost, and with it the transaction
  }
}

}  // namespace derms::store
