#include "libs/domain/region.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::domain {
namespace {

Region Part(std::string id, std::string parent) {
  return {.region_id = std::move(id), .parent_region_id = std::move(parent)};
}

RegionTree Tree() {
  return RegionTree({Part("CA", ""), Part("NV", ""), Part("NORTH", "CA"), Part("SOUTH", "CA"), Part("BAY", "NORTH")});
}

TEST(RegionTree, KnowsWhatLiesWithinWhat) {
  const RegionTree tree = Tree();
  EXPECT_TRUE(tree.IsWithin("BAY", "CA"));
  EXPECT_TRUE(tree.IsWithin("BAY", "BAY"));
  EXPECT_FALSE(tree.IsWithin("CA", "BAY"));
  EXPECT_FALSE(tree.IsWithin("BAY", "SOUTH"));
  EXPECT_FALSE(tree.IsWithin("UNKNOWN", "CA"));
  EXPECT_FALSE(tree.IsWithin("", ""));
}

TEST(RegionTree, ListsAreasAndParts) {
  const RegionTree tree = Tree();
  ASSERT_EQ(tree.Areas().size(), 2u);
  std::string order;
  for (const Region* region : tree.WithParts("CA")) absl::StrAppend(&order, region->region_id, " ");
  EXPECT_EQ(order, "CA NORTH SOUTH BAY ");
  EXPECT_TRUE(tree.WithParts("UNKNOWN").empty());
}

TEST(RegionTree, RefusesWhatWouldBreakIt) {
  const RegionTree tree = Tree();
  EXPECT_TRUE(tree.CheckPut(Part("NEW", "BAY")).ok());
  EXPECT_TRUE(tree.CheckPut(Part("BAY", "SOUTH")).ok());
  EXPECT_TRUE(tree.CheckPut(Part("BAY", "")).ok());
  EXPECT_EQ(base::ReasonOf(tree.CheckPut(Part("NEW", "NOWHERE"))), "UNKNOWN_REGION");
  EXPECT_EQ(base::ReasonOf(tree.CheckPut(Part("CA", "BAY"))), "REGION_CYCLE");
  EXPECT_EQ(base::ReasonOf(tree.CheckPut(Part("NEW", "NEW"))), "REGION_CYCLE");
}

TEST(RegionTree, NestsAtMostSixteenLevels) {
  std::vector<Region> chain = {Part("L1", ""), Part("ROOT", ""), Part("CHILD", "ROOT")};
  for (int level = 2; level <= 16; ++level)
    chain.push_back(Part(absl::StrCat("L", level), absl::StrCat("L", level - 1)));
  const RegionTree tree(chain);
  EXPECT_TRUE(tree.IsWithin("L16", "L1"));
  EXPECT_TRUE(tree.CheckPut(Part("NEW", "L15")).ok());
  EXPECT_EQ(base::ReasonOf(tree.CheckPut(Part("NEW", "L16"))), "REGION_TOO_DEEP");
  EXPECT_TRUE(tree.CheckPut(Part("ROOT", "L14")).ok());
  EXPECT_EQ(base::ReasonOf(tree.CheckPut(Part("ROOT", "L15"))), "REGION_TOO_DEEP") << "its part would be level 17";
}

TEST(RegionTree, ABrokenTreeHoldsNobody) {
  const RegionTree cycle({Part("A", "B"), Part("B", "A")});
  EXPECT_FALSE(cycle.IsWithin("A", "CA"));
  EXPECT_LE(cycle.WithParts("A").size(), 40u);
}

}  // namespace
}  // namespace derms::domain
