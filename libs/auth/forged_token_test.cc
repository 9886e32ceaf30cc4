// The matrix of forged and malformed tokens: each must be refused for its own reason, and look the same from outside.
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <set>

#include "libs/auth/authenticator.h"
#include "libs/auth/base64url.h"
#include "libs/auth/jws.h"
#include "libs/auth/testing/collaborators.h"
#include "libs/auth/testing/token_maker.h"
#include "libs/base/error.h"

namespace derms::auth {
namespace {

using nlohmann::json;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

struct Case {
  std::string name;
  std::string token;
  std::string reason;  // as counted; never sent
};

struct Keys {
  TestKey ec = TestKey::Es256("ec");
  TestKey ec2 = TestKey::Es256("ec2");
  TestKey rsa = TestKey::Rs256("rsa");
  TestKey ed = TestKey::Ed25519("ed");
  TestKey foreign = TestKey::Es256("ec");  // of another environment, under a kid that we know too
};

const Keys& K() {
  static const Keys keys;
  return keys;
}

json Claims(const char* name, const json& value) {
  json claims = GoodClaims(kNow);
  claims[name] = value;
  return claims;
}

json Without(const char* name) {
  json claims = GoodClaims(kNow);
  claims.erase(name);
  return claims;
}

json Header(const char* name, const json& value) {
  json header = K().ec.Header();
  header[name] = value;
  return header;
}

std::string WithClaims(const json& claims) {
  return Signed(K().ec, claims);
}
std::string WithHeader(const json& header) {
  return Signed(K().ec, header, GoodClaims(kNow));
}
// Both texts as they stand, rightly signed: for JSON that no library would write.
std::string Raw(std::string_view header, std::string_view payload) {
  return Signed(K().ec, header, payload);
}
std::string RawClaims(std::string_view payload) {
  return Raw(K().ec.Header().dump(), payload);
}
std::int64_t Seconds(absl::Duration from_now) {
  return absl::ToUnixSeconds(kNow + from_now);
}

std::string Hmac(const std::string& secret, const std::string& text) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  return {reinterpret_cast<const char*>(mac), size};
}

// Signed with what everybody has: the public key as a shared secret.
std::string SignedWithPublicKey(const std::string& secret) {
  const json header = {{"alg", "HS256"}, {"kid", "rsa"}, {"typ", "JWT"}};
  const std::string text = EncodeBase64Url(header.dump()) + "." + EncodeBase64Url(GoodClaims(kNow).dump());
  return text + "." + EncodeBase64Url(Hmac(secret, text));
}

std::string WithSignature(const std::string& signature) {
  return Compact(K().ec.Header().dump(), GoodClaims(kNow).dump(), signature);
}

std::vector<Case> Times() {
  std::vector<Case> cases = {
      {"expired", WithClaims(Claims("exp", Seconds(-absl::Seconds(1)))), "TOKEN_EXPIRED"},
      {"expires now", WithClaims(Claims("exp", Seconds(absl::ZeroDuration()))), "TOKEN_EXPIRED"},
      {"expired in 1970", WithClaims(Claims("exp", 0)), "TOKEN_EXPIRED"},
      {"nbf ahead", WithClaims(Claims("nbf", Seconds(absl::Seconds(61)))), "TOKEN_NOT_YET_VALID"},
      {"iat ahead", WithClaims(Claims("iat", Seconds(absl::Seconds(61)))), "TOKEN_NOT_YET_VALID"},
      {"iat far ahead", WithClaims(Claims("iat", Seconds(absl::Hours(24 * 365)))), "TOKEN_NOT_YET_VALID"},
      {"lives 32 days", WithClaims(Claims("exp", Seconds(absl::Hours(24 * 32)))), "TOKEN_LIFETIME"},
      {"iat long ago", WithClaims(Claims("iat", 1)), "TOKEN_LIFETIME"},
      {"no exp", WithClaims(Without("exp")), "TOKEN_CLAIMS"},
      {"exp beyond 64 bit", RawClaims(R"({"sub":"ann","aud":"derms","iss":"https://issuer.test","exp":1e99})"),
       "TOKEN_CLAIMS"},
      {"exp beyond a double", RawClaims(R"({"sub":"ann","aud":"derms","iss":"https://issuer.test","exp":1e999})"),
       "TOKEN_CLAIMS"},
  };
  const std::vector<std::pair<const char*, json>> bad_times = {
      {"text", "1800003600"}, {"null", nullptr},      {"true", true},       {"list", json::array({1})},
      {"negative", -1},       {"2^64-1", UINT64_MAX}, {"2^63-1", INT64_MAX}};
  for (const char* claim : {"exp", "nbf", "iat"}) {
    for (const auto& [name, value] : bad_times) {
      cases.push_back({std::string(claim) + " is " + name, WithClaims(Claims(claim, value)), "TOKEN_CLAIMS"});
    }
  }
  return cases;
}

std::vector<Case> Algorithms() {
  std::vector<Case> cases;
  for (const char* none : {"none", "None", "nOnE", "NONE", "", "HS256", "es256", "ES256 ", "ES384", "RS256", "EdDSA"}) {
    cases.push_back(
        {std::string("alg '") + none + "', signed by the EC key", WithHeader(Header("alg", none)), "TOKEN_ALGORITHM"});
    cases.push_back({std::string("alg '") + none + "', no signature",
                     Compact(Header("alg", none).dump(), GoodClaims(kNow).dump(), ""), "TOKEN_ALGORITHM"});
  }
  json no_algorithm = K().ec.Header();
  no_algorithm.erase("alg");
  const json rsa_as_ec = {{"alg", "ES256"}, {"kid", "rsa"}};
  const json ec_as_rsa = {{"alg", "RS256"}, {"kid", "ec"}};
  const std::vector<Case> more = {
      {"no alg", WithHeader(no_algorithm), "TOKEN_ALGORITHM"},
      {"alg is a list", WithHeader(Header("alg", json::array({"ES256"}))), "TOKEN_ALGORITHM"},
      {"RS to HS, public PEM as secret", SignedWithPublicKey(K().rsa.PublicPem()), "TOKEN_ALGORITHM"},
      {"RS to HS, modulus as secret", SignedWithPublicKey(K().rsa.Jwk()["n"]), "TOKEN_ALGORITHM"},
      {"RSA key, alg ES256", Signed(K().rsa, rsa_as_ec, GoodClaims(kNow)), "TOKEN_ALGORITHM"},
      {"EC key, alg RS256", Signed(K().ec, ec_as_rsa, GoodClaims(kNow)), "TOKEN_ALGORITHM"},
      {"RSA signature, kid and alg of the EC key", Signed(K().rsa, K().ec.Header(), GoodClaims(kNow)),
       "TOKEN_SIGNATURE"},
      {"EC signature, kid and alg of the RSA key", Signed(K().ec, K().rsa.Header(), GoodClaims(kNow)),
       "TOKEN_SIGNATURE"},
      {"EC signature, kid and alg of the Ed25519 key", Signed(K().ec, K().ed.Header(), GoodClaims(kNow)),
       "TOKEN_SIGNATURE"},
  };
  cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

std::vector<Case> Headers() {
  json no_key_id = K().ec.Header();
  no_key_id.erase("kid");
  const std::string twice = R"({"alg":"none","kid":"ec","alg":"ES256"})";
  return {
      {"kid of another valid key", WithHeader(Header("kid", "ec2")), "TOKEN_SIGNATURE"},
      {"no kid", WithHeader(no_key_id), "TOKEN_HEADER"},
      {"kid is a number", WithHeader(Header("kid", 1)), "TOKEN_HEADER"},
      {"kid empty", WithHeader(Header("kid", "")), "TOKEN_KEY_UNKNOWN"},
      {"kid unknown", WithHeader(Header("kid", "other")), "TOKEN_KEY_UNKNOWN"},
      {"kid in other case", WithHeader(Header("kid", "EC")), "TOKEN_KEY_UNKNOWN"},
      {"kid with NUL", WithHeader(Header("kid", std::string("ec\0", 3))), "TOKEN_KEY_UNKNOWN"},
      {"kid is a path", WithHeader(Header("kid", "../../../../dev/null")), "TOKEN_KEY_UNKNOWN"},
      {"kid is SQL", WithHeader(Header("kid", "x' UNION SELECT 'k' --")), "TOKEN_KEY_UNKNOWN"},
      {"kid is a URL", WithHeader(Header("kid", "http://127.0.0.1:1/jwks.json")), "TOKEN_KEY_UNKNOWN"},
      {"kid of 5 MB", WithHeader(Header("kid", std::string(5'000'000, 'k'))), "TOKEN_TOO_LARGE"},
      {"jku", WithHeader(Header("jku", "http://127.0.0.1:1/jwks.json")), "TOKEN_HEADER"},
      {"x5u", WithHeader(Header("x5u", "http://127.0.0.1:1/cert.pem")), "TOKEN_HEADER"},
      {"x5c", WithHeader(Header("x5c", json::array({"AAAA"}))), "TOKEN_HEADER"},
      {"own key in jwk", Signed(K().foreign, Header("jwk", K().foreign.Jwk()), GoodClaims(kNow)), "TOKEN_HEADER"},
      {"crit of an extension", WithHeader(Header("crit", json::array({"b64"}))), "TOKEN_HEADER"},
      {"crit empty", WithHeader(Header("crit", json::array())), "TOKEN_HEADER"},
      {"typ of another kind", WithHeader(Header("typ", "dpop+jwt")), "TOKEN_TYPE"},
      {"typ empty", WithHeader(Header("typ", "")), "TOKEN_TYPE"},
      {"typ is no text", WithHeader(Header("typ", 1)), "TOKEN_TYPE"},
      {"alg twice", Raw(twice, GoodClaims(kNow).dump()), "TOKEN_MALFORMED"},
      {"header is a list", Raw("[]", GoodClaims(kNow).dump()), "TOKEN_MALFORMED"},
      {"header is no JSON", Raw("ES256", GoodClaims(kNow).dump()), "TOKEN_MALFORMED"},
      {"header with trailing comma", Raw(R"({"alg":"ES256","kid":"ec",})", "{}"), "TOKEN_MALFORMED"},
      {"header with a comment", Raw(R"({"alg":"ES256",/**/"kid":"ec"})", "{}"), "TOKEN_MALFORMED"},
  };
}

std::vector<Case> ClaimsOfWrongKind() {
  const std::string exp = std::to_string(Seconds(absl::Hours(1)));
  const std::string subject_twice =
      R"({"iss":"https://issuer.test","aud":"derms","sub":"ann","sub":"admin-1","exp":)" + exp + "}";
  return {
      {"issuer wrong", WithClaims(Claims("iss", "https://other.test")), "TOKEN_ISSUER"},
      {"issuer with slash", WithClaims(Claims("iss", "https://issuer.test/")), "TOKEN_ISSUER"},
      {"issuer missing", WithClaims(Without("iss")), "TOKEN_ISSUER"},
      {"issuer a list", WithClaims(Claims("iss", json::array({"https://issuer.test"}))), "TOKEN_CLAIMS"},
      {"audience wrong", WithClaims(Claims("aud", "billing")), "TOKEN_AUDIENCE"},
      {"audience longer", WithClaims(Claims("aud", "derms2")), "TOKEN_AUDIENCE"},
      {"audience in capitals", WithClaims(Claims("aud", "DERMS")), "TOKEN_AUDIENCE"},
      {"audience missing", WithClaims(Without("aud")), "TOKEN_AUDIENCE"},
      {"audience list without us", WithClaims(Claims("aud", json::array({"a", "b"}))), "TOKEN_AUDIENCE"},
      {"audience list empty", WithClaims(Claims("aud", json::array())), "TOKEN_AUDIENCE"},
      {"audience list with a number", WithClaims(Claims("aud", json::array({"derms", 1}))), "TOKEN_AUDIENCE"},
      {"audience list in a list", WithClaims(Claims("aud", {json::array({"derms"}), json::array()})), "TOKEN_AUDIENCE"},
      {"audience an object", WithClaims(Claims("aud", json{{"derms", 1}})), "TOKEN_AUDIENCE"},
      {"subject missing", WithClaims(Without("sub")), "TOKEN_SUBJECT"},
      {"subject empty", WithClaims(Claims("sub", "")), "TOKEN_SUBJECT"},
      {"subject a number", WithClaims(Claims("sub", 1)), "TOKEN_SUBJECT"},
      {"subject a list", WithClaims(Claims("sub", json::array({"ann"}))), "TOKEN_SUBJECT"},
      {"subject of 256", WithClaims(Claims("sub", std::string(256, 'a'))), "TOKEN_SUBJECT"},
      {"subject with space", WithClaims(Claims("sub", "ann admin")), "TOKEN_SUBJECT"},
      {"subject with line end", WithClaims(Claims("sub", "ann\n")), "TOKEN_SUBJECT"},
      {"subject with NUL", WithClaims(Claims("sub", std::string("ann\0x", 5))), "TOKEN_SUBJECT"},
      {"subject with escape sequence", WithClaims(Claims("sub", "\x1b[2Jann")), "TOKEN_SUBJECT"},
      {"subject not ASCII", WithClaims(Claims("sub", "\xd0\xb0nn")), "TOKEN_SUBJECT"},
      {"jti a number", WithClaims(Claims("jti", 1)), "TOKEN_CLAIMS"},
      {"jti empty", WithClaims(Claims("jti", "")), "TOKEN_CLAIMS"},
      {"jti of 256", WithClaims(Claims("jti", std::string(256, 'j'))), "TOKEN_CLAIMS"},
      {"jti revoked", WithClaims(Claims("jti", "revoked-token")), "TOKEN_REVOKED"},
      {"subject revoked", WithClaims(Claims("sub", "revoked-subject")), "TOKEN_REVOKED"},
      {"subject twice", RawClaims(subject_twice), "TOKEN_CLAIMS"},
      {"payload a list", RawClaims("[]"), "TOKEN_CLAIMS"},
      {"payload no JSON", RawClaims("sub=ann"), "TOKEN_CLAIMS"},
      {"payload not UTF-8", RawClaims("{\"sub\":\"\xff\"}"), "TOKEN_CLAIMS"},
      {"payload nested deep", RawClaims(std::string(1000, '[')), "TOKEN_CLAIMS"},
      {"payload empty", RawClaims(""), "TOKEN_CLAIMS"},
  };
}

std::vector<Case> Shapes() {
  const std::string good = Signed(K().ec, GoodClaims(kNow));
  const std::size_t first = good.find('.');
  const std::size_t second = good.rfind('.');
  const std::string header = good.substr(0, first);
  const std::string payload = good.substr(first + 1, second - first - 1);
  const std::string signature = good.substr(second + 1);
  const std::string stray_bits = [&] {  // 64 bytes leave four unused bits in the last character
    std::string text = good;
    text.back() = text.back() == 'A' ? 'B' : (text.back() == 'Q' ? 'R' : (text.back() == 'g' ? 'h' : 'x'));
    return text;
  }();
  std::vector<Case> cases = {
      {"one part", header, "TOKEN_MALFORMED"},
      {"two parts", header + "." + payload, "TOKEN_MALFORMED"},
      {"four parts", good + "." + signature, "TOKEN_MALFORMED"},
      {"five parts, as encrypted", good + ".a.b", "TOKEN_MALFORMED"},
      {"trailing dot", good + ".", "TOKEN_MALFORMED"},
      {"leading dot", "." + good, "TOKEN_MALFORMED"},
      {"no header", "." + payload + "." + signature, "TOKEN_MALFORMED"},
      {"no payload", header + ".." + signature, "TOKEN_SIGNATURE"},
      {"no signature", header + "." + payload + ".", "TOKEN_SIGNATURE"},
      {"padded", good + "==", "TOKEN_MALFORMED"},
      {"stray bits in the last character", stray_bits, "TOKEN_MALFORMED"},
      {"line end", good + "\n", "TOKEN_MALFORMED"},
      {"space inside", header + "." + " " + payload + "." + signature, "TOKEN_MALFORMED"},
      {"NUL inside", header + "." + payload + std::string(1, '\0') + "." + signature, "TOKEN_MALFORMED"},
      {"standard alphabet", header + "." + payload + ".+/" + signature.substr(2), "TOKEN_MALFORMED"},
      {"two tokens", good + "," + good, "TOKEN_MALFORMED"},
      {"quoted", "\"" + good + "\"", "TOKEN_MALFORMED"},
      {"garbage", "!!!!", "TOKEN_MALFORMED"},
      {"payload of another token", header + "." + EncodeBase64Url(Claims("sub", "admin-1").dump()) + "." + signature,
       "TOKEN_SIGNATURE"},
      {"huge payload", WithClaims(Claims("pad", std::string(kMaxTokenBytes, 'p'))), "TOKEN_TOO_LARGE"},
      {"huge garbage", std::string(1'000'000, 'A'), "TOKEN_TOO_LARGE"},
  };
  for (const char* text : {"", ".", "..", "...", "...."}) {
    cases.push_back({std::string("only '") + text + "'", text, "TOKEN_MALFORMED"});
  }
  return cases;
}

std::vector<Case> Signatures() {
  const std::string text = EncodeBase64Url(K().ec.Header().dump()) + "." + EncodeBase64Url(GoodClaims(kNow).dump());
  const std::string good = K().ec.Sign(text);
  std::string flipped = good;
  flipped[10] = static_cast<char>(flipped[10] ^ 1);
  const std::string zero(32, '\0');
  const std::string ones(32, '\xff');  // above the order of the group
  return {
      {"zero r and s", WithSignature(zero + zero), "TOKEN_SIGNATURE"},
      {"zero r", WithSignature(zero + good.substr(32)), "TOKEN_SIGNATURE"},
      {"zero s", WithSignature(good.substr(0, 32) + zero), "TOKEN_SIGNATURE"},
      {"r and s above the order", WithSignature(ones + ones), "TOKEN_SIGNATURE"},
      {"garbage", WithSignature(std::string(64, 'x')), "TOKEN_SIGNATURE"},
      {"one bit", WithSignature(flipped), "TOKEN_SIGNATURE"},
      {"s and r", WithSignature(good.substr(32) + good.substr(0, 32)), "TOKEN_SIGNATURE"},
      {"a byte short", WithSignature(good.substr(0, 63)), "TOKEN_SIGNATURE"},
      {"a byte long", WithSignature(good + std::string(1, '\0')), "TOKEN_SIGNATURE"},
      {"ASN.1 form", WithSignature(K().ec.SignDer(text)), "TOKEN_SIGNATURE"},
      {"key of another environment", Signed(K().foreign, GoodClaims(kNow)), "TOKEN_SIGNATURE"},
      {"RSA all zero", Compact(K().rsa.Header().dump(), GoodClaims(kNow).dump(), std::string(256, '\0')),
       "TOKEN_SIGNATURE"},
      {"RSA empty", Compact(K().rsa.Header().dump(), GoodClaims(kNow).dump(), ""), "TOKEN_SIGNATURE"},
      {"Ed25519 all zero", Compact(K().ed.Header().dump(), GoodClaims(kNow).dump(), std::string(64, '\0')),
       "TOKEN_SIGNATURE"},
      {"Ed25519 empty", Compact(K().ed.Header().dump(), GoodClaims(kNow).dump(), ""), "TOKEN_SIGNATURE"},
  };
}

class TokenMatrix : public testing::Test {
 protected:
  TokenMatrix() {
    roles_.revoked_ids.insert("revoked-token");
    roles_.revoked_until["revoked-subject"] = kNow;
  }

  Authenticator::Outcome Try(const std::string& token) {
    const std::string value = "Bearer " + token;
    return authenticator_.Identify({{"authorization", grpc::string_ref(value.data(), value.size())}}, connection_);
  }

  void ExpectRefused(const std::vector<Case>& cases) {
    for (const Case& c : cases) {
      const Authenticator::Outcome outcome = Try(c.token);
      ASSERT_FALSE(outcome.caller.ok()) << c.name;
      EXPECT_EQ(outcome.refusal, c.reason) << c.name;
      EXPECT_EQ(outcome.caller.status(),
                static_cast<absl::Status>(base::Unauthenticated("UNAUTHENTICATED", "invalid token")))
          << c.name;
    }
    EXPECT_EQ(ERR_peek_error(), 0u) << "gRPC's TLS reads the same error queue";
  }

  base::ManualClock clock_{kNow};
  SetKeys keys_{Jwks({K().ec, K().ec2, K().rsa, K().ed})};
  TokenVerifier tokens_{{.issuers = {"https://issuer.test"}}, keys_, clock_};
  SetRoles roles_;
  Authenticator authenticator_{tokens_, roles_, clock_};
  PlainConnection connection_;
};

TEST_F(TokenMatrix, RefusesWrongTimes) {
  ExpectRefused(Times());
}
TEST_F(TokenMatrix, RefusesWrongAlgorithms) {
  ExpectRefused(Algorithms());
}
TEST_F(TokenMatrix, RefusesWrongHeaders) {
  ExpectRefused(Headers());
}
TEST_F(TokenMatrix, RefusesWrongClaims) {
  ExpectRefused(ClaimsOfWrongKind());
}
TEST_F(TokenMatrix, RefusesWrongShapes) {
  ExpectRefused(Shapes());
}
TEST_F(TokenMatrix, RefusesWrongSignatures) {
  ExpectRefused(Signatures());
}

TEST(TokenMatrixSize, CoversAtLeastWhatWasPromisedWithoutRepeats) {
  std::set<std::string> tokens;
  for (const auto& cases : {Times(), Algorithms(), Headers(), ClaimsOfWrongKind(), Shapes(), Signatures()}) {
    for (const Case& c : cases) EXPECT_TRUE(tokens.insert(c.token).second) << c.name;
  }
  EXPECT_GE(tokens.size(), 48u);
  RecordProperty("forged_tokens", static_cast<int>(tokens.size()));
}

TEST_F(TokenMatrix, RefusesEveryFlippedBitAndEveryTruncation) {
  const std::string good = Signed(K().ed, GoodClaims(kNow));
  ASSERT_TRUE(Try(good).caller.ok());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(Try(changed).caller.ok()) << i;
    EXPECT_FALSE(Try(good.substr(0, i)).caller.ok()) << i;
  }
  EXPECT_EQ(tokens_.cached(), 1u) << "only what verified is remembered";
}

TEST_F(TokenMatrix, AcceptsEveryFormItShould) {
  const std::vector<std::pair<const char*, std::string>> good = {
      {"ES256", Signed(K().ec, GoodClaims(kNow))},
      {"RS256", Signed(K().rsa, GoodClaims(kNow))},
      {"EdDSA", Signed(K().ed, GoodClaims(kNow))},
      {"typ in lower case", WithHeader(Header("typ", "jwt"))},
      {"typ of an access token", WithHeader(Header("typ", "at+jwt"))},
      {"no typ", WithHeader({{"alg", "ES256"}, {"kid", "ec"}})},
      {"unknown header member", WithHeader(Header("x5t", "AAAA"))},
      {"audience list", WithClaims(Claims("aud", json::array({"other", "derms"})))},
      {"no jti", WithClaims(Without("jti"))},
      {"no iat", WithClaims(Without("iat"))},
      {"nbf and iat within leeway", WithClaims([] {
         json claims = Claims("nbf", Seconds(absl::Seconds(60)));
         claims["iat"] = claims["nbf"];
         return claims;
       }())},
      {"exp with a fraction", WithClaims(Claims("exp", 1'800'000'000.5))},
      {"31 days", WithClaims(Claims("exp", Seconds(absl::Hours(24 * 31))))},
      {"role of the wrong kind is not read", WithClaims(Claims("role", 1))},
      {"unknown roles are not read", WithClaims(Claims("roles", json::array({"superuser", "admin"})))},
  };
  for (const auto& [name, token] : good) {
    const Authenticator::Outcome outcome = Try(token);
    ASSERT_TRUE(outcome.caller.ok()) << name << ": " << outcome.refusal;
    EXPECT_EQ(outcome.caller->subject, "ann") << name;
    EXPECT_TRUE(outcome.caller->grants.empty()) << "roles come from the database only: " << name;
  }
  EXPECT_EQ(Try(WithClaims(Claims("sub", std::string(255, '~')))).caller->subject.size(), 255u);
}

}  // namespace
}  // namespace derms::auth
