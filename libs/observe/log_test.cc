#include "libs/observe/log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <semaphore>
#include <sstream>

namespace derms::observe {
namespace {

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Log, LineIsOneJsonObjectWithItsFields) {
  std::ostringstream out;
  {
    Logger logger({.service = "derms-registry"}, out);
    logger.Info("committed", {{"method", "RegisterDer"}, {"count", 3}, {"seconds", 0.5}, {"replayed", true}});
  }
  const auto lines = Lines(out.str());
  ASSERT_EQ(lines.size(), 1u);
  const auto line = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(line["service"], "derms-registry");
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["message"], "committed");
  EXPECT_EQ(line["method"], "RegisterDer");
  EXPECT_EQ(line["count"], 3);
  EXPECT_EQ(line["seconds"], 0.5);
  EXPECT_EQ(line["replayed"], true);
  EXPECT_TRUE(line["time"].get<std::string>().ends_with("Z"));
}

TEST(Log, StringsCannotForgeALineOrAField) {
  const std::string attacks[] = {"a\nb",
                                 "a\r\nb",
                                 "\x1b[31mred",
                                 R"(","level":"error","x":")",
                                 std::string("nul\0x", 5),
                                 "\xff\xfe not utf-8",
                                 "\xe2\x80\xa8 line separator",
                                 "}{",
                                 "\\",
                                 "\""};
  std::ostringstream out;
  {
    Logger logger({.service = "s"}, out);
    for (const auto& attack : attacks) logger.Info(attack, {{"summary", attack}});
  }
  const auto lines = Lines(out.str());
  ASSERT_EQ(lines.size(), std::size(attacks));
  for (const auto& text : lines) {
    const auto line = nlohmann::json::parse(text);  // throws, and fails the test, when it is not one object
    EXPECT_EQ(line.size(), 5u) << text;
    EXPECT_EQ(line["level"], "info");
    for (char c : text) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << text;
  }
}

TEST(Log, SecretsAreRedactedByNameAndByForm) {
  const std::string line = FormatLine("t", "s", LogLevel::kInfo, "m",
                                      {{"authorization", "Bearer abc.def.ghi"},
                                       {"bootstrap_secret", "hunter2"},
                                       {"database_password", "hunter2"},
                                       {"note", "Bearer abc.def.ghi"}});
  EXPECT_EQ(line.find("hunter2"), std::string::npos);
  EXPECT_EQ(line.find("abc.def"), std::string::npos);
}

TEST(Log, LongTextIsCut) {
  const std::string line = FormatLine("t", "s", LogLevel::kInfo, "m", {{"summary", std::string(100000, 'x')}});
  EXPECT_LT(line.size(), 5000u);
}

TEST(Log, LevelIsAFloor) {
  std::ostringstream out;
  {
    Logger logger({.service = "s", .level = LogLevel::kWarning}, out);
    logger.Info("quiet");
    logger.Warning("loud");
  }
  EXPECT_EQ(Lines(out.str()).size(), 1u);
}

// A stream whose reader has stopped reading: the first write waits until it is released.
class StuckBuffer : public std::stringbuf {
 public:
  void Release() { gate_.release(1000); }

 protected:
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    gate_.acquire();
    return std::stringbuf::xsputn(text, count);
  }

 private:
  std::counting_semaphore<> gate_{0};
};

TEST(Log, AFullQueueDropsAndCountsInsteadOfWaiting) {
  StuckBuffer buffer;
  std::ostream out(&buffer);
  std::int64_t dropped = 0;
  {
    Logger logger({.service = "s", .queue_limit = 8}, out);
    for (int i = 0; i < 100; ++i) logger.Info("line", {{"i", i}});  // returns although nothing is written
    dropped = logger.dropped();
    buffer.Release();
  }
  EXPECT_GE(dropped, 91 - 1);
  EXPECT_EQ(static_cast<std::int64_t>(Lines(buffer.str()).size()) + dropped, 100);
}

TEST(Log, LevelNames) {
  EXPECT_EQ(ParseLogLevel("warning"), LogLevel::kWarning);
  EXPECT_EQ(ParseLogLevel("loud"), std::nullopt);
}

}  // namespace
}  // namespace derms::observe
