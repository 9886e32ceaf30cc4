// What runs of standing policies leave for the next ones: one point a policy, within a limit of memory.
#include "services/optimizer/resume_shelf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace derms::optimizer {
namespace {

ResumeShelf::Point PointOf(std::size_t values) {
  auto point = std::make_shared<dispatch::ResumePoint>();
  point->plans.storage_kw.resize(values);
  return point;
}

class ResumeShelfTest : public ::testing::Test {
 protected:
  const ResumeKey a_{"a", 1, 1}, b_{"b", 1, 1};
  const std::size_t bytes_ = dispatch::ByteSize(*PointOf(1000));
  ResumeShelf shelf_{2 * bytes_};
};

TEST_F(ResumeShelfTest, APointIsTakenOnce) {
  const auto point = PointOf(1000);
  shelf_.Put(a_, point);
  EXPECT_EQ(shelf_.bytes(), bytes_);
  EXPECT_EQ(shelf_.Take(a_), point);
  EXPECT_EQ(shelf_.Take(a_), nullptr);
  EXPECT_EQ(shelf_.bytes(), 0U);
}

TEST_F(ResumeShelfTest, OfAnotherRevisionOrLeaseItIsNobodys) {
  for (const ResumeKey& other : {ResumeKey{"a", 2, 1}, ResumeKey{"a", 1, 2}}) {
    shelf_.Put(a_, PointOf(1000));
    EXPECT_EQ(shelf_.Take(other), nullptr);
    EXPECT_EQ(shelf_.Take(a_), nullptr) << "dropped";
  }
}

TEST_F(ResumeShelfTest, TheNewestOfAPolicyStays) {
  shelf_.Put(a_, PointOf(1000));
  const auto newer = PointOf(500);
  shelf_.Put(a_, newer);
  EXPECT_LT(shelf_.bytes(), bytes_);
  EXPECT_EQ(shelf_.Take(a_), newer);
}

TEST_F(ResumeShelfTest, TheOldestMakesRoom) {
  shelf_.Put(a_, PointOf(1000));
  shelf_.Put(b_, PointOf(1000));
  shelf_.Put({"c", 1, 1}, PointOf(1000));
  EXPECT_LE(shelf_.bytes(), 2 * bytes_);
  EXPECT_EQ(shelf_.Take(a_), nullptr);
  EXPECT_NE(shelf_.Take(b_), nullptr);
}

TEST_F(ResumeShelfTest, WhatIsTooLargeIsNotKept) {
  shelf_.Put(b_, PointOf(1000));
  shelf_.Put(a_, PointOf(10'000));
  EXPECT_EQ(shelf_.Take(a_), nullptr);
  EXPECT_NE(shelf_.Take(b_), nullptr);
}

TEST_F(ResumeShelfTest, AllAreLookedAfterInTurn) {
  EXPECT_EQ(shelf_.NextToLookAfter(), std::nullopt);
  shelf_.Put(a_, PointOf(10));
  shelf_.Put(b_, PointOf(10));
  EXPECT_EQ(shelf_.NextToLookAfter(), a_);
  EXPECT_EQ(shelf_.NextToLookAfter(), b_);
  EXPECT_EQ(shelf_.NextToLookAfter(), a_);
  shelf_.Drop("a");
  EXPECT_EQ(shelf_.NextToLookAfter(), b_);
  shelf_.Clear();
  EXPECT_EQ(shelf_.NextToLookAfter(), std::nullopt);
  EXPECT_EQ(shelf_.bytes(), 0U);
}

}  // namespace
}  // namespace derms::optimizer
