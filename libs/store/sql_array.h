// Arrays on their way to PostgreSQL, for unnest and = ANY, in its binary form: nothing is quoted, written as hex or
// searched for commas, which took a quarter of the server's time for a batch.
//
// Each class is of one element type; the statement must cast the parameter to an array of exactly that type. Plain
// values, not thread-safe. Form: array_recv and the types' own receive functions of PostgreSQL (src/backend/utils/adt).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace derms::store {

void RefuseNul(std::string_view text);  // throws StatusError TEXT_NOT_STORABLE

// The part that does not depend on the type of the elements.
class SqlArray {
 public:
  void AddNull();
  bool empty() const { return count_ == 0; }
  std::string Take();  // the whole array; leaves an empty one

 protected:
  explicit SqlArray(std::uint32_t element_type);
  void AddElement(std::string_view bytes);

 private:
  const std::uint32_t element_type_;  // its number in pg_type
  std::uint32_t count_ = 0;
  bool has_null_ = false;
  std::string bytes_;
};

// Elements as bytes; Element::kType is the type's number, Element::Value what a caller gives.
namespace sql {

struct Boolean {
  static constexpr std::uint32_t kType = 16;
  using Value = bool;
  static std::string Bytes(bool value);
};
struct Bytea {
  static constexpr std::uint32_t kType = 17;
  using Value = std::string_view;
  static std::string_view Bytes(std::string_view value) { return value; }
};
struct Bigint {
  static constexpr std::uint32_t kType = 20;
  using Value = std::int64_t;
  static std::string Bytes(std::int64_t value);
};
// Throws StatusError NUMBER_NOT_STORABLE outside 16 bits.
struct Smallint {
  static constexpr std::uint32_t kType = 21;
  using Value = int;
  static std::string Bytes(int value);
};
struct Integer {
  static constexpr std::uint32_t kType = 23;
  using Value = std::int32_t;
  static std::string Bytes(std::int32_t value);
};
// Throws StatusError TEXT_NOT_STORABLE for a NUL character.
struct Text {
  static constexpr std::uint32_t kType = 25;
  using Value = std::string_view;
  static std::string_view Bytes(std::string_view value);
};
struct Real {
  static constexpr std::uint32_t kType = 700;
  using Value = float;
  static std::string Bytes(float value);
};
struct Double {
  static constexpr std::uint32_t kType = 701;
  using Value = double;
  static std::string Bytes(double value);
};
// Cut to the microsecond that timestamptz keeps; infinite times stay infinite.
struct Timestamp {
  static constexpr std::uint32_t kType = 1184;
  using Value = absl::Time;
  static std::string Bytes(absl::Time value);
};
// A transaction's number.
struct Xid {
  static constexpr std::uint32_t kType = 5069;
  using Value = std::uint64_t;
  static std::string Bytes(std::uint64_t value);
};
// From the usual text form, "0190a8f2-...". Throws StatusError UUID_MALFORMED.
struct Uuid {
  static constexpr std::uint32_t kType = 2950;
  using Value = std::string_view;
  static std::string Bytes(std::string_view value);
};
struct Jsonb {
  static constexpr std::uint32_t kType = 3802;
  using Value = std::string_view;
  static std::string Bytes(std::string_view json);
};

}  // namespace sql

template <typename Element>
class ArrayOf final : public SqlArray {
 public:
  ArrayOf() : SqlArray(Element::kType) {}
  template <typename T>
  explicit ArrayOf(const std::vector<T>& values) : ArrayOf() {
    for (const T& value : values) Add(value);
  }
  void Add(typename Element::Value value) { AddElement(Element::Bytes(value)); }
  template <typename T>
  void Add(const std::optional<T>& value) {
    if (value) {
      Add(*value);
    } else {
      AddNull();
    }
  }
};

using BigintArray = ArrayOf<sql::Bigint>;
using BooleanArray = ArrayOf<sql::Boolean>;
using ByteaArray = ArrayOf<sql::Bytea>;
using DoubleArray = ArrayOf<sql::Double>;
using IntegerArray = ArrayOf<sql::Integer>;
using JsonbArray = ArrayOf<sql::Jsonb>;
using RealArray = ArrayOf<sql::Real>;
using SmallintArray = ArrayOf<sql::Smallint>;
using TextArray = ArrayOf<sql::Text>;
using TimestampArray = ArrayOf<sql::Timestamp>;
using XidArray = ArrayOf<sql::Xid>;
using UuidArray = ArrayOf<sql::Uuid>;

}  // namespace derms::store
