// Reads a whole table through COPY ... TO STDOUT (FORMAT binary): several times faster than SELECT for a million rows.
// On libpq itself, as libpqxx has no binary COPY. Internal to libs/store.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/store/connection.h"

namespace derms::store {

// One row; columns are taken in order. Throws StatusError on a form that was not expected.
class CopyRow {
 public:
  explicit CopyRow(std::string_view bytes) : rest_(bytes) {}
  std::string_view Text();
  int Small();         // smallint
  std::int64_t Int();  // bigint
  double Double();     // double precision
  std::optional<double> MaybeDouble();
  absl::Time Timestamp();  // timestamptz

 private:
  std::optional<std::string_view> Field();
  std::string_view Present(std::size_t size);
  std::string_view rest_;
};

// Runs `select` and calls `row` for each row. UNAVAILABLE DATABASE_UNAVAILABLE when the connection fails.
absl::Status CopyOut(const ConnectOptions& options, const std::string& select,
                     const std::function<void(CopyRow&)>& row);

}  // namespace derms::store
