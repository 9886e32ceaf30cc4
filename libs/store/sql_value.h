// Parameters of a statement: single values as text, whose type the statement decides; bytea and arrays as bytes.
//
// Everything is a bound parameter, never part of the SQL.
// A NUL byte, which PostgreSQL cannot store, throws StatusError TEXT_NOT_STORABLE. Plain values, not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "libs/store/sql_array.h"

namespace derms::store {

class Params {
 public:
  Params& Add(std::string_view text);
  Params& Add(const std::string& text) { return Add(std::string_view(text)); }
  Params& Add(const char* text) { return Add(std::string_view(text)); }
  Params& Add(std::int64_t value);
  Params& Add(int value) { return Add(static_cast<std::int64_t>(value)); }
  Params& Add(std::size_t value) { return Add(static_cast<std::int64_t>(value)); }
  Params& Add(double value);
  Params& Add(bool value);
  Params& Add(absl::Time time);
  Params& AddBytes(std::string_view bytes);
  Params& AddNull();
  Params& AddArray(SqlArray& array);  // takes what it holds
  Params& AddArray(SqlArray&& array) { return AddArray(array); }
  template <typename T>
  Params& Add(const std::optional<T>& value) {
    return value ? Add(*value) : AddNull();
  }

  struct Value {
    std::optional<std::string> bytes;
    bool binary = false;
  };
  const std::vector<Value>& values() const { return values_; }

 private:
  std::vector<Value> values_;
};

}  // namespace derms::store
