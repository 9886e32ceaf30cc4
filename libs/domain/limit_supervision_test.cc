#include "libs/domain/limit_supervision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"

namespace derms::domain {
namespace {

using ::testing::ElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1'600'000'000);

// A watch over a limit of 100 kW, looked at every second.
class BreachWatchTest : public ::testing::Test {
 protected:
  BreachStep Look(double flow_kw, bool binds = false) {
    at_ += absl::Seconds(1);
    return Judge(watch_, {.at = at_, .flow_kw = flow_kw, .limit_kw = 100, .binds = binds});
  }
  // The steps that are not kNothing of so many looks.
  std::vector<BreachStep> Looks(int count, double flow_kw, bool binds = false) {
    std::vector<BreachStep> steps;
    for (int i = 0; i < count; ++i) {
      const BreachStep step = Look(flow_kw, binds);
      if (step != BreachStep::kNothing) steps.push_back(step);
    }
    return steps;
  }
  BreachWatch watch_;
  absl::Time at_ = kNow;
};

TEST_F(BreachWatchTest, AFlowWithinOnePercentOrOneKilowattIsNoBreach) {
  EXPECT_THAT(Looks(100, 101), ElementsAre());
  EXPECT_EQ(ToleranceKw(10), 1);
  EXPECT_EQ(ToleranceKw(1000), 10);
}

TEST_F(BreachWatchTest, TwoLooksInARowAreABreachAndASpikeIsNot) {
  EXPECT_EQ(Look(102), BreachStep::kNothing);
  EXPECT_EQ(Look(100), BreachStep::kNothing);
  EXPECT_EQ(Look(102), BreachStep::kNothing);
  EXPECT_EQ(Look(102), BreachStep::kBegun);
}

TEST_F(BreachWatchTest, ACorrectionThatDoesNotHelpIsTightenedOnceItHasHadItsTime) {
  Looks(2, 120);
  EXPECT_THAT(Looks(5, 120), ElementsAre());
  EXPECT_EQ(Look(120), BreachStep::kTighten);
  EXPECT_THAT(Looks(5, 120), ElementsAre());
  EXPECT_EQ(Look(120), BreachStep::kTighten);
}

TEST_F(BreachWatchTest, ItIsRelievedAfterAMinuteWellBelow) {
  Looks(2, 120);
  EXPECT_THAT(Looks(300, 95), ElementsAre()) << "within the limit, but not well";
  EXPECT_THAT(Looks(60, 90), ElementsAre());
  EXPECT_THAT(Looks(1, 91), ElementsAre()) << "the minute begins anew";
  EXPECT_THAT(Looks(60, 90), ElementsAre());
  EXPECT_EQ(Look(90), BreachStep::kRelieved);
  EXPECT_FALSE(watch_.breached);
  EXPECT_THAT(Looks(2, 120), ElementsAre(BreachStep::kBegun)) << "the next one is a new one";
}

TEST_F(BreachWatchTest, ACorrectionThatBindsIsLoosenedAndNotEnded) {
  Looks(2, 120);
  EXPECT_THAT(Looks(61, 80, true), ElementsAre(BreachStep::kLoosen));
  EXPECT_TRUE(watch_.breached);
  EXPECT_THAT(Looks(60, 80, true), ElementsAre(BreachStep::kLoosen));
  EXPECT_THAT(Looks(60, 80, false), ElementsAre(BreachStep::kRelieved));
}

TEST_F(BreachWatchTest, ALimitOfZeroIsRelievedByNoFlow) {
  EXPECT_EQ(ReliefKw(0), 0);
  EXPECT_EQ(TargetKw(0), 0);
}

TEST(ShareTest, TheShareHoldsBackThoseThatGiveMost) {
  // 100 of 100, 30 of 100, charging at 20: 110 kW are to become 60 kW.
  const std::vector<FlowPart> parts = {{100, 100}, {30, 100}, {-20, 100}};
  EXPECT_EQ(ShareWithin(parts, 110), 1);
  EXPECT_EQ(ShareWithin(parts, 60), 0.5);
  EXPECT_EQ(ShareWithin(parts, 20), 0.2);
  EXPECT_EQ(ShareWithin(parts, -20), 0);
  EXPECT_EQ(ShareWithin(parts, -50), 0) << "nothing more can be done";
}

TEST(ShareTest, WhoCannotBeToldLessUsesUpTheBudget) {
  EXPECT_EQ(ShareWithin({{100, 100}, {10, 0}}, 60), 0.5);
}

TEST(ShareTest, ItIsRoundedDown) {
  EXPECT_EQ(ShareWithin({{100, 300}}, 50), 0.1666);
}

TEST(ShareTest, AnyFleetIsBroughtWithinAnyBudgetAndNotFurtherThanNeeded) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> unit(0, 1);
  for (int round = 0; round < 2000; ++round) {
    std::vector<FlowPart> parts;
    double capacity_kw = 0;
    const int count = 1 + static_cast<int>(unit(random) * 20);
    for (int i = 0; i < count; ++i) {
      const double capacity = unit(random) < 0.1 ? 0 : 1 + 500 * unit(random);
      parts.push_back({capacity * (1.6 * unit(random) - 0.5), capacity});
      capacity_kw += capacity;
    }
    const double budget_kw = capacity_kw * (1.4 * unit(random) - 0.4);
    const double share = ShareWithin(parts, budget_kw);
    ASSERT_GE(share, 0);
    ASSERT_LE(share, 1);
    if (share > 0) {
      ASSERT_LE(FlowUnder(parts, share), budget_kw + 1e-6);
    }
    if (share < 1) {
      ASSERT_GT(FlowUnder(parts, share + 1.0001e-4), budget_kw - 1e-6) << "the next step would be too much";
    }
  }
}

TEST(ShareTest, RoomIsGivenToThoseThatAreHeldBack) {
  const std::vector<FlowPart> parts = {{50, 100}, {10, 100}};
  EXPECT_EQ(ShareWithRoom(parts, 0.5, 90), 0.8);
  EXPECT_EQ(ShareWithRoom(parts, 0.5, 500), 1);
  EXPECT_EQ(ShareWithRoom({{10, 100}}, 0.5, 90), 1) << "nobody is held back";
  EXPECT_EQ(ShareWithRoom(parts, 0.5, 40), 0.5) << "never less";
}

TEST(ExplainTest, NamesWhoIsAboveItsSetpointAndWhatIsLeftOver) {
  const BreachCause cause = Explain({{"A", "owner-1", DerType::kSolar, 120, 100},
                                     {"B", "owner-2", DerType::kBattery, 50, 20},
                                     {"C", "owner-2", DerType::kSolar, 80, 79.5},
                                     {"D", "owner-2", DerType::kSolar, 10, 60}},
                                    70);
  EXPECT_EQ(cause.above_count, 2);
  EXPECT_EQ(cause.above_kw, 50);
  EXPECT_EQ(cause.unexplained_kw, 20);
  ASSERT_EQ(cause.above.size(), 2u);
  EXPECT_EQ(cause.above[0].der_id, "B") << "the worst first";
  EXPECT_EQ(CauseText(cause),
            "2 DERs are 50.0 kW above their set-points (SOLAR 20.0 kW, BATTERY 30.0 kW), 20.0 kW are unexplained");
}

TEST(ExplainTest, NamesTenAtMostAndSaysWhenNobodyIsToBlame) {
  std::vector<SetpointPart> parts;
  for (int i = 0; i < 25; ++i) parts.push_back({absl::StrCat("D", i), "o", DerType::kWind, 100.0 + i, 50});
  const BreachCause cause = Explain(parts, 10);
  EXPECT_EQ(cause.above.size(), kMostNamed);
  EXPECT_EQ(cause.above_count, 25);
  EXPECT_EQ(cause.unexplained_kw, 0);
  EXPECT_EQ(CauseText(Explain({}, 5)), "no DER is above its set-point, 5.0 kW are unexplained");
}

TEST(FlowTest, BothDirectionsCountTowardTheirLimit) {
  EXPECT_EQ(Toward(FlowDirection::kExport, 5), 5);
  EXPECT_EQ(Toward(FlowDirection::kImport, -5), 5);
  EXPECT_EQ(FlowDirectionName(FlowDirection::kImport), "IMPORT");
}

}  // namespace
}  // namespace derms::domain
