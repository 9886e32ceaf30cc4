#include "tests/sim/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace derms::sim {
namespace {

using testing::ElementsAre;

std::vector<std::size_t> SizesOf(std::size_t ders, int gateways) {
  std::vector<DerTraits> fleet;
  for (std::size_t i = 0; i < ders; ++i) fleet.push_back({.der_id = absl::StrCat(i)});
  std::vector<std::size_t> sizes;
  std::size_t next = 0;
  for (const auto& share : Share(std::move(fleet), gateways)) {
    sizes.push_back(share.size());
    for (const DerTraits& traits : share) EXPECT_EQ(traits.der_id, absl::StrCat(next++)) << "each once, in order";
  }
  EXPECT_EQ(next, ders);
  return sizes;
}

TEST(Fleet, GatewaysShareTheDersEvenly) {
  EXPECT_THAT(SizesOf(7, 3), ElementsAre(2, 2, 3));
  EXPECT_THAT(SizesOf(4, 4), ElementsAre(1, 1, 1, 1));
}

TEST(Fleet, NoGatewayIsWithoutDers) {
  EXPECT_THAT(SizesOf(2, 10), ElementsAre(1, 1));
}

}  // namespace
}  // namespace derms::sim
