#include "services/optimizer/grid_run.h"

#include <gmock/gmock.h>

#include "libs/server/testing/mock_queries.h"

namespace derms::optimizer {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::Return;
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
    return FindGrid(given_, thorough, input_, profiles_, queries_, absl::InfiniteFuture(), built_);
  }
  const RegionConditions& Conditions(std::size_t region) const { return built_.grid.regions[region].conditions; }

  domain::Region area_, part_;
  gridcode::ProfileShelf profiles_;
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

TEST_F(GridRunTest, ARunThatServesTheGridLooksAtHoursAndSettings) {
  const absl::Time hour = absl::FromUnixSeconds(1594800000);
  AddReading("NORTH", 60);
  input_.fleet.back().der.der_id = "B";
  const base::DerKey key = base::DerKeyOf("B");
  EXPECT_CALL(queries_, LoadGridHours(ElementsAre(key), hour - absl::Hours(1), kNow, _))
      .WillOnce(Return(std::vector<store::DerGridHours>{{key, 59.5, 60, 228, 240}}));
  EXPECT_CALL(queries_, LoadGridSettings(ElementsAre(key), _))
      .WillOnce(Return(std::vector<store::DerGridSettings>{{.der_key = key,
                                                            .profile_id = "IEEE1547-2018",
                                                            .apparent_kva = 125,
                                                            .v_nominal_v = 240,
                                                            .normal_category = "NORMAL_CATEGORY_B"}}));
  ASSERT_TRUE(Find(true).ok());
  EXPECT_EQ(Conditions(1).voltage, ConditionSource::kMeasured);
  EXPECT_NEAR(built_.grid.regions[1].need.inject_kvar[0], 0.22 * 125, 1e-9);
}

TEST_F(GridRunTest, AHorizonInThePastIsJudgedByTheHoursBeforeIt) {
  input_.horizon.starts_at = absl::FromUnixSeconds(1594800000) - absl::Hours(48);
  EXPECT_CALL(queries_, LoadGridHours(_, input_.horizon.starts_at - absl::Hours(1), input_.horizon.starts_at, _))
      .WillOnce(Return(std::vector<store::DerGridHours>{}));
  EXPECT_CALL(queries_, LoadGridSettings).WillOnce(Return(std::vector<store::DerGridSettings>{}));
  ASSERT_TRUE(Find(true).ok());
  EXPECT_EQ(Conditions(0).by_interval[0], gridcode::GridConditions::Nominal(60));
}

TEST_F(GridRunTest, ADatabaseThatDoesNotAnswerEndsTheRun) {
  EXPECT_CALL(queries_, LoadGridSettings).WillOnce(Return(absl::UnavailableError("away")));
  EXPECT_EQ(Find(true).code(), absl::StatusCode::kUnavailable);
  EXPECT_CALL(queries_, LoadGridSettings).WillOnce(Return(std::vector<store::DerGridSettings>{}));
  EXPECT_CALL(queries_, LoadGridHours).WillOnce(Return(absl::UnavailableError("away")));
  EXPECT_EQ(Find(true).code(), absl::StatusCode::kUnavailable);
}

constexpr char kFiftyHertz[] =
    "row,category,name,value,min,max,slope,source\nprofile,all,id,50HZ,,,,\nprofile,all,based_on,IEEE1547-2018,,,,\n"
    "figure,all,nominal_hz,50,,,,test\nfrequency_band,all,continuous,,49,51,,test\n";

TEST_F(GridRunTest, TheNominalFrequencyIsThatOfTheProfilesOfTheDers) {
  ASSERT_TRUE(profiles_.Add(kFiftyHertz).ok());
  EXPECT_CALL(queries_, LoadGridHours).WillOnce(Return(std::vector<store::DerGridHours>{}));
  EXPECT_CALL(queries_, LoadGridSettings)
      .WillOnce(Return(std::vector<store::DerGridSettings>{{.der_key = base::DerKeyOf("B"), .profile_id = "50HZ"}}));
  ASSERT_TRUE(Find(true).ok());
  EXPECT_EQ(Conditions(0).by_interval[0], gridcode::GridConditions::Nominal(50));
  EXPECT_EQ(built_.grid.regions[0].need.up_kw[0], 0);
  EXPECT_EQ(built_.grid.standard().FrequencyMargin(Conditions(0).by_interval[0]), 1);
}

// Settings are not read for it: the readings say which of the known frequencies it is.
TEST_F(GridRunTest, ARunThatDoesNotServeTheGridTakesTheNominalFrequencyNearestToReadings) {
  AddReading("NORTH", 49.99);
  ASSERT_TRUE(Find(false).ok());
  EXPECT_EQ(built_.grid.standard().nominal_hz(), 60) << "it knows no other";
  ASSERT_TRUE(profiles_.Add(kFiftyHertz).ok());
  ASSERT_TRUE(Find(false).ok());
  EXPECT_EQ(built_.grid.standard().nominal_hz(), 50);
  EXPECT_EQ(built_.grid.regions[0].need.up_kw[0], 0);
}

}  // namespace
}  // namespace derms::optimizer
