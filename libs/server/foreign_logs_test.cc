#include "libs/server/foreign_logs.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "absl/time/clock.h"
#include "derms/v1/registry.pb.h"

namespace derms::server {
namespace {

using nlohmann::json;

std::vector<json> Parsed(const std::string& text) {
  std::vector<json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(json::parse(line));  // throws: fails the test
  return lines;
}

// What the log holds after `speak`.
std::vector<json> LogOf(const std::function<void()>& speak) {
  grpc_init();  // before it gRPC logs nothing; never undone: the other tests need it
  std::ostringstream out;
  {
    observe::Logger logger({.service = "derms-registry"}, out);
    const ForeignLogs logs("derms-registry", logger);
    speak();
  }
  return Parsed(out.str());
}

// A GetDerRequest whose der_id is one byte that no UTF-8 has.
bool ParseInvalidText() {
  v1::GetDerRequest request;
  return request.ParseFromString("\x0a\x01\xff");
}

TEST(ForeignLogs, InvalidUtf8BecomesALineOfOurs) {
  testing::internal::CaptureStderr();
  const auto lines = LogOf([] { EXPECT_FALSE(ParseInvalidText()); });
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["library"], "protobuf");
  EXPECT_EQ(lines[0]["level"], "error");
  EXPECT_EQ(lines[0]["service"], "derms-registry");
  EXPECT_NE(lines[0]["message"].get<std::string>().find("invalid UTF-8"), std::string::npos);
  EXPECT_EQ(lines[0]["source"].get<std::string>().find('/'), std::string::npos);
}

TEST(ForeignLogs, GrpcSpeaksThroughUsToo) {
  const auto lines = LogOf([] { gpr_log("/build/src/core/some.cc", 7, GPR_LOG_SEVERITY_ERROR, "a\n%s", "\x1b[31m"); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["library"], "grpc");
  EXPECT_EQ(lines[0]["message"], "a\n\x1b[31m");
  EXPECT_EQ(lines[0]["source"], "some.cc:7");
}

TEST(ForeignLogs, WhatComesAfterGoesToStderrAsJson) {
  LogOf([] {});
  testing::internal::CaptureStderr();
  gpr_log("some.cc", 1, GPR_LOG_SEVERITY_ERROR, "late");
  const auto lines = Parsed(testing::internal::GetCapturedStderr());
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["message"], "late");
}

TEST(ForeignLogs, AFloodIsCutAndCounted) {
  std::vector<json> lines = LogOf([] {
    for (int i = 0; i < 1000; ++i) ParseInvalidText();
    absl::SleepFor(absl::Milliseconds(1001));  // the limit is per second
    ParseInvalidText();
  });
  std::int64_t told = 0;
  for (const auto& line : lines) told += 1 + line["left_out"].get<std::int64_t>();
  EXPECT_EQ(told, 1001);
  EXPECT_LT(lines.size(), 500u);
}

TEST(ForeignLogsDeathTest, LastWordsAreNotLeftInAQueue) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const int x = 0;
  EXPECT_DEATH(LogOf([x] { GPR_ASSERT(x > 0); }), R"("message":"assertion failed: x > 0")");
}

}  // namespace
}  // namespace derms::server
