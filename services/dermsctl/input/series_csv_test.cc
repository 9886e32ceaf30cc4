#include "services/dermsctl/input/series_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/client/testing/tls_server.h"
#include "services/dermsctl/input/time.h"

namespace derms::dermsctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<SeriesFile> Read(const std::string& content, std::optional<absl::Duration> interval = std::nullopt,
                                std::size_t max_values = 10'000) {
  const auto reader = *CsvReader::Open(client::testing::WriteTemporaryFile("series.csv", content));
  return ReadSeriesFile(*reader, absl::FixedTimeZone(-8 * 3600), interval, max_values);
}

std::string Problem(const std::string& content, std::optional<absl::Duration> interval = std::nullopt) {
  return std::string(Read(content, interval).status().message());
}

TEST(ReadSeriesFile, MakesOneRunPerColumnInUtc) {
  const auto file = Read("time,load_kw,solar_a\n2020-01-01T00:00,100,0\n2020-01-01T01:00,110,0.5\n");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->ids, ElementsAre("load_kw", "solar_a"));
  EXPECT_EQ(file->interval, absl::Hours(1));
  ASSERT_EQ(file->runs.size(), 2u);
  EXPECT_EQ(TimeText(file->runs[0].starts_at, absl::UTCTimeZone()), "2020-01-01T08:00:00Z");
  EXPECT_THAT(file->runs[1].values, ElementsAre(0, 0.5));
}

TEST(ReadSeriesFile, AHoleEndsARun) {
  const auto file = Read(
      "time,x\n2020-01-01T00:00,1\n2020-01-01T01:00,2\n2020-01-01T02:00,\n2020-01-01T03:00,4\n2020-01-01T06:00,7\n");
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->runs.size(), 3u);
  EXPECT_THAT(file->runs[0].values, ElementsAre(1, 2));
  EXPECT_THAT(file->runs[1].values, ElementsAre(4));
  EXPECT_EQ(TimeText(file->runs[2].starts_at, absl::UTCTimeZone()), "2020-01-01T14:00:00Z");
}

TEST(ReadSeriesFile, CutsRunsToWhatOneCallTakes) {
  const auto file = Read("time,x\n2020-01-01T00:00,1\n2020-01-01T01:00,2\n2020-01-01T02:00,3\n", std::nullopt, 2);
  ASSERT_EQ(file->runs.size(), 2u);
  EXPECT_THAT(file->runs[1].values, ElementsAre(3));
}

TEST(ReadSeriesFile, NamesTheLineOfWhatIsWrong) {
  EXPECT_THAT(Problem("when,x\n"), HasSubstr("no column `time`"));
  EXPECT_THAT(Problem("time,x\n2020-01-01T00:00,1\n2020-01-01T00:00,1\n"), HasSubstr("line 3: the time is not after"));
  EXPECT_THAT(Problem("time,x\n2020-01-01T01:00,1\n2020-01-01T00:00,1\n"), HasSubstr("line 3: the time is not after"));
  EXPECT_THAT(Problem("time,x\n2020-01-01T00:00,1\n2020-01-01T00:30,1\n", absl::Hours(1)), HasSubstr("no multiple"));
  EXPECT_THAT(Problem("time,x\nyesterday,1\n"), HasSubstr("line 2: 'yesterday' is no time"));
  EXPECT_THAT(Problem("time,x\n2020-01-01T00:00,many\n"), HasSubstr("'many' is no number (line 2)"));
  EXPECT_THAT(Problem("time,x\n2020-01-01T00:00,1\n"), HasSubstr("give --interval"));
}

TEST(KindOfColumn, GoesByTheEndOfTheName) {
  EXPECT_EQ(KindOfColumn("load_kw"), v1::SERIES_KIND_LOAD_KW);
  EXPECT_EQ(KindOfColumn("north.load_kw"), v1::SERIES_KIND_LOAD_KW);
  EXPECT_EQ(KindOfColumn("price_usd_per_kwh"), v1::SERIES_KIND_PRICE_USD_PER_KWH);
  EXPECT_EQ(KindOfColumn("grid_co2_kg_per_kwh"), v1::SERIES_KIND_CARBON_KG_PER_KWH);
  EXPECT_EQ(KindOfColumn("solar_a"), v1::SERIES_KIND_AVAILABILITY_SHARE);
  EXPECT_EQ(KindOfColumn("NORTH.dni_w_per_m2"), v1::SERIES_KIND_IRRADIANCE_W_PER_M2);
  EXPECT_EQ(KindOfColumn("CA.temperature_c"), v1::SERIES_KIND_TEMPERATURE_C);
  EXPECT_EQ(KindOfColumn("CA.wind_speed_m_per_s"), v1::SERIES_KIND_WIND_SPEED_M_PER_S);
  EXPECT_EQ(KindOfColumn("CA.pressure_pa"), v1::SERIES_KIND_PRESSURE_PA);
  EXPECT_EQ(KindOfColumn("creek.flow_m3_per_s"), v1::SERIES_KIND_FLOW_M3_PER_S);
  EXPECT_EQ(KindOfColumn("NORTH.lowest_frequency_hz"), v1::SERIES_KIND_FREQUENCY_HZ);
  EXPECT_EQ(KindOfColumn("NORTH.highest_voltage_pu"), v1::SERIES_KIND_VOLTAGE_PU);
}

}  // namespace
}  // namespace derms::dermsctl
