#include "libs/wire/page_token.h"

#include <gtest/gtest.h>

#include "derms/v1/optimizer.pb.h"
#include "derms/v1/registry.pb.h"
#include "libs/base/error.h"

namespace derms::wire {
namespace {

v1::ListDersRequest Filtered() {
  v1::ListDersRequest request;
  request.set_region_id("NORTH");
  request.add_types(v1::DER_TYPE_SOLAR);
  request.set_page_size(10);
  return request;
}

v1::ListDersRequest Next(const std::vector<std::string>& keys) {
  v1::ListDersRequest request = Filtered();
  request.set_page_token(MakePageToken(Filtered(), keys));
  return request;
}

using Keys = std::vector<std::string>;

TEST(PageSize, IsCoercedNotRefused) {
  EXPECT_EQ(PageSize(0, 100, 1000), 100u);
  EXPECT_EQ(PageSize(7, 100, 1000), 7u);
  EXPECT_EQ(PageSize(2000000000, 100, 1000), 1000u);
  EXPECT_EQ(PageSize(-1, 100, 1000), 100u);
}

TEST(PageToken, BringsTheKeysBack) {
  EXPECT_EQ(*ReadPageToken(Filtered(), 1), Keys{}) << "first page";
  EXPECT_EQ(*ReadPageToken(Next({"SOLAR-01"}), 1), Keys{"SOLAR-01"});
  const Keys odd = {"", std::string("\0\xff", 2), std::string(255, 'x')};
  EXPECT_EQ(*ReadPageToken(Next(odd), 3), odd);
  EXPECT_LE(MakePageToken(Filtered(), odd).size(), 1024u) << "the rule of the field";
}

TEST(PageToken, PageSizeMayChangeFiltersMayNot) {
  v1::ListDersRequest request = Next({"SOLAR-01"});
  request.set_page_size(500);
  EXPECT_TRUE(ReadPageToken(request, 1).ok());
  request.set_region_id("SOUTH");
  EXPECT_EQ(base::ReasonOf(ReadPageToken(request, 1).status()), "INVALID_PAGE_TOKEN");
}

TEST(PageToken, OfAnotherMethodIsRefused) {
  v1::ListRunsRequest runs;
  runs.set_page_token(MakePageToken(v1::ListRegionsRequest(), {"CA"}));
  EXPECT_EQ(base::ReasonOf(ReadPageToken(runs, 1).status()), "INVALID_PAGE_TOKEN");
}

TEST(PageToken, OfAnotherShapeIsRefused) {
  EXPECT_FALSE(ReadPageToken(Next({"a", "b"}), 1).ok());
}

TEST(PageToken, EveryAlterationIsRefused) {
  const std::string good = Next({"SOLAR-01"}).page_token();
  v1::ListDersRequest request = Filtered();
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char other : {'A', 'z', '0', '_', '-', '=', '\0', '\n', '+'}) {
      if (good[i] == other) continue;
      std::string bad = good;
      bad[i] = other;
      request.set_page_token(bad);
      EXPECT_FALSE(ReadPageToken(request, 1).ok()) << bad;
    }
    request.set_page_token(good.substr(0, i));
    EXPECT_EQ(ReadPageToken(request, 1).ok(), i == 0) << "cut at " << i;
    request.set_page_token(good + good.substr(0, i + 1));
    EXPECT_FALSE(ReadPageToken(request, 1).ok());
  }
}

}  // namespace
}  // namespace derms::wire
