#include "libs/wire/text.h"

#include <gtest/gtest.h>

namespace derms::wire {
namespace {

TEST(Utf8, AcceptsEveryLength) {
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8("Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x94\x8b"));
  EXPECT_TRUE(IsValidUtf8("\xf4\x8f\xbf\xbf")) << "U+10FFFF";
}

TEST(Utf8, RefusesWhatDecodersReadDifferently) {
  for (const char* bad : {"\x80", "\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xe2\x82", "\xe2\x28\xa1"}) {
    EXPECT_FALSE(IsValidUtf8(bad)) << testing::PrintToString(std::string(bad));
  }
}

TEST(Control, LineBreaksOnlyInMultiLineText) {
  EXPECT_TRUE(HasControlCharacter("a\nb", false));
  EXPECT_FALSE(HasControlCharacter("a\n\tb", true));
  EXPECT_TRUE(HasControlCharacter("a\rb", true));
  EXPECT_TRUE(HasControlCharacter(std::string_view("a\0b", 3), true));
  EXPECT_TRUE(HasControlCharacter("\x1b[31mred", true)) << "terminal escape";
  EXPECT_TRUE(HasControlCharacter("\x7f", true));
  EXPECT_TRUE(HasControlCharacter("\xc2\x9b", true)) << "C1: CSI in one character";
  EXPECT_FALSE(HasControlCharacter("\xc2\xa0", false)) << "no-break space";
}

TEST(Format, OfEveryKind) {
  EXPECT_TRUE(MatchesFormat("SOLAR_001", v1::TEXT_FORMAT_DER_ID));
  EXPECT_FALSE(MatchesFormat("ALL_DERS", v1::TEXT_FORMAT_DER_ID));
  EXPECT_TRUE(MatchesFormat("ALL_DERS", v1::TEXT_FORMAT_DER_ID_OR_ALL));
  EXPECT_FALSE(MatchesFormat("solar", v1::TEXT_FORMAT_DER_ID_OR_ALL));
  EXPECT_TRUE(MatchesFormat("solar_a.2020", v1::TEXT_FORMAT_NAME));
  EXPECT_FALSE(MatchesFormat("2020", v1::TEXT_FORMAT_NAME));
  EXPECT_FALSE(MatchesFormat(std::string(65, 'a'), v1::TEXT_FORMAT_NAME));
  EXPECT_TRUE(MatchesFormat("auth0|owner-1@example.org", v1::TEXT_FORMAT_SUBJECT));
  EXPECT_FALSE(MatchesFormat("owner 1", v1::TEXT_FORMAT_SUBJECT));
  EXPECT_FALSE(MatchesFormat("\xc3\xbc", v1::TEXT_FORMAT_SUBJECT));
  EXPECT_FALSE(MatchesFormat(std::string(256, 'a'), v1::TEXT_FORMAT_SUBJECT));
  EXPECT_TRUE(MatchesFormat("3F2b8c1e-5d6a-4b7c-8d9e-0a1b2c3d4e5f", v1::TEXT_FORMAT_UUID));
  EXPECT_FALSE(MatchesFormat("3f2b8c1e5d6a-4b7c-8d9e-0a1b2c3d4e5f-", v1::TEXT_FORMAT_UUID));
  EXPECT_FALSE(MatchesFormat("{f2b8c1e-5d6a-4b7c-8d9e-0a1b2c3d4e5}", v1::TEXT_FORMAT_UUID));
}

}  // namespace
}  // namespace derms::wire
