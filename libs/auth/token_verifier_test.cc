#include "libs/auth/token_verifier.h"

#include <gtest/gtest.h>

#include "libs/auth/testing/collaborators.h"
#include "libs/auth/testing/token_maker.h"
#include "libs/base/error.h"

namespace derms::auth {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class TokenVerifierTest : public testing::Test {
 protected:
  std::string Token(const char* subject) {
    auto claims = GoodClaims(kNow);
    claims["sub"] = subject;
    return Signed(key_, claims);
  }

  base::ManualClock clock_{kNow};
  TestKey key_ = TestKey::Es256("k");
  SetKeys keys_{Jwks({key_})};
  TokenVerifier verifier_{TokenRules(), keys_, clock_, /*cache_entries=*/3};
};

TEST_F(TokenVerifierTest, ReadsTheClaims) {
  const auto claims = verifier_.Verify(Token("ann"));
  ASSERT_TRUE(claims.ok()) << claims.status();
  EXPECT_EQ(claims->subject, "ann");
  EXPECT_EQ(claims->token_id, "token-1");
  EXPECT_EQ(claims->issued_at, kNow);
  EXPECT_EQ(claims->not_before, std::nullopt);
  EXPECT_EQ(claims->expires_at, kNow + absl::Hours(1));
}

TEST_F(TokenVerifierTest, ACachedTokenExpiresToo) {
  const std::string token = Token("ann");
  ASSERT_TRUE(verifier_.Verify(token).ok());
  EXPECT_EQ(verifier_.cached(), 1u);
  clock_.Advance(absl::Hours(1) - absl::Milliseconds(1));
  EXPECT_TRUE(verifier_.Verify(token).ok());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(base::ReasonOf(verifier_.Verify(token).status()), "TOKEN_EXPIRED");
}

TEST_F(TokenVerifierTest, ARetiredKeyEndsItsCachedTokens) {
  const std::string token = Token("ann");
  ASSERT_TRUE(verifier_.Verify(token).ok());
  keys_.Replace(Jwks({key_, TestKey::Es256("next")}));
  EXPECT_TRUE(verifier_.Verify(token).ok()) << "both keys during rotation";
  keys_.Replace(Jwks({TestKey::Es256("next")}));
  EXPECT_EQ(base::ReasonOf(verifier_.Verify(token).status()), "TOKEN_KEY_UNKNOWN");
  EXPECT_EQ(keys_.unknown_keys(), 1) << "the source is told, so that it looks for newer keys";
}

TEST_F(TokenVerifierTest, AnotherKeyUnderTheSameIdEndsCachedTokensToo) {
  const std::string token = Token("ann");
  ASSERT_TRUE(verifier_.Verify(token).ok());
  keys_.Replace(Jwks({TestKey::Es256("k")}));
  EXPECT_EQ(base::ReasonOf(verifier_.Verify(token).status()), "TOKEN_SIGNATURE");
}

TEST_F(TokenVerifierTest, TheCacheIsBoundedAndKeepsWhatIsUsed) {
  const std::string used = Token("used");
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(verifier_.Verify(used).ok());
    ASSERT_TRUE(verifier_.Verify(Token("other")).ok());  // another signature each time
    EXPECT_LE(verifier_.cached(), 3u);
  }
}

TEST_F(TokenVerifierTest, IssuersAreOptional) {
  auto claims = GoodClaims(kNow);
  claims.erase("iss");
  EXPECT_TRUE(verifier_.Verify(Signed(key_, claims)).ok());
}

TEST(DigestCache, ForgetsTheLeastRecentlyUsed) {
  DigestCache<int> cache(2);
  const auto digest = [](const char* text) { return base::Sha256(text); };
  cache.Put(digest("a"), 1);
  cache.Put(digest("b"), 2);
  EXPECT_EQ(cache.Find(digest("a")), 1);
  cache.Put(digest("c"), 3);
  EXPECT_EQ(cache.Find(digest("b")), std::nullopt);
  EXPECT_EQ(cache.Find(digest("a")), 1);
  cache.Put(digest("a"), 4);
  EXPECT_EQ(cache.Find(digest("a")), 4);
  EXPECT_EQ(cache.size(), 2u);
}

}  // namespace
}  // namespace derms::auth
