#include "libs/auth/authenticator.h"

#include <gtest/gtest.h>

#include "libs/auth/testing/collaborators.h"
#include "libs/auth/testing/token_maker.h"
#include "libs/base/error.h"

namespace derms::auth {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class AuthenticatorTest : public testing::Test {
 protected:
  Authenticator::Outcome Try(const std::vector<std::string>& headers) {
    CallMetadata metadata;
    for (const std::string& value : headers) metadata.emplace("authorization", grpc::string_ref(value));
    return authenticator_.Identify(metadata, connection_);
  }
  std::string Refusal(const std::vector<std::string>& headers) { return Try(headers).refusal; }

  base::ManualClock clock_{kNow};
  TestKey key_ = TestKey::Es256("k");
  SetKeys keys_{Jwks({key_})};
  TokenVerifier tokens_{TokenRules(), keys_, clock_};
  SetRoles roles_;
  Authenticator authenticator_{tokens_, roles_, clock_};
  PlainConnection connection_;
  const std::string token_ = Signed(key_, GoodClaims(kNow));
};

TEST_F(AuthenticatorTest, GivesTheCallerWithItsRolesOfNow) {
  roles_.Grant("ann", domain::Role::kOperator);
  const auto caller = Try({"Bearer " + token_}).caller;
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->subject, "ann");
  EXPECT_TRUE(caller->Has(domain::Role::kOperator));
  EXPECT_EQ(caller->expires_at, kNow + absl::Hours(1));
  EXPECT_EQ(caller->proof, domain::IdentityProof::kJwt);
}

TEST_F(AuthenticatorTest, ARoleChangeHoldsForACachedTokenAtOnce) {
  ASSERT_TRUE(Try({"Bearer " + token_}).caller->grants.empty());
  roles_.Grant("ann", domain::Role::kAdmin);
  EXPECT_TRUE(Try({"Bearer " + token_}).caller->IsAdmin());
  roles_.grants.clear();
  EXPECT_FALSE(Try({"Bearer " + token_}).caller->IsAdmin());
}

TEST_F(AuthenticatorTest, ARevocationHoldsForACachedTokenAtOnce) {
  ASSERT_TRUE(Try({"Bearer " + token_}).caller.ok());
  roles_.revoked_ids.insert("token-1");
  EXPECT_EQ(Refusal({"Bearer " + token_}), "TOKEN_REVOKED");
  roles_.revoked_ids.clear();
  roles_.revoked_until["ann"] = kNow;
  EXPECT_EQ(Refusal({"Bearer " + token_}), "TOKEN_REVOKED");
  roles_.revoked_until["ann"] = kNow - absl::Seconds(1);
  EXPECT_TRUE(Try({"Bearer " + token_}).caller.ok()) << "issued after the revocation";
}

TEST_F(AuthenticatorTest, TheSchemeHasNoCase) {
  for (const char* scheme : {"Bearer ", "bearer ", "BEARER ", "bEaReR "}) {
    EXPECT_TRUE(Try({scheme + token_}).caller.ok()) << scheme;
  }
}

TEST_F(AuthenticatorTest, RefusesEveryOtherHeader) {
  EXPECT_EQ(Refusal({"Bearer " + token_, "Bearer " + token_}), "AUTHORIZATION_REPEATED");
  EXPECT_EQ(Refusal({"Bearer " + token_, ""}), "AUTHORIZATION_REPEATED");
  for (const std::string& value : {std::string(), std::string("Bearer"), token_, "Bearer" + token_, "Basic " + token_,
                                   "Bearer\t" + token_, " Bearer " + token_, "Token " + token_}) {
    EXPECT_EQ(Refusal({value}), "AUTHORIZATION_SCHEME") << value;
  }
  for (const std::string& value : {std::string("Bearer "), "Bearer  " + token_, "Bearer " + token_ + " "}) {
    EXPECT_EQ(Refusal({value}), "TOKEN_MALFORMED") << value;
  }
}

TEST_F(AuthenticatorTest, WithoutCredentialsSaysHowToSendThem) {
  const auto outcome = Try({});
  EXPECT_EQ(outcome.refusal, "NO_CREDENTIALS");
  EXPECT_EQ(base::ReasonOf(outcome.caller.status()), "UNAUTHENTICATED");
  EXPECT_EQ(outcome.caller.status().message(),
            "no credentials; send 'authorization: Bearer TOKEN' or a client certificate");
}

TEST_F(AuthenticatorTest, DoesNotBelieveOldRoles) {
  roles_.Grant("ann", domain::Role::kAdmin);
  roles_.age = kMaxRoleAge;
  EXPECT_TRUE(Try({"Bearer " + token_}).caller.ok());
  roles_.age = kMaxRoleAge + absl::Milliseconds(1);
  EXPECT_EQ(Try({"Bearer " + token_}).caller.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Refusal({"Bearer " + token_}), "ROLES_STALE");
  roles_.age = absl::InfiniteDuration();
  EXPECT_EQ(Refusal({"Bearer " + token_}), "ROLES_STALE") << "before the first snapshot";
  EXPECT_EQ(Refusal({"Bearer x"}), "TOKEN_MALFORMED") << "a stranger does not learn about the database";
}

TEST(SubjectOfUris, TakesTheOnePrincipal) {
  EXPECT_EQ(*SubjectOfUris({}), std::nullopt);
  EXPECT_EQ(*SubjectOfUris({"https://example.test", "spiffe://other/principal/ann", "spiffe://derms/edge"}),
            std::nullopt);
  EXPECT_EQ(*SubjectOfUris({"https://example.test", "spiffe://derms/principal/gateway-7"}), "gateway-7");
}

TEST(SubjectOfUris, RefusesWhatHasTwoReadings) {
  for (const char* name : {"", "a/b", "a%20b", "a?b", "a#b", "a b", "a\n", "\xc3\xa4"}) {
    EXPECT_FALSE(SubjectOfUris({std::string("spiffe://derms/principal/") + name}).ok()) << name;
  }
  EXPECT_FALSE(SubjectOfUris({"spiffe://derms/principal/" + std::string(256, 'a')}).ok());
  EXPECT_FALSE(SubjectOfUris({"spiffe://derms/principal/a", "spiffe://derms/principal/b"}).ok());
}

}  // namespace
}  // namespace derms::auth
