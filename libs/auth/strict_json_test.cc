#include "libs/auth/strict_json.h"

#include <gtest/gtest.h>

namespace derms::auth {
namespace {

TEST(StrictJson, ReadsAnObjectWithExactIntegers) {
  const auto value = ParseStrictJsonObject(R"({"sub":"a","exp":9007199254740993,"list":[1,{"a":1},{"a":2}]})");
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_EQ(*FindText(*value, "sub"), "a");
  EXPECT_EQ((*value)["exp"].get<std::int64_t>(), 9007199254740993);
  EXPECT_EQ(FindText(*value, "exp"), nullptr) << "no text";
  EXPECT_EQ(FindText(*value, "none"), nullptr) << "absent";
}

TEST(StrictJson, RefusesWhatTwoParsersMayReadDifferently) {
  for (const char* text : {
           "",
           "{",
           "[]",
           "1",
           "null",
           "{}{}",
           "{} x",
           "{'a':1}",
           "{a:1}",
           R"({"a":1,})",
           R"({"a":01})",
           R"({"a":NaN})",
           "{\"a\":1 /* c */}",
           "{\"a\":\"\xff\"}",
           R"({"a":"\ud800"})",
           "{\"a\":\"\n\"}",
           R"({"sub":"a","sub":"b"})",
           R"({"x":{"a":1,"a":2}})",
           R"({"x":[{"a":1,"\u0061":2}]})",
       }) {
    EXPECT_FALSE(ParseStrictJsonObject(text).ok()) << text;
  }
  EXPECT_FALSE(ParseStrictJsonObject(std::string_view("{}\0", 3)).ok());
  EXPECT_FALSE(ParseStrictJsonObject(std::string_view("{}\0{}", 5)).ok());
}

TEST(StrictJson, RefusesDeepNesting) {
  const auto nested = [](int depth) { return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}"; };
  EXPECT_TRUE(ParseStrictJsonObject(nested(kMaxJsonDepth - 1)).ok());
  EXPECT_FALSE(ParseStrictJsonObject(nested(kMaxJsonDepth + 1)).ok());
  EXPECT_FALSE(ParseStrictJsonObject(nested(100'000)).ok());
}

}  // namespace
}  // namespace derms::auth
