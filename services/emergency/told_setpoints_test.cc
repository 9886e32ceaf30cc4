#include "services/emergency/told_setpoints.h"

#include <gmock/gmock.h>

#include <numeric>

namespace derms::emergency {
namespace {

std::vector<base::DerKey> Keys(int count) {
  std::vector<base::DerKey> keys(static_cast<std::size_t>(count));
  std::iota(keys.begin(), keys.end(), -count / 2);  // keys may be negative
  return keys;
}

std::string TokenOf(const std::vector<base::DerKey>& keys, const std::vector<SetpointDigest>& digests) {
  ToldSetpoints told;
  for (std::size_t i = 0; i < keys.size(); ++i) told.Tell(keys[i], 0, digests[i]);
  return told.Token();
}

std::size_t Count(const std::vector<bool>& known) {
  return static_cast<std::size_t>(std::count(known.begin(), known.end(), true));
}

TEST(ToldSetpoints, ATokenSaysWhatWasToldWhateverTheWayThere) {
  ToldSetpoints straight, around;
  straight.Tell(7, 0, 100);
  straight.Tell(8, 0, 200);
  around.Tell(8, 0, 5);
  around.Tell(9, 0, 6);
  around.Tell(7, 0, 100);
  around.Tell(8, 5, 200);
  around.Tell(9, 6, 0);  // forgotten again
  EXPECT_EQ(straight.Token(), around.Token());
  EXPECT_EQ(ToldSetpoints::Read(straight.Token()), straight.buckets());
}

TEST(KnownFrom, LeavesOutTheBucketsThatAreAsTheyWere) {
  const auto keys = Keys(1000);
  std::vector<SetpointDigest> digests(1000, 42);
  const std::string token = TokenOf(keys, digests);
  EXPECT_EQ(Count(KnownFrom(token, keys, digests)), 1000u);
  digests[500] = 43;
  const auto known = KnownFrom(token, keys, digests);
  EXPECT_FALSE(known[500]);
  EXPECT_GE(Count(known), 1000u - 1000u / ToldSetpoints::kBuckets - 1);
}

TEST(KnownFrom, SeesTwoDersThatSwapTheirSetpoints) {
  const std::vector<base::DerKey> keys = {64, 128};  // of one bucket
  ASSERT_EQ(ToldSetpoints::BucketOf(64), ToldSetpoints::BucketOf(128));
  const std::string token = TokenOf(keys, {1, 2});
  EXPECT_EQ(Count(KnownFrom(token, keys, {2, 1})), 0u);
}

TEST(KnownFrom, KnowsNothingFromNonsense) {
  const auto keys = Keys(10);
  const std::vector<SetpointDigest> digests(10, 42);
  for (const std::string token : {"", "nonsense", "AAAA", "%%%"}) {
    EXPECT_EQ(Count(KnownFrom(token, keys, digests)), 0u) << token;
  }
  EXPECT_EQ(Count(KnownFrom(TokenOf(keys, digests).substr(1), keys, digests)), 0u);
}

TEST(ToldSetpoints, ANewTokenComesOnlyWithNews) {
  ToldSetpoints told;
  EXPECT_EQ(told.NewToken(), told.Token()) << "the first";
  EXPECT_EQ(told.NewToken(), "");
  told.Tell(1, 0, 7);
  EXPECT_EQ(told.NewToken(), told.Token());
  told.Tell(1, 7, 7);
  EXPECT_EQ(told.NewToken(), "");
}

}  // namespace
}  // namespace derms::emergency
