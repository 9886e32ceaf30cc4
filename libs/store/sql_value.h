// Values on their way to PostgreSQL: parameters of a statement and array literals for unnest, both as text.
//
// Text because one form serves libpqxx 6.4 and 7.10; everything is a bound parameter, never part of the SQL.
// A NUL byte, which PostgreSQL cannot store, throws StatusError TEXT_NOT_STORABLE. Plain values, not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace derms::store {

// "2026-11-23 05:00:00.123456+00", cut to the microsecond that timestamptz keeps; "-infinity", "infinity".
std::string TimestampText(absl::Time time);
std::string HexBytes(std::string_view bytes);  // bytea input, "\x6465"
std::string DoubleText(double value);          // the shortest text that reads back as the same number

// "{1,NULL,\"text\"}", the input form of an array. Elements of one kind.
class ArrayLiteral {
 public:
  void Add(std::int64_t value);
  void Add(int value) { Add(static_cast<std::int64_t>(value)); }
  void Add(double value);
  void Add(bool value);
  void Add(std::string_view text);
  void Add(const std::string& text) { Add(std::string_view(text)); }
  void Add(const char* text) { Add(std::string_view(text)); }
  void Add(absl::Time time);
  void AddBytes(std::string_view bytes);
  void AddNull();
  template <typename T>
  void Add(const std::optional<T>& value) {
    if (value) {
      Add(*value);
    } else {
      AddNull();
    }
  }
  std::string Take();

 private:
  void Separate();
  std::string text_ = "{";
};

// ArrayLiteral of a whole vector.
template <typename T>
std::string ArrayOf(const std::vector<T>& values) {
  ArrayLiteral array;
  for (const T& value : values) array.Add(value);
  return array.Take();
}

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
  Params& AddArray(ArrayLiteral& array);  // takes its text
  template <typename T>
  Params& Add(const std::optional<T>& value) {
    return value ? Add(*value) : AddNull();
  }
  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  std::vector<std::optional<std::string>> values_;
};

}  // namespace derms::store
