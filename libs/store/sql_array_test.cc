#include "libs/store/sql_array.h"

#include <gmock/gmock.h>

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/error.h"
#include "libs/store/connection.h"
#include "libs/store/pg_error.h"
#include "libs/store/testing/postgres_fixture.h"

namespace derms::store {
namespace {

using std::string_literals::operator""s;

class SqlArrayTest : public ::testing::Test {
 protected:
  SqlArrayTest() {
    ConnectOptions options;
    options.database_url = database_.url();
    connection_ = *Connection::Open(options);
  }
  // The array as PostgreSQL writes it.
  std::string Echo(const Statement& statement, SqlArray&& array) {
    return connection_->Run(statement, Params().AddArray(array)).Text(0, 0);
  }

  testing::TestDatabase database_{testing::TestDatabase::Schema::kEmpty};
  std::unique_ptr<Connection> connection_;
};

constexpr Statement kText{"text", "SELECT $1::text[]"};

TEST_F(SqlArrayTest, NumbersArriveToTheLastDigit) {
  static constexpr Statement kBigint{"bigint", "SELECT $1::bigint[]"};
  static constexpr Statement kInteger{"integer", "SELECT $1::int[]"};
  static constexpr Statement kSmallint{"smallint", "SELECT $1::smallint[]"};
  static constexpr Statement kXid{"xid", "SELECT $1::xid8[]"};
  EXPECT_EQ(Echo(kXid, XidArray(std::vector<std::uint64_t>{3, 18446744073709551615U})), "{3,18446744073709551615}");
  static constexpr Statement kDouble{"double", "SELECT $1::float8[]"};
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min(), kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(Echo(kBigint, BigintArray(std::vector{kLeast, std::int64_t{-1}, std::int64_t{258}, kMost})),
            "{-9223372036854775808,-1,258,9223372036854775807}");
  EXPECT_EQ(Echo(kInteger, IntegerArray(std::vector<std::int32_t>{-2147483648, 0, 66051})), "{-2147483648,0,66051}");
  EXPECT_EQ(Echo(kSmallint, SmallintArray(std::vector<int>{-32768, 258, 32767})), "{-32768,258,32767}");
  EXPECT_EQ(
      Echo(kDouble, DoubleArray(std::vector<double>{0.1 + 0.2, -2.5, 1e308, std::numeric_limits<double>::infinity()})),
      "{0.30000000000000004,-2.5,1e+308,Infinity}");
}

TEST_F(SqlArrayTest, ANumberThatDoesNotFitIsRefusedAndNotCut) {
  SmallintArray array;
  EXPECT_THROW(array.Add(32768), StatusError);
  EXPECT_THROW(array.Add(-32769), StatusError);
}

TEST_F(SqlArrayTest, TextArrivesAsItIs) {
  static constexpr Statement kSecond{"second", "SELECT ($1::text[])[2]"};
  for (const std::string text : {"", "NULL", "{}", "a,b", "\"", "\\", "\\\"", "it's", " lead", "tab\t", "\xC3\xA9"}) {
    EXPECT_EQ(Echo(kSecond, TextArray(std::vector<std::string>{"first", text})), text);
  }
}

TEST_F(SqlArrayTest, TextWithNulIsRefusedAndNotCutShort) {
  TextArray array;
  EXPECT_THROW(array.Add("a\0b"s), StatusError);
}

TEST_F(SqlArrayTest, TextThatIsNotUtf8IsRefusedByTheDatabase) {
  const absl::Status status = Guarded([&] {
    Echo(kText, TextArray(std::vector<std::string>{"\xFF"}));
    return absl::OkStatus();
  });
  EXPECT_EQ(base::ReasonOf(status), "TEXT_NOT_STORABLE");
}

TEST_F(SqlArrayTest, BytesUuidsTruthAndDocumentsArrive) {
  static constexpr Statement kBytea{"bytea", "SELECT $1::bytea[]"};
  static constexpr Statement kUuid{"uuid", "SELECT $1::uuid[]"};
  static constexpr Statement kBoolean{"boolean", "SELECT $1::boolean[]"};
  static constexpr Statement kJsonb{"jsonb", "SELECT ($1::jsonb[])[1] ->> 'a'"};
  EXPECT_EQ(Echo(kBytea, ByteaArray(std::vector<std::string>{"\0\xFF\\"s, ""})), R"({"\\x00ff5c","\\x"})");
  const std::string id = "0190a8f2-7c3d-7abc-8def-0123456789ab";
  EXPECT_EQ(Echo(kUuid, UuidArray(std::vector<std::string>{id})), "{" + id + "}");
  EXPECT_EQ(Echo(kBoolean, BooleanArray(std::vector<bool>{true, false})), "{t,f}");
  EXPECT_EQ(Echo(kJsonb, JsonbArray(std::vector<std::string>{R"({"a": "b"})"})), "b");
}

TEST_F(SqlArrayTest, WhatIsNoUuidIsRefused) {
  UuidArray array;
  for (const char* text : {"", "0190a8f2-7c3d-7abc-8def-0123456789a", "0190a8f2-7c3d-7abc-8def-0123456789ag",
                           "0190a8f207c3d-7abc-8def-0123456789ab"}) {
    EXPECT_THROW(array.Add(text), StatusError) << text;
  }
}

TEST_F(SqlArrayTest, TimesArriveToTheMicrosecondAndInfiniteOnesStayInfinite) {
  static constexpr Statement kTimes{"times", "SELECT $1::timestamptz[]"};
  TimestampArray times;
  times.Add(absl::FromUnixMicros(1'764'115'200'123'456) + absl::Nanoseconds(900));
  times.Add(absl::FromUnixMicros(-1));
  times.Add(absl::InfinitePast());
  times.Add(absl::InfiniteFuture());
  EXPECT_EQ(Echo(kTimes, std::move(times)),
            R"({"2025-11-26 00:00:00.123456+00","1969-12-31 23:59:59.999999+00",-infinity,infinity})");
}

TEST_F(SqlArrayTest, AbsentValuesAndEmptyArrays) {
  TextArray some;
  some.Add(std::optional<std::string>("a"));
  some.Add(std::optional<std::string>());
  EXPECT_EQ(Echo(kText, std::move(some)), "{a,NULL}");
  EXPECT_EQ(Echo(kText, TextArray()), "{}");
}

TEST_F(SqlArrayTest, ATakenArrayBeginsAnew) {
  BigintArray array;
  array.Add(1);
  const std::string first = array.Take();
  array.Add(1);
  EXPECT_EQ(array.Take(), first);
}

TEST_F(SqlArrayTest, AnotherTypeThanTheStatementAsksForIsAnError) {
  static constexpr Statement kBigint{"bigint", "SELECT $1::bigint[]"};
  EXPECT_THROW(Echo(kBigint, IntegerArray(std::vector<std::int32_t>{1})), std::exception);
}

}  // namespace
}  // namespace derms::store
