#include "services/optimizer/horizon.h"

#include <gmock/gmock.h>

#include <cmath>

#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

const absl::Time kStart = absl::FromUnixSeconds(1594800000);  // 2020-07-15T08:00Z

domain::SeriesPiece Hourly(std::vector<double> values) {
  return {"load", domain::SeriesKind::kLoadKw, kStart, absl::Hours(1), std::move(values)};
}

TEST(AlignSeries, TakesValuesOfTheSameIntervalAsTheyAre) {
  EXPECT_THAT(*AlignSeries(Hourly({1, 2, 3}), {kStart, absl::Hours(1), 2, kStart + absl::Hours(1)}), ElementsAre(2, 3));
}

TEST(AlignSeries, HoldsCoarseValuesOverFineIntervals) {
  EXPECT_THAT(*AlignSeries(Hourly({1, 2}), {kStart, absl::Minutes(30), 4, kStart}),
              ElementsAre(DoubleNear(1, 1e-12), DoubleNear(1, 1e-12), DoubleNear(2, 1e-12), DoubleNear(2, 1e-12)));
}

TEST(AlignSeries, AveragesFineValuesOverCoarseIntervals) {
  EXPECT_THAT(*AlignSeries(Hourly({1, 3, 5, 7}), {kStart, absl::Hours(2), 2, kStart}),
              ElementsAre(DoubleNear(2, 1e-12), DoubleNear(6, 1e-12)));
}

TEST(AlignSeries, AveragesAcrossUnevenBorders) {
  EXPECT_THAT(*AlignSeries(Hourly({0, 6}), {kStart, absl::Minutes(90), 1, kStart}), ElementsAre(DoubleNear(2, 1e-12)));
}

TEST(AlignSeries, NamesTheSeriesAndTheFirstMissingTime) {
  for (const auto& values : {std::vector<double>{1}, std::vector<double>{1, std::nan("")}}) {
    const auto aligned = AlignSeries(Hourly(values), {kStart, absl::Hours(1), 2, kStart});
    EXPECT_EQ(base::ReasonOf(aligned.status()), "SERIES_MISSING");
    EXPECT_THAT(std::string(aligned.status().message()),
                ::testing::HasSubstr("load has no value at 2020-07-15T09:00Z"));
  }
  EXPECT_FALSE(AlignSeries(Hourly({1}), {kStart, absl::Hours(1), 1, kStart - absl::Hours(1)}).ok());
}

TEST(AlignKnown, LeavesHolesAsNaN) {
  const auto aligned = AlignKnown(Hourly({1, std::nan(""), 3, 4}), {kStart, absl::Hours(2), 2, kStart});
  EXPECT_TRUE(std::isnan(aligned[0])) << "half of it is not known";
  EXPECT_DOUBLE_EQ(aligned[1], 3.5);
}

}  // namespace
}  // namespace derms::optimizer
