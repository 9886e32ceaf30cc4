// What is left of solves and services whose processes are killed or stopped from outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "services/optimizer/workers/testing/solver_pool_fixture.h"

extern char** environ;

namespace derms::optimizer {
namespace {

using testing::Eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(SolverPoolTest, IdleProcessesThatAreKilledAreReplacedAndNoSolveNotices) {
  const SolverPool& pool = Start();
  for (const pid_t pid : testing::ChildrenOf(getpid())) {
    kill(pid, SIGKILL);
    ASSERT_TRUE(Eventually([&] { return !testing::Runs(pid); }));
  }
  const auto solution = pool.Solve(Asking("BATT"), {});
  ASSERT_TRUE(solution.ok()) << solution.status();
  EXPECT_NE(solution->solver, "greedy");
  EXPECT_TRUE(Whole(2));
  EXPECT_EQ(pool.figures().crashed, 2);
}

TEST_F(SolverPoolTest, AKillInTheMiddleOfASolveLeavesTheQuickSchedule) {
  const SolverPool& pool = Start({.processes = {.processes = 1}});
  auto solution = std::async(std::launch::async, [&] { return pool.Solve(Asking("SLEEP"), {}); });
  ASSERT_TRUE(Eventually([&] { return pool.figures().busy == 1; }));
  for (const pid_t pid : testing::ChildrenOf(getpid())) kill(pid, SIGKILL);
  const auto answer = solution.get();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(answer->notes.back(), HasSubstr("signal 9 (Killed"));
}

// Those that come next in line are struck while they have the work: the last started has it first.
TEST_F(SolverPoolTest, KillsOfAllProcessesOneAfterTheOtherLeaveTheQuickScheduleToo) {
  constexpr int kProcesses = 4;
  for (const absl::Duration pause : {absl::Milliseconds(2), absl::Milliseconds(4), absl::Milliseconds(8)}) {
    const SolverPool& pool = Start({.processes = {.processes = kProcesses}});
    std::vector<pid_t> processes = testing::ChildrenOf(getpid());
    std::sort(processes.rbegin(), processes.rend());
    auto solution = std::async(std::launch::async,
                               [&] { return pool.Solve(Asking("ALWAYS-SLEEP"), {.time_limit = absl::Seconds(2)}); });
    ASSERT_TRUE(Eventually([&] { return pool.figures().busy == 1; }));
    for (const pid_t pid : processes) {
      kill(pid, SIGKILL);
      absl::SleepFor(pause);
    }
    const auto answer = solution.get();
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->solver, "greedy");
    EXPECT_TRUE(Whole(kProcesses));
  }
}

TEST_F(SolverPoolTest, AHundredCrashesLeaveNoZombieAndNoDescriptor) {
  const SolverPool& pool = Start();
  const int descriptors = testing::OpenDescriptors(getpid());
  for (int crash = 0; crash < 34; ++crash) {  // the quick solver crashes each time as well, twice
    ASSERT_EQ(base::ReasonOf(pool.Solve(Asking("ALWAYS-ABORT"), {}).status()), "SOLVER_CRASHED");
  }
  EXPECT_TRUE(Whole(2));
  EXPECT_EQ(pool.figures().crashed, 102);
  EXPECT_THAT(testing::ZombiesOf(getpid()), IsEmpty());
  EXPECT_THAT(testing::ChildrenOf(getpid()), SizeIs(2));
  EXPECT_EQ(testing::OpenDescriptors(getpid()), descriptors);
  pool_.reset();
  EXPECT_THAT(testing::ChildrenOf(getpid()), IsEmpty());
}

// A stopped process answers nothing and cannot even see that its service is gone.
TEST_F(SolverPoolTest, AStoppedProcessIsReplaced) {
  const SolverPool& pool = Start({.processes = {.processes = 1}, .grace = absl::Milliseconds(100)});
  for (const pid_t pid : testing::ChildrenOf(getpid())) kill(pid, SIGSTOP);
  EXPECT_EQ(base::ReasonOf(pool.Solve(Asking("BATT"), {.time_limit = absl::Milliseconds(100)}).status()),
            "SOLVER_OVERRAN");
  EXPECT_TRUE(Whole(1));
}

TEST_F(SolverPoolTest, StopSignalsOfASupervisorDoNotEndSolves) {
  const SolverPool& pool = Start();
  for (const pid_t pid : testing::ChildrenOf(getpid())) {
    kill(pid, SIGTERM);
    kill(pid, SIGINT);
  }
  EXPECT_EQ(pool.Solve(Asking("BATT"), {}).status(), absl::OkStatus());
  EXPECT_EQ(pool.figures().crashed, 0);
}

// Of the service a process inherits neither descriptors nor secrets.
TEST_F(SolverPoolTest, ProcessesHaveNothingOfTheService) {
  setenv("DERMS_DATABASE_URL", "postgresql://user:secret@host/db", 1);
  Start();
  const std::vector<pid_t> children = testing::ChildrenOf(getpid());
  ASSERT_THAT(children, SizeIs(2));
  for (const pid_t pid : children) {
    EXPECT_EQ(testing::OpenDescriptors(pid), 4);  // three standard ones and the socket
    const std::string text = testing::EnvironmentOf(pid);
    EXPECT_NE(text, "");
    EXPECT_EQ(text.find("DERMS_"), std::string::npos);
  }
  unsetenv("DERMS_DATABASE_URL");
}

// A service that is killed leaves no process behind, in whatever state its solves are.
TEST(SolverPoolParent, WhenItIsKilledItsProcessesEndToo) {
  int out[2];
  ASSERT_EQ(pipe(out), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  std::string name = "parent", mode = "pool-parent";
  char* const arguments[] = {name.data(), mode.data(), nullptr};
  pid_t parent = 0;
  ASSERT_EQ(posix_spawn(&parent, "/proc/self/exe", &actions, nullptr, arguments, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  char ready = 0;
  ASSERT_EQ(read(out[0], &ready, 1), 1);  // one process loops, one waits
  const std::vector<pid_t> processes = testing::ChildrenOf(parent);
  EXPECT_THAT(processes, SizeIs(2));
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  for (const pid_t pid : processes) EXPECT_TRUE(Eventually([&] { return !testing::Runs(pid); }));
  close(out[0]);
  close(out[1]);
}

}  // namespace
}  // namespace derms::optimizer
