#include "libs/server/call_budget.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::server {
namespace {

using auth::Lane;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

int Taken(CallBudget& budget, std::string_view subject, int calls, absl::Time at, Lane lane = Lane::kUsual) {
  int taken = 0;
  for (int i = 0; i < calls; ++i) taken += budget.Take(subject, lane, at).ok() ? 1 : 0;
  return taken;
}

TEST(CallBudget, GivesABurstAndThenTheRate) {
  CallBudget budget({.calls_per_second = 100, .burst_calls = 20});
  EXPECT_EQ(Taken(budget, "meter", 50, kStart), 20);
  EXPECT_EQ(Taken(budget, "meter", 50, kStart + absl::Milliseconds(100)), 10);
  int in_ten_seconds = 0;
  for (int ms = 101; ms <= 10'100; ++ms) in_ten_seconds += Taken(budget, "meter", 1, kStart + absl::Milliseconds(ms));
  EXPECT_EQ(in_ten_seconds, 1'000);
  EXPECT_EQ(Taken(budget, "meter", 50, kStart + absl::Minutes(1)), 20);
}

TEST(CallBudget, SaysWhatToDo) {
  CallBudget budget({.calls_per_second = 100, .burst_calls = 1});
  EXPECT_TRUE(budget.Take("meter", Lane::kUsual, kStart).ok());
  const absl::Status refused = budget.Take("meter", Lane::kUsual, kStart);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(base::ReasonOf(refused), "RATE_LIMITED");
  EXPECT_EQ(budget.refused(), 1U);
}

TEST(CallBudget, OneCallerDoesNotUseUpWhatAnotherHas) {
  CallBudget budget({.calls_per_second = 100, .burst_calls = 20});
  EXPECT_EQ(Taken(budget, "abuser", 10'000, kStart), 20);
  EXPECT_EQ(Taken(budget, "operator", 20, kStart), 20);
}

TEST(CallBudget, ACallersOrdersDoNotWaitForItsOtherCalls) {
  CallBudget budget({.calls_per_second = 100, .burst_calls = 20});
  EXPECT_EQ(Taken(budget, "operator", 10'000, kStart), 20);
  EXPECT_EQ(Taken(budget, "operator", 20, kStart, Lane::kReserved), 20);
}

TEST(CallBudget, WithoutARateEverythingIsAdmitted) {
  CallBudget budget({.calls_per_second = 0});
  EXPECT_EQ(Taken(budget, "benchmark", 10'000, kStart), 10'000);
  EXPECT_EQ(budget.accounts(), 0U);
}

TEST(CallBudget, AClockThatGoesBackLocksNobodyOut) {
  CallBudget budget({.calls_per_second = 100, .burst_calls = 20});
  EXPECT_EQ(Taken(budget, "meter", 20, kStart), 20);
  EXPECT_EQ(Taken(budget, "meter", 20, kStart - absl::Hours(1)), 0);
  EXPECT_EQ(Taken(budget, "meter", 20, kStart - absl::Hours(1) + absl::Milliseconds(200)), 20);
}

TEST(CallBudget, ItsMemoryIsBounded) {
  CallBudget budget({.calls_per_second = 100, .burst_calls = 1, .most_accounts = 1'000});
  for (int i = 0; i < 5'000; ++i) (void)budget.Take(absl::StrCat("caller-", i), Lane::kUsual, kStart);
  EXPECT_LE(budget.accounts(), 1'001U);
  // Those of which nothing is left to remember have gone.
  EXPECT_EQ(Taken(budget, "late", 1, kStart + absl::Seconds(2)), 1);
  EXPECT_EQ(budget.accounts(), 1U);
}

}  // namespace
}  // namespace derms::server
