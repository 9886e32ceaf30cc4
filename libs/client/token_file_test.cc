#include "libs/client/token_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>

#include "libs/base/error.h"
#include "libs/client/testing/tls_server.h"

namespace derms::client {
namespace {

using testing::WriteTemporaryFile;

TEST(TokenFile, GivesTheTokenWithoutTheNewline) {
  TokenFile file(WriteTemporaryFile("token", "abc.def.ghi\n"));
  EXPECT_EQ(*file.Read(), "abc.def.ghi");
}

TEST(TokenFile, NoPathMeansNoToken) {
  EXPECT_EQ(*TokenFile("").Read(), "");
}

TEST(TokenFile, ReadsARenewedToken) {
  const std::string path = WriteTemporaryFile("renewed", "first\n");
  TokenFile file(path);
  ASSERT_EQ(*file.Read(), "first");
  const std::string fresh = WriteTemporaryFile("renewed.new", "other\n");  // same size: the inode tells
  ASSERT_EQ(std::rename(fresh.c_str(), path.c_str()), 0);
  EXPECT_EQ(*file.Read(), "other");
}

TEST(TokenFile, SaysWhyItCannotBeRead) {
  const absl::Status missing = TokenFile("/no/such/file").Read().status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(base::ReasonOf(missing), "TOKEN_FILE_UNREADABLE");
  EXPECT_EQ(base::ReasonOf(TokenFile("/tmp").Read().status()), "TOKEN_FILE_UNREADABLE");
  EXPECT_EQ(base::ReasonOf(TokenFile(WriteTemporaryFile("big", std::string(20'000, 'x'))).Read().status()),
            "TOKEN_FILE_UNREADABLE");
}

TEST(TokenFile, RefusesWhatNoHeaderMayHold) {
  EXPECT_EQ(base::ReasonOf(TokenFile(WriteTemporaryFile("empty", "")).Read().status()), "TOKEN_FILE_UNREADABLE");
  EXPECT_EQ(base::ReasonOf(TokenFile(WriteTemporaryFile("blank", " \n")).Read().status()), "TOKEN_FILE_INVALID");
  EXPECT_EQ(base::ReasonOf(TokenFile(WriteTemporaryFile("lines", "a\nb\n")).Read().status()), "TOKEN_FILE_INVALID");
}

}  // namespace
}  // namespace derms::client
