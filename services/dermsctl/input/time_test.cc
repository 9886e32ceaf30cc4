#include "services/dermsctl/input/time.h"

#include <gtest/gtest.h>

#include "libs/base/error.h"

namespace derms::dermsctl {
namespace {

const absl::TimeZone kPacific = absl::FixedTimeZone(-8 * 3600);

std::string Utc(absl::StatusOr<absl::Time> time) {
  return time.ok() ? TimeText(*time, absl::UTCTimeZone()) : base::ReasonOf(time.status());
}

TEST(ParseUtcOffset, TakesASignedOffsetOrZ) {
  EXPECT_EQ(ParseUtcOffset("-08:00")->At(absl::UnixEpoch()).offset, -8 * 3600);
  EXPECT_EQ(ParseUtcOffset("+05:30")->At(absl::UnixEpoch()).offset, 19800);
  EXPECT_EQ(ParseUtcOffset("Z")->At(absl::UnixEpoch()).offset, 0);
}

TEST(ParseUtcOffset, RefusesWhatCouldMeanSomethingElse) {
  for (const char* text : {"", "-8", "-8:00", "0800", "-08:60", "+14:01", "PST", "-08:00 ", "+0a:00", "-99:00"}) {
    EXPECT_EQ(base::ReasonOf(ParseUtcOffset(text).status()), "INVALID_UTC_OFFSET") << text;
  }
}

TEST(ParseDay, IsTheFirstMomentOfTheDayInTheZone) {
  EXPECT_EQ(Utc(ParseDay("2020-07-15", kPacific)), "2020-07-15T08:00:00Z");
  EXPECT_EQ(Utc(ParseDay("2020-02-29", absl::UTCTimeZone())), "2020-02-29T00:00:00Z");
}

TEST(ParseDay, RefusesDaysThatDoNotExist) {
  for (const char* text : {"2021-02-29", "2020-13-01", "15.7.2020", "2020-7-15", "", "2020-07-15x"}) {
    EXPECT_EQ(Utc(ParseDay(text, kPacific)), "INVALID_TIME") << text;
  }
}

TEST(ParseTime, ReadsTheUsualSpellings) {
  EXPECT_EQ(Utc(ParseTime("2020-01-01T00:30", kPacific)), "2020-01-01T08:30:00Z");
  EXPECT_EQ(Utc(ParseTime("2020-01-01 00:30:15", kPacific)), "2020-01-01T08:30:15Z");
  EXPECT_EQ(Utc(ParseTime("2020-01-01T00:30Z", kPacific)), "2020-01-01T00:30:00Z") << "its own zone wins";
  EXPECT_EQ(Utc(ParseTime("2020-01-01T00:30:00+01:00", std::nullopt)), "2019-12-31T23:30:00Z");
}

TEST(ParseTime, WithoutAnyZoneItIsNoTime) {
  const auto time = ParseTime("2020-01-01T00:30", std::nullopt);
  EXPECT_EQ(base::ReasonOf(time.status()), "INVALID_TIME");
  EXPECT_NE(time.status().message().find("--utc-offset"), absl::string_view::npos);
}

TEST(ParseTime, RefusesNonsense) {
  for (const char* text : {"", "now", "2020-01-01", "2020-01-01T25:00Z", "1577836800"}) {
    EXPECT_EQ(Utc(ParseTime(text, kPacific)), "INVALID_TIME") << text;
  }
}

TEST(ParseDuration, IsAboveZeroAndFinite) {
  EXPECT_EQ(*ParseDuration("1h30m"), absl::Minutes(90));
  for (const char* text : {"", "0", "-1h", "1", "inf", "1 day"}) {
    EXPECT_EQ(base::ReasonOf(ParseDuration(text).status()), "INVALID_DURATION") << text;
  }
}

TEST(Format, TimesCarryTheirZoneAndDurationsTheirUnit) {
  EXPECT_EQ(TimeText(absl::UnixEpoch(), kPacific), "1969-12-31T16:00:00-08:00");
  EXPECT_EQ(DurationText(absl::Hours(1)), "1 h");
  EXPECT_EQ(DurationText(absl::Minutes(15)), "15 min");
  EXPECT_EQ(DurationText(absl::Seconds(90)), "90 s");
}

}  // namespace
}  // namespace derms::dermsctl
