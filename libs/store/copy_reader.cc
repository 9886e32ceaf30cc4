#include "libs/store/copy_reader.h"

#include <libpq-fe.h>

#include <bit>
#include <memory>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/pg_error.h"

namespace derms::store {
namespace {

constexpr std::size_t kHeaderBytes = 19;  // signature 11, flags 4, length of extension 4 (always 0)
constexpr std::int64_t kPostgresEpochUs = 946684800LL * 1000000;  // 2000-01-01 UTC

[[noreturn]] void Unreadable() {
  throw StatusError(base::Internal("DATABASE_ERROR", "a copied row has an unexpected form"));
}

std::uint64_t BigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = (value << 8) | static_cast<unsigned char>(c);
  return value;
}

std::string_view Cut(std::string_view& rest, std::size_t size) {
  if (rest.size() < size) Unreadable();
  const std::string_view head = rest.substr(0, size);
  rest.remove_prefix(size);
  return head;
}

struct Closer {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
  void operator()(char* buffer) const { PQfreemem(buffer); }
};

// Whether the last bytes of the stream said that all went well.
absl::Status EndOf(PGconn* connection) {
  const std::unique_ptr<PGresult, Closer> result(PQgetResult(connection));
  if (result && PQresultStatus(result.get()) == PGRES_COMMAND_OK) return absl::OkStatus();
  return DatabaseUnavailable();
}

absl::Status ReadAll(PGconn* connection, const std::function<void(CopyRow&)>& row) {
  for (bool first = true;; first = false) {
    char* raw = nullptr;
    const int size = PQgetCopyData(connection, &raw, 0);
    const std::unique_ptr<char, Closer> buffer(raw);
    if (size == -1) return EndOf(connection);
    if (size < 0) return DatabaseUnavailable();
    std::string_view bytes(raw, static_cast<std::size_t>(size));
    if (first) Cut(bytes, kHeaderBytes);
    if (bytes.empty()) continue;
    const auto fields = static_cast<std::int16_t>(BigEndian(Cut(bytes, 2)));
    if (fields == -1) continue;  // the trailer
    CopyRow copied(bytes);
    row(copied);
  }
}

}  // namespace

std::optional<std::string_view> CopyRow::Field() {
  const auto size = static_cast<std::int32_t>(BigEndian(Cut(rest_, 4)));
  if (size < 0) return std::nullopt;
  return Cut(rest_, static_cast<std::size_t>(size));
}

std::string_view CopyRow::Present(std::size_t size) {
  const auto field = Field();
  if (!field || field->size() != size) Unreadable();
  return *field;
}

std::string_view CopyRow::Text() {
  const auto field = Field();
  if (!field) Unreadable();
  return *field;
}

int CopyRow::Small() {
  return static_cast<std::int16_t>(BigEndian(Present(2)));
}

std::int64_t CopyRow::Int() {
  return static_cast<std::int64_t>(BigEndian(Present(8)));
}

double CopyRow::Double() {
  return std::bit_cast<double>(BigEndian(Present(8)));
}

std::optional<double> CopyRow::MaybeDouble() {
  const auto field = Field();
  if (!field) return std::nullopt;
  if (field->size() != 8) Unreadable();
  return std::bit_cast<double>(BigEndian(*field));
}

absl::Time CopyRow::Timestamp() {
  return absl::FromUnixMicros(Int() + kPostgresEpochUs);
}

absl::Status CopyOut(const ConnectOptions& options, const std::string& select,
                     const std::function<void(CopyRow&)>& row) {
  ASSIGN_OR_RETURN(const std::string info, ConnInfo(options));
  const std::unique_ptr<PGconn, Closer> connection(PQconnectdb(info.c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK) return DatabaseUnavailable();
  const std::string sql = absl::StrCat("COPY (", select, ") TO STDOUT (FORMAT binary)");
  const std::unique_ptr<PGresult, Closer> begun(PQexec(connection.get(), sql.c_str()));
  if (PQresultStatus(begun.get()) != PGRES_COPY_OUT) {
    if (PQstatus(connection.get()) != CONNECTION_OK) return DatabaseUnavailable();
    return base::Internal("DATABASE_ERROR", "the database refused to copy a table; see its log");
  }
  return Guarded([&] { return ReadAll(connection.get(), row); });
}

}  // namespace derms::store
