// What derms-admin makes is what the services accept: keys, tokens and secrets through libs/auth itself.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "libs/auth/testing/collaborators.h"
#include "libs/auth/token_verifier.h"
#include "libs/base/error.h"
#include "services/admin/bootstrap.h"
#include "services/admin/keys.h"
#include "services/admin/secret_file.h"
#include "services/admin/token.h"

namespace derms::admin {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class AdminTest : public testing::Test {
 protected:
  ~AdminTest() override { std::filesystem::remove_all(root_); }

  // Exit code of derms-admin with these arguments.
  static int Run(std::vector<std::string> arguments) {
    CLI::App app("", "derms-admin");
    app.require_subcommand(1);
    AddKeysCommand(app);
    AddTokenCommand(app);
    AddBootstrapCommand(app);
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes a vector
    try {
      app.parse(arguments);
      return 0;
    } catch (const CLI::Error& error) {
      return app.exit(error);
    }
  }
  std::string Path(const char* name) const { return folder_ + "/" + name; }
  static mode_t ModeOf(const std::string& path) {
    struct stat info = {};
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  }

  const std::string root_ = testing::TempDir() + "derms_admin_" + std::to_string(getpid());
  const std::string folder_ = root_ + "/made/on/demand";
};

TEST_F(AdminTest, TheServicesAcceptATokenSignedByAGeneratedKey) {
  ASSERT_EQ(Run({"keys", "generate", "--out", folder_}), 0);
  ASSERT_EQ(Run({"token", "--key", Path("dev.pem"), "--subject", "admin-1", "--days", "30", "--out",
                 Path("tokens/admin.jwt")}),
            0);
  auth::SetKeys keys(ReadFile(Path("jwks.json")).value());
  const base::SystemClock clock;
  auth::TokenVerifier verifier(auth::TokenRules{.issuers = {"derms-admin"}}, keys, clock);
  std::string token = ReadFile(Path("tokens/admin.jwt")).value();
  ASSERT_EQ(token.back(), '\n');
  token.pop_back();
  const auto claims = verifier.Verify(token);
  ASSERT_TRUE(claims.ok()) << claims.status();
  EXPECT_EQ(claims->subject, "admin-1");
  EXPECT_EQ(claims->expires_at - *claims->issued_at, absl::Hours(30 * 24));
  EXPECT_EQ(claims->token_id.size(), 36u) << "a UUID by default";
}

TEST_F(AdminTest, OnlyTheOwnerReadsSecrets) {
  ASSERT_EQ(Run({"keys", "generate", "--out", folder_}), 0);
  ASSERT_EQ(Run({"token", "--key", Path("dev.pem"), "--subject", "a", "--out", Path("a.jwt")}), 0);
  ASSERT_EQ(Run({"bootstrap", "secret", "--out", Path("bootstrap.secret")}), 0);
  for (const char* secret : {"dev.pem", "a.jwt", "bootstrap.secret"}) EXPECT_EQ(ModeOf(Path(secret)), 0600u) << secret;
  EXPECT_EQ(ModeOf(Path("jwks.json")), 0644u);
  EXPECT_THAT(ReadFile(Path("jwks.json")).value(), testing::Not(testing::HasSubstr("\"d\"")));
  for (const auto& file : std::filesystem::directory_iterator(folder_)) {
    EXPECT_THAT(file.path().filename().string(), testing::AnyOf("dev.pem", "a.jwt", "bootstrap.secret", "jwks.json"));
  }
}

TEST_F(AdminTest, KeysAndSecretAreNotReplacedByAccident) {
  ASSERT_EQ(Run({"keys", "generate", "--out", folder_}), 0);
  ASSERT_EQ(Run({"bootstrap", "secret", "--out", Path("bootstrap.secret")}), 0);
  const std::string key = ReadFile(Path("dev.pem")).value();
  const std::string secret = ReadFile(Path("bootstrap.secret")).value();
  EXPECT_EQ(Run({"keys", "generate", "--out", folder_}), 1);
  EXPECT_EQ(Run({"bootstrap", "secret", "--out", Path("bootstrap.secret")}), 1);
  EXPECT_EQ(ReadFile(Path("dev.pem")).value(), key);
  EXPECT_EQ(ReadFile(Path("bootstrap.secret")).value(), secret);
  std::filesystem::remove(Path("dev.pem"));
  EXPECT_EQ(base::ReasonOf(GenerateKeys(folder_, false)), "FILE_EXISTS") << "the key set alone is kept too";
  EXPECT_FALSE(std::filesystem::exists(Path("dev.pem"))) << "and no key without its key set appears";
  EXPECT_EQ(Run({"keys", "generate", "--out", folder_, "--force"}), 0);
  EXPECT_NE(ReadFile(Path("dev.pem")).value(), key);
}

TEST_F(AdminTest, TheSecretHas256BitsAndNoLineEnd) {
  ASSERT_TRUE(WriteBootstrapSecret(Path("one"), false).ok());
  ASSERT_TRUE(WriteBootstrapSecret(Path("two"), false).ok());
  const std::string one = ReadFile(Path("one")).value();
  EXPECT_EQ(one.size(), 64u);
  EXPECT_EQ(one.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(one, ReadFile(Path("two")).value());
}

TEST_F(AdminTest, RefusesWishesThatTheServicesWouldRefuse) {
  const SigningKey key = SigningKey::Generate().value();
  const auto reason = [&](const TokenWish& wish) { return base::ReasonOf(MakeToken(key, wish, kNow).status()); };
  EXPECT_EQ(reason({.subject = "", .token_id = "t"}), "INVALID_SUBJECT");
  EXPECT_EQ(reason({.subject = "a b", .token_id = "t"}), "INVALID_SUBJECT");
  EXPECT_EQ(reason({.subject = "a", .days = 0, .token_id = "t"}), "INVALID_LIFETIME");
  EXPECT_EQ(reason({.subject = "a", .days = 32, .token_id = "t"}), "INVALID_LIFETIME");
  EXPECT_EQ(reason({.subject = "a", .token_id = ""}), "INVALID_TOKEN_ID");
  EXPECT_EQ(reason({.subject = "a", .issuer = "\xff", .token_id = "t"}), "")
      << "no exception for text that is no UTF-8";
}

TEST_F(AdminTest, ReadsOnlyPrivateKeysOfP256) {
  const SigningKey key = SigningKey::Generate().value();
  EXPECT_EQ(SigningKey::FromPem(key.PrivatePem())->KeyId(), key.KeyId());
  for (const char* text : {"", "x", "-----BEGIN EC KEY-----\nAAAA\n-----END EC KEY-----\n"}) {
    EXPECT_EQ(base::ReasonOf(SigningKey::FromPem(text).status()), "INVALID_KEY") << text;
  }
  EXPECT_EQ(Run({"token", "--key", Path("missing.pem"), "--subject", "a"}), 1);
}

TEST_F(AdminTest, EveryCommandExplainsItselfWithAnExample) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"keys", "generate"}, {"token"}, {"bootstrap", "secret"}}) {
    std::vector<std::string> arguments = command;
    arguments.push_back("--help");
    testing::internal::CaptureStdout();
    EXPECT_EQ(Run(arguments), 0);
    EXPECT_THAT(testing::internal::GetCapturedStdout(), testing::HasSubstr("Example: derms-admin " + command[0]));
  }
}

}  // namespace
}  // namespace derms::admin
