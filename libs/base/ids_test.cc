#include "libs/base/ids.h"

#include <gtest/gtest.h>

#include <string>

#include "libs/base/error.h"
#include "libs/base/sha256.h"

namespace derms::base {
namespace {

TEST(Sha256, MatchesTheStandardVector) {
  EXPECT_EQ(ToHex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(DerKey, IsTheFirstEightBytesOfTheDigest) {
  EXPECT_EQ(static_cast<std::uint64_t>(DerKeyOf("abc")), 0xba7816bf8f01cfeaULL);
}

TEST(DerId, AcceptsTheFieldsNames) {
  for (const char* id : {"SOLAR_001", "BATT-1", "AB0", "X--"}) EXPECT_TRUE(ValidateDerId(id).ok()) << id;
}

TEST(DerId, RefusesWithReasonAndField) {
  for (const std::string id : {"", "A", "AB", "solar_1", "1ABC", "A B", "ALL_DERS", "AB\n", "A;DROP"}) {
    const absl::Status status = ValidateDerId(id, "items[2].der_id");
    EXPECT_EQ(ReasonOf(status), "INVALID_DER_ID") << id;
    ASSERT_EQ(ViolationsOf(status).size(), 1u);
    EXPECT_EQ(ViolationsOf(status)[0].field, "items[2].der_id");
  }
  EXPECT_FALSE(ValidateDerId(std::string(65, 'A')).ok());
}

TEST(RandomIds, AreUuids) {
  RandomIdSource ids;
  const std::string id = ids.NewId();
  ASSERT_EQ(id.size(), 36u);
  EXPECT_EQ(id[14], '4');
  EXPECT_NE(id, ids.NewId());
}

}  // namespace
}  // namespace derms::base
