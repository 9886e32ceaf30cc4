#include "libs/gridcode/setting_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "libs/gridcode/given_settings.h"
#include "libs/gridcode/trip.h"

namespace derms::gridcode {
namespace {

TEST(SettingTable, NamesColumnsAndPlacesAreThereOnce) {
  std::set<std::string_view> names, columns;
  std::set<const void*> places;
  Settings settings;
  for (const auto& number : SettingNumbers()) {
    EXPECT_TRUE(names.insert(number.name).second) << number.name;
    EXPECT_TRUE(columns.insert(number.column).second) << number.column;
    EXPECT_TRUE(places.insert(&number.in(settings)).second) << number.name;
  }
  for (const auto& flag : SettingFlags()) {
    EXPECT_TRUE(names.insert(flag.name).second) << flag.name;
    EXPECT_TRUE(columns.insert(flag.column).second) << flag.column;
    EXPECT_TRUE(places.insert(&flag.in(settings)).second) << flag.name;
  }
}

// Every byte of numbers and flags belongs to a row: a field that the table forgets would be lost on the way.
TEST(SettingTable, ReachesEveryField) {
  Settings marked;
  for (const auto& number : SettingNumbers()) number.in(marked) = 7;
  for (const auto& flag : SettingFlags()) flag.in(marked) = true;
  Settings expected{{7, 7, 7, 7, 7, 7},
                    {true, 7},
                    {true, 7, 7, 7, 7, 7, 7, 7},
                    {true, true, 7},
                    {true, 7},
                    {true, true, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7},
                    {true, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7},
                    {true, 7, 7, 7, 7, 7},
                    {true, 7, 7, 7, 7, 7},
                    {7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7},
                    true};
  EXPECT_TRUE(marked == expected);
}

TEST(SettingTable, TripFunctionsNameTheirFields) {
  for (const TripFunction& function : kTripFunctions) {
    Settings settings;
    EXPECT_EQ(&FindSettingNumber(function.threshold)->in(settings), &(settings.trip.*function.level)) << function.name;
    EXPECT_EQ(&FindSettingNumber(function.time)->in(settings), &(settings.trip.*function.clearing_s)) << function.name;
  }
}

TEST(GivenSettings, ChangeWhatTheyNameAndNothingElse) {
  Settings settings;
  settings.droop.k_of = 0.05;
  const Settings changed = WithGiven(settings, {{{"droop.k_uf", 0.03}}, {{"volt_var.enabled", true}}});
  EXPECT_EQ(changed.droop.k_uf, 0.03);
  EXPECT_EQ(changed.droop.k_of, 0.05);
  EXPECT_TRUE(changed.volt_var.enabled);
  EXPECT_TRUE(WithGiven({}, AllOf(changed)) == changed);
}

}  // namespace
}  // namespace derms::gridcode
