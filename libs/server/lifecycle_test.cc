#include "libs/server/lifecycle.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "absl/time/clock.h"

namespace derms::server {
namespace {

TEST(LifecycleDeathTest, AStopSignalIsWaitedForAndDoesNotKill) {
  const auto stop_and_wait = [] {
    BlockStopSignals();
    kill(getpid(), SIGTERM);
    _exit(WaitForStopSignal() == SIGTERM ? 0 : 1);
  };
  EXPECT_EXIT(stop_and_wait(), ::testing::ExitedWithCode(0), "");
}

TEST(LifecycleDeathTest, ADrainThatHangsEndsTheProcess) {
  const auto hang = [] {
    const ForcedExit limit(absl::Milliseconds(20));
    absl::SleepFor(absl::Hours(1));
  };
  EXPECT_EXIT(hang(), ::testing::ExitedWithCode(ForcedExit::kForcedExitCode), "");
}

TEST(Lifecycle, ADrainInTimeIsLeftAlone) {
  const ForcedExit limit(absl::Hours(1));
}

}  // namespace
}  // namespace derms::server
