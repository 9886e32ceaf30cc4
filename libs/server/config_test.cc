#include "libs/server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "libs/base/error.h"

namespace derms::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const ServiceIdentity kIdentity = {"derms-registry", 7001, 9101, {}};
const std::vector<std::string> kNeeded = {
    "--database-url", "postgresql:///derms", "--tls-cert", "c", "--tls-key", "k", "--jwks-file", "j"};

std::vector<std::string> With(std::vector<std::string> more) {
  more.insert(more.begin(), kNeeded.begin(), kNeeded.end());
  return more;
}

TEST(Config, DefaultsHold) {
  const auto line = ParseCommandLine(kIdentity, kNeeded);
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->mode, Mode::kServe);
  EXPECT_EQ(line->config.port, 7001);
  EXPECT_EQ(line->config.listen_address, "localhost");
  EXPECT_EQ(line->config.token_audience, "derms");
}

TEST(Config, FlagWinsOverEnvironmentOverFile) {
  const std::string file = ::testing::TempDir() + "/derms.toml";
  std::ofstream(file) << "port = 1\nworker-threads = 3\nlog-level = \"debug\"\n";
  setenv("DERMS_PORT", "2", 1);
  setenv("DERMS_WORKER_THREADS", "4", 1);
  const auto line = ParseCommandLine(kIdentity, With({"--config", file, "--port", "3"}));
  unsetenv("DERMS_PORT");
  unsetenv("DERMS_WORKER_THREADS");
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->config.port, 3);
  EXPECT_EQ(line->config.worker_threads, 4);
  EXPECT_EQ(line->config.log_level, "debug");
}

TEST(Config, WhatIsWrongIsNamedWithItsPlace) {
  const auto message = [](const std::vector<std::string>& arguments) {
    return std::string(ParseCommandLine(kIdentity, arguments).status().message());
  };
  EXPECT_THAT(message(With({"--port", "70000"})), HasSubstr("--port: give a number from 0 to 65535"));
  EXPECT_THAT(message(With({"--port", "ssh"})), HasSubstr("--port"));
  EXPECT_THAT(message(With({"--no-such-flag"})), HasSubstr("no-such-flag"));
  EXPECT_THAT(message({"--tls-cert", "c"}), HasSubstr("--database-url: is needed"));
  EXPECT_THAT(message(With({"--require-client-cert"})), HasSubstr("--tls-client-ca"));
  EXPECT_THAT(message(With({"--config", "/no/such/file"})), HasSubstr("/no/such/file"));
  const std::string file = ::testing::TempDir() + "/derms-wrong.toml";
  std::ofstream(file) << "prot = 1\n";
  EXPECT_THAT(message(With({"--config", file})), HasSubstr("prot in"));
}

TEST(Config, HelpNamesEveryOption) {
  const auto line = ParseCommandLine(kIdentity, {"--help"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->mode, Mode::kHelp);
  for (const auto& option : ConfigOptions()) EXPECT_THAT(line->text, HasSubstr(option.name));
}

TEST(Config, PrintingMasksPasswords) {
  Config config;
  for (const char* url : {"postgresql://derms:hunter2@db/derms", "host=db password=hunter2 dbname=derms",
                          "postgresql://db/derms?user=derms&password=hunter2"}) {
    config.database_url = url;
    EXPECT_THAT(PrintConfig(config), Not(HasSubstr("hunter2"))) << url;
    EXPECT_THAT(PrintConfig(config), HasSubstr("derms")) << url;
  }
}

TEST(Config, TheDocumentationIsWhatTheTableSays) {
  std::ifstream file("docs/configuration.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text, PrintConfigTable()) << "run: derms-registry --print-config-table > docs/configuration.md";
}

}  // namespace
}  // namespace derms::server
