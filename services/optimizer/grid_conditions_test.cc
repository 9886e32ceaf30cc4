#include "services/optimizer/grid_conditions.h"

#include <gmock/gmock.h>

#include <cmath>
#include <deque>

namespace derms::optimizer {
namespace {

using gridcode::GridConditions;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kStart = absl::FromUnixSeconds(1594800000);
const double kUnknown = std::nan("");

// CA with the parts NORTH (with its part TOWN) and SOUTH, three hours.
class GridConditionsTest : public ::testing::Test {
 protected:
  GridConditionsTest() {
    const std::pair<const char*, const char*> places[] = {
        {"CA", ""}, {"NORTH", "CA"}, {"SOUTH", "CA"}, {"TOWN", "NORTH"}};
    for (const auto& [id, parent] : places) {
      domain::Region& region = regions_.emplace_back();
      region.region_id = id;
      region.parent_region_id = parent;
    }
    for (const domain::Region& region : regions_) input_.regions.push_back(&region);
    input_.series = &series_;
    input_.horizon = {kStart, absl::Hours(1), 3, kStart};
    input_.nominal_hz = 60;
  }
  void Forecast(const std::string& id, domain::SeriesKind kind, std::vector<double> values) {
    series_[id] = {id, kind, kStart, absl::Hours(1), std::move(values)};
  }
  RegionConditions Of(std::string_view id) const {
    const auto all = ConditionsOf(input_);
    for (std::size_t r = 0; r < regions_.size(); ++r) {
      if (regions_[r].region_id == id) return all[r];
    }
    ADD_FAILURE() << id;
    return {};
  }
  std::vector<std::string> Violations() const {
    base::Violations violations;
    CheckGiven(input_.given, input_.regions, "", violations);
    std::vector<std::string> fields;
    for (const auto& violation : violations.list()) fields.push_back(violation.field);
    return fields;
  }

