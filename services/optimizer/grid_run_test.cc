#include "services/optimizer/grid_run.h"

#include <gmock/gmock.h>

#include "libs/server/testing/mock_queries.h"

namespace derms::optimizer {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Return;
using ::testing::SizeIs;
using ::testing::StrictMock;

const absl::Time kNow = absl::FromUnixSeconds(1594800000) + absl::Minutes(20);  // 08:20

// CA with the part NORTH, an inverter of 100 kW in it.
class GridRunTest : public ::testing::Test {
 protected:
  GridRunTest() {
    area_.region_id = "CA";
    part_.region_id = "NORTH";
    part_.parent_region_id = "CA";
    input_.regions = {&area_, &part_};
    input_.now = kNow;
    input_.horizon = {absl::FromUnixSeconds(1594803600), absl::Hours(1), 2, absl::FromUnixSeconds(1594803600)};
    built_.problem.interval_count = 2;
    built_.problem.regions.resize(2);
    built_.problem.regions[1].parent = 0;
    built_.problem.devices.push_back({.region = 1, .kind = dispatch::Storage{.discharge_max_kw = 100}});
    built_.der_ids = {"B"};
    built_.grid.apparent_kva = {100};
  }
  domain::Reading& AddReading(const std::string& region_id, double hz) {
    FleetMember& member = input_.fleet.emplace_back();
    member.der.region_id = region_id;
    member.reading.emplace();
    member.reading->frequency_hz = hz;
    member.reading->measured_at = kNow - absl::Minutes(1);
    return *member.reading;
  }
  absl::Status Find(bool thorough) {
    return FindGrid(given_, thorough, input_, queries_, absl::InfiniteFuture(), built_);
  }
  const RegionConditions& Conditions(std::size_t region) const { return built_.grid.regions[region].conditions; }

  domain::Region area_, part_;
  ProblemInput input_;
  std::vector<GivenConditions> given_;
  BuiltProblem built_;
  StrictMock<server::testing::MockQueries> queries_;
};

TEST_F(GridRunTest, ReadingsInMemoryTellTheFrequencyOfARunThatDoesNotServeTheGrid) {
  AddReading("NORTH", 59.5);
  AddReading("NORTH", 60.1);
  AddReading("NORTH", 50).measured_at = kNow - absl::Minutes(16);
  AddReading("NORTH", 50).quality = domain::ReadingQuality::kInvalid;
  AddReading("CA", 60).frequency_hz.reset();
  ASSERT_TRUE(Find(false).ok());
  EXPECT_EQ(Conditions(1).frequency, ConditionSource::kMeasured);
  EXPECT_EQ(Conditions(1).frequency_der_count, 2);
  EXPECT_EQ(Conditions(1).by_interval[0], (gridcode::GridConditions{59.5, 60.1, 1, 1}));
  EXPECT_EQ(Conditions(1).voltage, ConditionSource::kNominal);
  EXPECT_GT(built_.grid.regions[0].need.up_kw[0], 0);
}

TEST_F(GridRunTest, ReadingsOfNowSayNothingOfAnotherDay) {
  AddReading("NORTH", 59.5);
  input_.horizon.starts_at += absl::Hours(72);
  ASSERT_TRUE(Find(false).ok());
  EXPECT_EQ(Conditions(1).frequency, ConditionSource::kNominal);
}

TEST_F(GridRunTest, OfAHundredMetersOneMayBeWrongEitherWay) {
  for (int i = 0; i < 101; ++i) AddReading("NORTH", i == 0 ? 10 : i == 1 ? 400 : i == 2 ? 59.9 : 60);
  const auto measured = NewestFrequencies(input_.fleet, kNow);
  ASSERT_THAT(measured, SizeIs(1));
  EXPECT_EQ(measured[0].frequency_hz.lowest, 59.9);
  EXPECT_EQ(measured[0].frequency_hz.highest, 60);
  EXPECT_EQ(measured[0].frequency_hz.der_count, 101);
  EXPECT_THAT(NewestFrequencies({}, kNow), IsEmpty());
}

TEST_F(GridRunTest, ARunThatServesTheGridLooksAtHoursAndNameplates) {
  const absl::Time hour = absl::FromUnixSeconds(1594800000);
  EXPECT_CALL(queries_, LoadGridExtremes(ElementsAre("CA", "NORTH"), hour - absl::Hours(1), kNow, _))
      .WillOnce(Return(std::vector<store::GridExtremes>{{"NORTH", {1, 59.5, 60}, {1, 0.95, 1}}}));
  EXPECT_CALL(queries_, LoadApparentRatings(ElementsAre("CA", "NORTH"), _))
      .WillOnce(Return(std::vector<store::ApparentRating>{{base::DerKeyOf("B"), 125}}));
  ASSERT_TRUE(Find(true).ok());
  EXPECT_EQ(Conditions(1).voltage, ConditionSource::kMeasured);
  EXPECT_NEAR(built_.grid.regions[1].need.inject_kvar[0], 0.22 * 125, 1e-9);
}

TEST_F(GridRunTest, AHorizonInThePastIsJudgedByTheHoursBeforeIt) {
  input_.horizon.starts_at = absl::FromUnixSeconds(1594800000) - absl::Hours(48);
  EXPECT_CALL(queries_, LoadGridExtremes(_, input_.horizon.starts_at - absl::Hours(1), input_.horizon.starts_at, _))
      .WillOnce(Return(std::vector<store::GridExtremes>{}));
  ASSERT_TRUE(Find(true).ok());  // nothing deviates: nameplates are not looked at
}

TEST_F(GridRunTest, ADatabaseThatDoesNotAnswerEndsTheRun) {
  EXPECT_CALL(queries_, LoadGridExtremes).WillOnce(Return(absl::UnavailableError("away")));
  EXPECT_EQ(Find(true).code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace derms::optimizer
