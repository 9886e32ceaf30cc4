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

TEST(PageToken, TimesKeepTheirMicroseconds) {
  v1::ListRunsRequest runs;
  EXPECT_FALSE(ReadTimePageToken(runs)->has_value()) << "first page";
  const absl::Time time = absl::FromUnixMicros(1'595'142'000'123'456);
  runs.set_page_token(MakePageToken(v1::ListRunsRequest(), time, "run-1"));
  EXPECT_EQ(**ReadTimePageToken(runs), TimeKey(time, "run-1"));
  runs.set_page_token(MakePageToken(v1::ListRunsRequest(), {"yesterday", "run-1"}));
  EXPECT_EQ(base::ReasonOf(ReadTimePageToken(runs).status()), "INVALID_PAGE_TOKEN");
}

// Keys of three lengths: base64 then ends in 0, 2 and 4 bits that decoders ignore.
TEST(PageToken, EveryAlterationIsRefused) {
  for (const char* key : {"SOLAR-01", "SOLAR-001", "SOLAR-0001"}) {
    const std::string good = Next({key}).page_token();
    const auto read = [](const std::string& token) {
      v1::ListDersRequest request = Filtered();
      request.set_page_token(token);
      return ReadPageToken(request, 1).ok();
    };
    EXPECT_TRUE(read(good));
    for (std::size_t i = 0; i < good.size(); ++i) {
      for (int other = 0; other < 128; ++other) {
        std::string bad = good;
        bad[i] = static_cast<char>(other);
        EXPECT_EQ(read(bad), bad == good) << bad;
      }
      EXPECT_EQ(read(good.substr(0, i)), i == 0) << "cut at " << i;
      EXPECT_FALSE(read(good + good.substr(0, i + 1)));
    }
    for (const char* tail : {"=", "==", " ", "\n"}) EXPECT_FALSE(read(good + tail));
  }
}

}  // namespace
}  // namespace derms::wire
