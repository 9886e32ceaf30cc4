#include "libs/auth/base64url.h"

#include <gtest/gtest.h>

namespace derms::auth {
namespace {

TEST(Base64Url, RoundTripsEveryByteAndLength) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    bytes.push_back(static_cast<char>(byte));
    EXPECT_EQ(DecodeBase64Url(EncodeBase64Url(bytes)), bytes);
  }
  EXPECT_EQ(DecodeBase64Url(""), "");
}

TEST(Base64Url, RefusesEverySecondSpelling) {
  ASSERT_EQ(DecodeBase64Url("QQ"), "A");
  for (const char* text : {"QQ==", "QQ=", "QR", "Q", "Q Q", "QQ\n", " QQ", "Q+8", "Q/8", "QUJ", "Q.Q", "\xff\xff"}) {
    EXPECT_EQ(DecodeBase64Url(text), std::nullopt) << text;
  }
  EXPECT_EQ(DecodeBase64Url(std::string_view("QQ\0", 3)), std::nullopt);
}

}  // namespace
}  // namespace derms::auth
