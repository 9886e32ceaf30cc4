#include "libs/forecast/day_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace derms::forecast {
namespace {

constexpr double kHole = std::numeric_limits<double>::quiet_NaN();
const absl::Time kStart = absl::FromUnixSeconds(1577836800);

// Twelve hours an interval, so two slots a day.
domain::SeriesPiece Halves(std::vector<double> values) {
  return {"s", domain::SeriesKind::kLoadKw, kStart, absl::Hours(12), std::move(values)};
}

TEST(DayTable, PutsTheSameTimeOfDayIntoOneColumn) {
  const DayTable table(Halves({1, 2, 3, 4}), kStart, 2);
  EXPECT_EQ(table.slots(), 2u);
  EXPECT_EQ(table.at(1, 0), 3);
  EXPECT_EQ(table.time(1, 1), kStart + absl::Hours(36));
}

TEST(DayTable, NeedNotBeginWithThePieceNorAtMidnight) {
  const DayTable table(Halves({1, 2, 3, 4}), kStart - absl::Hours(12), 3);
  EXPECT_FALSE(table.known(0, 0)) << "before the piece";
  EXPECT_EQ(table.at(0, 1), 1);
  EXPECT_EQ(table.at(2, 0), 4);
  EXPECT_FALSE(table.known(2, 1)) << "after it";
}

TEST(DayTable, FindsTheNewestKnownValueOfAWeek) {
  const DayTable table(Halves({1, 0, 2, 0, kHole, 0, kHole, 0}), kStart, 4);
  EXPECT_EQ(table.Newest(3, 0), 2);
  EXPECT_EQ(table.Newest(0, 0), 1);
  EXPECT_TRUE(std::isnan(DayTable(Halves({kHole, 1}), kStart, 1).Newest(0, 0)));
}

TEST(DayTable, AveragesWhatIsKnown) {
  const DayTable table(Halves({1, 0, kHole, 0, 5, 0}), kStart, 3);
  EXPECT_EQ(table.MeanOver(2, 0, 3), 3);
  EXPECT_EQ(table.MeanOver(2, 0, 1), 5);
  EXPECT_TRUE(std::isnan(table.MeanOver(1, 0, 1)));
}

}  // namespace
}  // namespace derms::forecast