  std::deque<domain::Region> regions_;
  SeriesById series_;
  ConditionsInput input_;
};

TEST_F(GridConditionsTest, AreNominalWhereNothingIsKnown) {
  const RegionConditions town = Of("TOWN");
  EXPECT_EQ(town.frequency, ConditionSource::kNominal);
  EXPECT_EQ(town.voltage, ConditionSource::kNominal);
  const GridConditions nominal{60, 60, 1, 1};
  EXPECT_THAT(town.by_interval, ElementsAre(nominal, nominal, nominal));
}

TEST_F(GridConditionsTest, MeasuredOnesHoldForTheRegionAndWhatItIsPartOf) {
  input_.measured = {{"TOWN", {2, 59.5, 60.1}, {1, 0.94, 0.99}}, {"SOUTH", {3, 59.9, 60.2}, {0, 0, 0}}};
  for (const char* id : {"TOWN", "NORTH"}) {
    const RegionConditions north = Of(id);
    EXPECT_EQ(north.frequency, ConditionSource::kMeasured);
    EXPECT_EQ(north.voltage, ConditionSource::kMeasured);
    EXPECT_EQ(north.frequency_der_count, 2);
    EXPECT_EQ(north.voltage_der_count, 1);
    EXPECT_EQ(north.by_interval[2], (GridConditions{59.5, 60.1, 0.94, 0.99}));
  }
  EXPECT_EQ(Of("CA").frequency_der_count, 5);
  EXPECT_EQ(Of("CA").by_interval[0], (GridConditions{59.5, 60.2, 0.94, 0.99}));
  EXPECT_EQ(Of("SOUTH").by_interval[0], (GridConditions{59.9, 60.2, 1, 1}));
  EXPECT_EQ(Of("SOUTH").voltage, ConditionSource::kNominal) << "the voltage of another region says nothing";
}

TEST_F(GridConditionsTest, AFrequencyIsThatOfTheWholeAreaWhereARegionMeasuredNone) {
  input_.measured = {{"NORTH", {2, 59.5, 60.1}, {1, 0.94, 0.99}}};
  const RegionConditions south = Of("SOUTH");
  EXPECT_EQ(south.frequency, ConditionSource::kMeasured);
  EXPECT_EQ(south.by_interval[0], (GridConditions{59.5, 60.1, 1, 1}));
}

TEST_F(GridConditionsTest, AForecastCountsBeforeReadingsAndForPartsWithoutOne) {
  input_.measured = {{"NORTH", {2, 59.5, 60.1}, {1, 0.94, 0.99}}};
  Forecast("NORTH.lowest_frequency_hz", domain::SeriesKind::kFrequencyHz, {59.8, kUnknown, 59.7});
  const RegionConditions town = Of("TOWN");
  EXPECT_EQ(town.frequency, ConditionSource::kForecast);
  EXPECT_EQ(town.voltage, ConditionSource::kNominal) << "a voltage is measured in the place";
  EXPECT_EQ(town.by_interval[0].lowest_hz, 59.8);
  EXPECT_EQ(town.by_interval[1].lowest_hz, 59.5) << "not forecast: as measured";
  EXPECT_EQ(town.by_interval[0].highest_hz, 60.1) << "this side is not forecast";
  EXPECT_EQ(Of("CA").frequency, ConditionSource::kMeasured);
  Forecast("TOWN.lowest_frequency_hz", domain::SeriesKind::kFrequencyHz, {59.9, 59.9, 59.9});
  EXPECT_EQ(Of("TOWN").by_interval[0].lowest_hz, 59.9);
}

TEST_F(GridConditionsTest, ASeriesOfAnotherKindIsNoForecast) {
  Forecast("CA.lowest_frequency_hz", domain::SeriesKind::kLoadKw, {1, 2, 3});
  EXPECT_EQ(Of("CA").frequency, ConditionSource::kNominal);
}

TEST_F(GridConditionsTest, WhatIsGivenCountsBeforeAllAndForParts) {
  Forecast("TOWN.lowest_frequency_hz", domain::SeriesKind::kFrequencyHz, {59.9, 59.9, 59.9});
  input_.given = {{.region_id = "NORTH", .lowest_hz = 59.2}, {.region_id = "", .highest_v_pu = 1.06}};
  const RegionConditions town = Of("TOWN");
  EXPECT_EQ(town.frequency, ConditionSource::kGiven);
  EXPECT_EQ(town.voltage, ConditionSource::kGiven) << "empty: the area";
  EXPECT_EQ(town.by_interval[1], (GridConditions{59.2, 60, 1, 1.06}));
  EXPECT_EQ(Of("SOUTH").by_interval[1], (GridConditions{60, 60, 1, 1.06}));
  EXPECT_EQ(Of("SOUTH").frequency, ConditionSource::kNominal);
}

TEST_F(GridConditionsTest, EachSideIsTakenByItself) {
  input_.given = {{.region_id = "NORTH", .lowest_hz = 59.2}, {.highest_hz = 60.5}};
  EXPECT_EQ(Of("TOWN").by_interval[0], (GridConditions{59.2, 60.5, 1, 1}));
  EXPECT_EQ(Of("SOUTH").by_interval[0], (GridConditions{60, 60.5, 1, 1}));
}

TEST_F(GridConditionsTest, SidesNeverCross) {
  input_.measured = {{"CA", {2, 59.5, 59.6}, {}}};
  input_.given = {{.lowest_hz = 60.3}};
  EXPECT_EQ(Of("CA").by_interval[0], (GridConditions{60.3, 60.3, 1, 1}));
  input_.given = {};
  Forecast("CA.lowest_frequency_hz", domain::SeriesKind::kFrequencyHz, {60.2, 60.2, 60.2});
  const GridConditions at = Of("CA").by_interval[0];
  EXPECT_LE(at.lowest_hz, at.highest_hz);
}

TEST_F(GridConditionsTest, MistakesInWhatIsGivenAreNamedByField) {
  input_.given = {{.region_id = "TOWN", .lowest_hz = 59.5}, {.lowest_v_pu = 0.9, .highest_v_pu = 0.9}};
  EXPECT_THAT(Violations(), IsEmpty());
  input_.given = {{.region_id = "OREGON", .lowest_hz = 59.5},
                  {.region_id = "CA"},
                  {.lowest_hz = 61, .highest_hz = 60, .lowest_v_pu = 1.1, .highest_v_pu = 1}};
  EXPECT_THAT(Violations(), ElementsAre("grid_conditions[0].region_id", "grid_conditions[1].lowest_frequency_hz",
                                        "grid_conditions[2].region_id", "grid_conditions[2].lowest_frequency_hz",
                                        "grid_conditions[2].lowest_voltage_pu"));
}

TEST_F(GridConditionsTest, ForecastsHaveNamesByConvention) {
  input_.regions.resize(1);
  EXPECT_THAT(ForecastSeriesOf(input_.regions), ElementsAre("CA.lowest_frequency_hz", "CA.highest_frequency_hz",
                                                            "CA.lowest_voltage_pu", "CA.highest_voltage_pu"));
}

}  // namespace
}  // namespace derms::optimizer
