#include "libs/auth/jwks.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "libs/auth/base64url.h"
#include "libs/auth/testing/token_maker.h"
#include "libs/base/error.h"

namespace derms::auth {
namespace {

using nlohmann::json;

std::string SetOf(const std::vector<json>& keys) {
  return json{{"keys", keys}}.dump();
}

TEST(KeySet, KeepsTheKeysOfTheThreeAlgorithms) {
  const auto set = KeySet::Parse(Jwks({TestKey::Es256("e"), TestKey::Rs256("r"), TestKey::Ed25519("d")}));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->Find("e")->algorithm(), Algorithm::kEs256);
  EXPECT_EQ(set->Find("r")->algorithm(), Algorithm::kRs256);
  EXPECT_EQ(set->Find("d")->algorithm(), Algorithm::kEdDsa);
  EXPECT_EQ(set->Find("x"), nullptr);
  EXPECT_EQ(set->ignored(), 0u);
}

TEST(KeySet, ReadsTheKeysOfRfc8037AndRfc7515) {
  const auto set = KeySet::Parse(R"({"keys":[
    {"kty":"OKP","crv":"Ed25519","kid":"rfc8037","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    {"kty":"EC","crv":"P-256","kid":"rfc7515","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
     "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
  ASSERT_TRUE(set.ok()) << set.status();
  // RFC 8037 appendix A.4 and RFC 7515 appendix A.3.
  EXPECT_TRUE(set->Find("rfc8037")->Verifies(
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
      *DecodeBase64Url("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")));
  EXPECT_TRUE(set->Find("rfc7515")->Verifies(
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn"
      "VlfQ",
      *DecodeBase64Url("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")));
}

TEST(KeySet, LeavesOutKeysThatAreNotForUs) {
  json encryption = TestKey::Rs256("enc").Jwk();
  encryption["use"] = "enc";
  json oaep = TestKey::Rs256("oaep").Jwk();
  oaep["alg"] = "RSA-OAEP";
  json wrapping = TestKey::Es256("wrap").Jwk();
  wrapping["key_ops"] = {"wrapKey"};
  const json other_curve = {{"kty", "EC"}, {"crv", "P-384"}, {"kid", "p384"}, {"x", "AA"}, {"y", "AA"}};
  const auto set = KeySet::Parse(SetOf({encryption, oaep, wrapping, other_curve, TestKey::Es256("good").Jwk()}));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->size(), 1u);
  EXPECT_EQ(set->ignored(), 4u);
}

// Each row changes a good key; the whole set must be refused.
TEST(KeySet, RefusesWhatShouldBeForUsAndIsWrong) {
  const json ec = TestKey::Es256("e").Jwk();
  const json rsa = TestKey::Rs256("r").Jwk();
  const auto with = [](json key, const char* member, const json& value) {
    key[member] = value;
    return key;
  };
  const auto without = [](json key, const char* member) {
    key.erase(member);
    return key;
  };
  const std::vector<std::pair<const char*, json>> cases = {
      {"no kid", without(ec, "kid")},
      {"empty kid", with(ec, "kid", "")},
      {"kid is a number", with(ec, "kid", 7)},
      {"no y", without(ec, "y")},
      {"x is padded", with(ec, "x", ec["x"].get<std::string>() + "=")},
      {"point off the curve", with(ec, "y", ec["x"])},
      {"short coordinate", with(ec, "x", "AAAA")},
      {"point is zero",
       with(with(ec, "x", EncodeBase64Url(std::string(32, '\0'))), "y", EncodeBase64Url(std::string(32, '\0')))},
      {"private EC key", with(ec, "d", "AAAA")},
      {"symmetric key", json{{"kty", "oct"}, {"kid", "s"}, {"k", "AAAA"}}},
      {"RSA of 1024 bit", TestKey::Rs256("weak", 1024).Jwk()},
      {"RSA exponent 1", with(rsa, "e", "AQ")},
      {"RSA exponent even", with(rsa, "e", EncodeBase64Url(std::string("\x01\x00", 2)))},
      {"RSA exponent huge", with(rsa, "e", EncodeBase64Url(std::string(5, '\x7f')))},
      {"RSA of 16384 bit", with(rsa, "n", EncodeBase64Url(std::string(2048, '\x7f')))},
      {"Ed25519 too short", json{{"kty", "OKP"}, {"crv", "Ed25519"}, {"kid", "d"}, {"x", "AAAA"}}},
      {"no object", json("text")},
  };
  for (const auto& [name, key] : cases) {
    EXPECT_FALSE(KeySet::Parse(SetOf({key, TestKey::Es256("good").Jwk()})).ok()) << name;
  }
  EXPECT_EQ(ERR_peek_error(), 0u) << "gRPC's TLS reads the same error queue";
}

TEST(KeySet, RefusesWrongDocuments) {
  for (const char* text :
       {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[{"kty":"EC"}]})", R"({"keys":[],"keys":[]})"}) {
    EXPECT_FALSE(KeySet::Parse(text).ok()) << text;
  }
  EXPECT_FALSE(KeySet::Parse(Jwks({TestKey::Es256("same"), TestKey::Es256("same")})).ok());
  const TestKey key = TestKey::Es256("k");
  EXPECT_FALSE(KeySet::Parse(Jwks(std::vector<TestKey>(kMaxJwksKeys + 1, key))).ok());
  EXPECT_FALSE(KeySet::Parse(std::string(kMaxJwksBytes + 1, ' ')).ok());
}

}  // namespace
}  // namespace derms::auth
