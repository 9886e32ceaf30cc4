#include "libs/store/pg_error.h"

#include <pqxx/pqxx>
#include <string_view>
#include <utility>

#include "libs/base/error.h"

namespace derms::store {
namespace {

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// 08: connection; 57P: shutdown or starting up; 53300: too many connections; 25006: a standby that cannot write.
bool IsConnectionState(std::string_view state) {
  return StartsWith(state, "08") || StartsWith(state, "57P") || state == "53300" || state == "25006";
}

absl::Status StatusOfSqlState(const std::string& state) {
  if (IsConnectionState(state)) return DatabaseUnavailable();
  if (state == "55P03") {
    return base::Aborted("LOCKED", "another session holds what this change needs; retry it");
  }
  if (state == "57014") {
    return base::DeadlineExceeded("STATEMENT_TIMEOUT", "the database did not finish in time; retry with more time");
  }
  if (state == "40001" || state == "40P01") {
    return base::Aborted("SERIALIZATION", "two writes met in the database and this one gave way; retry it");
  }
  if (state == "22021" || state == "22P05") {
    return base::InvalidArgument("TEXT_NOT_STORABLE", "a text holds bytes that cannot be stored; send plain UTF-8");
  }
  // 22P02: a parameter that we made ourselves does not read as its type; no caller can send one.
  if (state != "22P02" && (StartsWith(state, "22") || StartsWith(state, "23"))) {
    return base::InvalidArgument("VALUE_NOT_STORABLE", "a value is outside what the database accepts; correct it");
  }
  if (StartsWith(state, "53")) {
    return base::Unavailable("DATABASE_UNAVAILABLE", "the database is out of disk or memory; call its operator");
  }
  return base::Internal("DATABASE_ERROR", "the database refused a statement; see the log of the service")
      .Metadata("sqlstate", state);
}

}  // namespace

absl::Status DatabaseUnavailable() {
  return base::Unavailable("DATABASE_UNAVAILABLE", "the database cannot be reached; nothing was stored, retry");
}

absl::Status CommitUnknown() {
  return base::Unavailable("IN_DOUBT",
                           "the connection was lost while committing; retry with the same request_id to learn whether "
                           "the change was stored");
}

absl::Status StatusOfException() {
  try {
    throw;
  } catch (const StatusError& error) {
    return error.status();
  } catch (const CommitInDoubt&) {
    return CommitUnknown();
  } catch (const pqxx::in_doubt_error&) {
    return CommitUnknown();
  } catch (const pqxx::broken_connection&) {
    return DatabaseUnavailable();
  } catch (const pqxx::sql_error& error) {
    return StatusOfSqlState(error.sqlstate());
  } catch (const std::exception&) {
    return base::Internal("DATABASE_ERROR", "the database gave an answer that was not understood; see the log");
  }
}

absl::Status Guarded(const std::function<absl::Status()>& work) {
  try {
    return work();
  } catch (...) {
    return StatusOfException();
  }
}

bool IsDatabaseUnavailable(const absl::Status& status) {
  return base::ReasonOf(status) == "DATABASE_UNAVAILABLE";
}

bool IsInDoubt(const absl::Status& status) {
  return base::ReasonOf(status) == "IN_DOUBT";
}

bool IsSerialization(const absl::Status& status) {
  return base::ReasonOf(status) == "SERIALIZATION";
}

}  // namespace derms::store
