#include "libs/observe/trace.h"

#include <gtest/gtest.h>

namespace derms::observe {
namespace {

constexpr char kGood[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";  // example of the specification

TEST(Trace, ParsesAndWritesTheSpecificationsExample) {
  const auto context = ParseTraceparent(kGood);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id, "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(context->span_id, "b7ad6b7169203331");
  EXPECT_TRUE(context->sampled);
  EXPECT_EQ(context->ToTraceparent(), kGood);
}

TEST(Trace, RefusesBrokenHeaders) {
  for (const char* header : {"", "00", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                             "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                             "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                             "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
                             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
                             "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}) {
    EXPECT_FALSE(ParseTraceparent(header)) << header;
  }
}

TEST(Trace, AFutureVersionMayBeLonger) {
  EXPECT_TRUE(ParseTraceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"));
}

TEST(Trace, ContinuesTheParentOrBeginsANewTrace) {
  base::RandomIdSource ids;
  const auto child = ContinueTrace(ParseTraceparent(kGood), ids);
  EXPECT_EQ(child.trace_id, "0af7651916cd43dd8448eb211c80319c");
  EXPECT_NE(child.span_id, "b7ad6b7169203331");
  const auto fresh = ContinueTrace(std::nullopt, ids);
  EXPECT_TRUE(ParseTraceparent(fresh.ToTraceparent())) << fresh.ToTraceparent();
}

}  // namespace
}  // namespace derms::observe
