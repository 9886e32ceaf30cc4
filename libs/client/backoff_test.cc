#include "libs/client/backoff.h"

#include <gtest/gtest.h>

namespace derms::client {
namespace {

Pacing Drawing(double value) {
  return {[](absl::Duration) {}, [value] { return value; }};
}

const RetryPolicy kPolicy{4, absl::Milliseconds(100), absl::Seconds(1)};

TEST(Backoff, DoublesUpToTheMostAndJittersTheUpperHalf) {
  const Pacing low = Drawing(0.0);
  Backoff backoff(kPolicy, low);
  EXPECT_EQ(backoff.Next({}), absl::Milliseconds(50));
  EXPECT_EQ(backoff.Next({}), absl::Milliseconds(100));
  EXPECT_EQ(backoff.Next({}), absl::Milliseconds(200));
  EXPECT_EQ(backoff.Next({}), absl::Milliseconds(400));
  EXPECT_EQ(backoff.Next({}), absl::Milliseconds(500)) << "half of max_delay";
}

TEST(Backoff, WaitsAsLongAsTheServiceAsksWithinTheMost) {
  const Pacing high = Drawing(0.999);
  Backoff backoff(kPolicy, high);
  EXPECT_EQ(backoff.Next(absl::Milliseconds(700)), absl::Milliseconds(700));
  EXPECT_EQ(backoff.Next(absl::Hours(1)), absl::Seconds(1));
}

TEST(Backoff, EndsAfterTheAttemptsAndStartsAgainOnReset) {
  const Pacing pacing = Drawing(0.5);
  Backoff backoff(kPolicy, pacing);
  for (int retry = 0; retry < 3; ++retry) {
    EXPECT_TRUE(backoff.HasNext());
    backoff.Next({});
  }
  EXPECT_FALSE(backoff.HasNext());
  backoff.Reset();
  EXPECT_TRUE(backoff.HasNext());
}

TEST(IsRetryable, OnlyWhatAServerThatGoesAwayAnswers) {
  EXPECT_TRUE(IsRetryable({grpc::UNAVAILABLE, ""}));
  EXPECT_TRUE(IsRetryable({grpc::CANCELLED, ""}));
  for (const auto code : {grpc::INTERNAL, grpc::ABORTED, grpc::DEADLINE_EXCEEDED, grpc::RESOURCE_EXHAUSTED}) {
    EXPECT_FALSE(IsRetryable({code, ""}));
  }
}

}  // namespace
}  // namespace derms::client
