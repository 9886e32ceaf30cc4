// Who solves, follows and ends a run within one process.
#include "services/optimizer/run_board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

const absl::Time kBegan = absl::FromUnixSeconds(1'600'000'000);

RunDone CountInto(int& count) {
  return [&count](const absl::StatusOr<v1::OptimizationRun>&) { ++count; };
}

TEST(LiveRun, SaysHowFarItIs) {
  LiveRun run("run", kBegan);
  run.Note({.phase = "greedy", .best_cost_usd = 200});
  v1::RunProgress progress = run.ProgressAt(kBegan + absl::Seconds(3));
  EXPECT_EQ(progress.phase(), "greedy");
  EXPECT_EQ(progress.best_objective_usd(), 200);
  EXPECT_FALSE(progress.has_lower_bound_usd() || progress.has_gap()) << "no bound is not a bound of zero";
  EXPECT_EQ(progress.elapsed().seconds(), 3);
  run.Note({.phase = "milp", .best_cost_usd = 200, .lower_bound_usd = 150});
  progress = run.ProgressAt(kBegan);
  EXPECT_EQ(progress.gap(), 0.25);
}

TEST(LiveRun, WhoEndsItFirstIsRemembered) {
  LiveRun run("run", kBegan);
  EXPECT_FALSE(run.cancelled());
  run.Cancel("operator-1");
  run.Cancel("admin-1");
  EXPECT_TRUE(run.cancelled());
  EXPECT_EQ(run.cancelled_by(), "operator-1");
}

TEST(RunBoard, AllWhoWaitHearOfTheEndOnce) {
  RunBoard board;
  int first = 0, second = 0;
  board.Add("run", kBegan, CountInto(first));
  EXPECT_TRUE(board.Join("run", CountInto(second)));
  EXPECT_FALSE(board.Join("another", CountInto(second)));
  board.End("run", absl::StatusOr<v1::OptimizationRun>(v1::OptimizationRun()));
  board.End("run", absl::StatusOr<v1::OptimizationRun>(v1::OptimizationRun()));
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 1);
  EXPECT_EQ(board.Find("run"), nullptr);
  EXPECT_FALSE(board.Join("run", CountInto(second))) << "who comes late reads the row";
}

TEST(RunBoard, FollowersAreWokenUntilTheyGo) {
  RunBoard board;
  int woken = 0;
  auto follower = board.Follow("run", [&woken] { ++woken; });
  board.Wake("another");
  EXPECT_EQ(woken, 0);
  board.Wake("run");
  board.WakeAll();  // there may be news of runs of other processes
  EXPECT_EQ(woken, 2);
  board.Add("run", kBegan, [](const auto&) {});
  board.End("run", base::Internal("ANY", "any end"));
  EXPECT_EQ(woken, 3);
  follower.reset();
  board.Wake("run");
  EXPECT_EQ(woken, 3);
}

TEST(RunBoard, AWakeMayCallBack) {  // no lock is held: the stream that wakes asks the board
  RunBoard board;
  const auto live = board.Add("run", kBegan, [](const auto&) {});
  std::shared_ptr<LiveRun> found;
  const auto follower = board.Follow("run", [&] { found = board.Find("run"); });
  board.Wake("run");
  EXPECT_EQ(found, live);
}

}  // namespace
}  // namespace derms::optimizer
