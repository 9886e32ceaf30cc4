#include "services/registry/history_keeper.h"

#include <gmock/gmock.h>

#include <sstream>

#include "libs/base/error.h"
#include "libs/server/testing/test_calls.h"
#include "services/registry/folding_judge.h"
#include "services/registry/testing/played_history.h"

namespace derms::registry {
namespace {

using server::testing::kNow;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HistoryKeeperTest : public ::testing::Test {
 protected:
  base::ManualClock clock_{kNow};
  std::optional<store::Fence> fence_ = store::Fence{"reading-history", 7};
  testing::PlayedHistory history_;
  const gridcode::ProfileShelf profiles_;
  server::testing::CountingIds ids_;
  FoldingJudge judge_{profiles_, ids_};
  std::ostringstream log_;
  observe::Logger logger_{{.service = "test"}, log_};
  HistoryKeeper keeper_{{.keep_readings = absl::Hours(24), .keep_hours = absl::Hours(48), .most_readings = 100},
                        history_,
                        judge_,
                        [this] { return fence_; },
                        clock_,
                        logger_};
};

TEST_F(HistoryKeeperTest, DoesNothingWhileAnotherLeads) {
  fence_ = std::nullopt;
  EXPECT_EQ(*keeper_.Look(), false);
  EXPECT_THAT(history_.folds, IsEmpty());
}

TEST_F(HistoryKeeperTest, FoldsWithItsFenceAndForgetsNowAndThen) {
  EXPECT_EQ(*keeper_.Look(), false);
  EXPECT_THAT(history_.folds, ElementsAre("journal 7 judged", "statuses", "forget"));
  EXPECT_EQ(history_.forgot_readings_before, kNow - absl::Hours(24));
  EXPECT_EQ(history_.forgot_hours_before, kNow - absl::Hours(48));
  clock_.Advance(absl::Seconds(2));
  history_.folds.clear();
  EXPECT_EQ(*keeper_.Look(), false);
  EXPECT_THAT(history_.folds, ElementsAre("journal 7 judged", "statuses"));
}

TEST_F(HistoryKeeperTest, AFullJournalIsFoldedOnAtOnceAndStatusesAreNotHurried) {
  EXPECT_EQ(*keeper_.Look(), false);
  history_.folds.clear();
  history_.journal = store::Folded{.rows = 3, .readings = 120, .too_late = 7};
  EXPECT_EQ(*keeper_.Look(), true);
  EXPECT_THAT(history_.folds, ElementsAre("journal 7 judged"));
  EXPECT_EQ(keeper_.folded_readings(), 120);
  EXPECT_EQ(keeper_.late_readings(), 7);
}

TEST_F(HistoryKeeperTest, WhatIsLeftToForgetIsForgottenAtTheNextLook) {
  history_.forgotten = 5'000;
  ASSERT_TRUE(keeper_.Look().ok());
  history_.folds.clear();
  ASSERT_TRUE(keeper_.Look().ok());
  EXPECT_THAT(history_.folds, ElementsAre("journal 7 judged", "forget"));
}

TEST_F(HistoryKeeperTest, TellsOfALostLease) {
  history_.journal = base::Aborted("LEASE_LOST", "another process leads by now");
  EXPECT_EQ(base::ReasonOf(keeper_.Look().status()), "LEASE_LOST");
}

}  // namespace
}  // namespace derms::registry
