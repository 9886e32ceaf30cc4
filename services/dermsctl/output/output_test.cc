// Tables, plots, numbers and progress, compared with what people see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "services/dermsctl/output/day_view.h"
#include "services/dermsctl/output/plot.h"
#include "services/dermsctl/output/progress.h"
#include "services/dermsctl/output/table.h"
#include "services/dermsctl/output/text.h"
#include "services/dermsctl/session.h"

namespace derms::dermsctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(FormatNumber, GroupsThousandsAndHidesNegativeZero) {
  EXPECT_EQ(FormatNumber(1163.6, 1), "1,163.6");
  EXPECT_EQ(FormatNumber(-1234567.891, 2), "-1,234,567.89");
  EXPECT_EQ(FormatNumber(999.96, 1), "1,000.0");
  EXPECT_EQ(FormatNumber(-0.001, 2), "0.00");
  EXPECT_EQ(FormatNumber(12, 0), "12");
  EXPECT_EQ(FormatNumber(std::nan(""), 1), "-");
  EXPECT_EQ(FormatNumber(std::numeric_limits<double>::infinity(), 1), "-");
}

TEST(Printable, DisarmsTerminalCommands) {
  EXPECT_EQ(Printable("a\x1b[31mb\tc\n"), "a?[31mb?c?");
  EXPECT_EQ(Printable("\xC2\x9B"
                      "31m"),
            "?31m")
      << "the one-character form of escape [";
  EXPECT_EQ(Printable("Zürich"), "Zürich");
}

TEST(Table, AlignsColumnsWithoutTrailingBlanks) {
  Table table({{"der"}, {"kW", Align::kRight}, {"owner"}});
  table.AddRow({"SOLAR-01", "1,163.6", ""});
  table.AddRow({"Ü", "5.0", "owner-1"});
  EXPECT_EQ(table.ToText(),
            "der            kW  owner\n"
            "SOLAR-01  1,163.6  -\n"
            "Ü             5.0  owner-1\n");
}

TEST(Plot, DrawsEighthsOnUtf8AndDotsElsewhere) {
  const std::vector<PlotStrip> strips = {{"load", {8, 4, 2, 0}}, {"wind", {0, 0, 0, 0}}};
  const PlotOptions unicode{.unicode = true, .columns = 40, .rows = 2};
  EXPECT_EQ(Plot(strips, absl::UnixEpoch(), absl::Hours(6), absl::UTCTimeZone(), unicode),
            "      ███           8 kW\n"
            "load  ██████▄▄▄\n"
            "      00:00 12:00\n");
  const PlotOptions ascii{.unicode = false, .columns = 40, .rows = 1};
  EXPECT_EQ(Plot(strips, absl::UnixEpoch(), absl::Hours(6), absl::UTCTimeZone(), ascii),
            "load  ###:::...     8 kW\n"
            "      00:00 12:00\n");
}

TEST(Plot, AveragesWhatDoesNotFit) {
  const std::vector<PlotStrip> strips = {{"x", std::vector<double>(288, 7)}};
  const std::string text = Plot(strips, absl::UnixEpoch(), absl::Minutes(5), absl::UTCTimeZone(), {.columns = 80});
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    EXPECT_LE(DisplayWidth(text.substr(begin, end - begin)), 80u);
  }
  EXPECT_THAT(text, HasSubstr("7 kW"));
}

TEST(Plot, NothingToDrawIsSaid) {
  EXPECT_EQ(Plot({{"x", {0, -3}}}, absl::UnixEpoch(), absl::Hours(1), absl::UTCTimeZone(), {}),
            "no power in any interval\n");
}

v1::OptimizationSchedule SetPoint(const std::string& der_id, int hour, double kw) {
  v1::OptimizationSchedule set_point;
  set_point.set_der_id(der_id);
  *set_point.mutable_timestamp() = ToTimestamp(absl::UnixEpoch() + absl::Hours(hour));
  set_point.set_power_output_kw(kw);
  return set_point;
}

TEST(DayView, SumsByKindAndShowsTheArea) {
  v1::OptimizationRun run;
  run.mutable_interval()->set_seconds(3600);
  for (int hour = 0; hour < 2; ++hour) {
    auto* interval = run.add_intervals();
    *interval->mutable_starts_at() = ToTimestamp(absl::UnixEpoch() + absl::Hours(hour));
    interval->set_load_kw(100 + hour);
    interval->set_import_kw(hour);
  }
  DayView day(run, {{"S-1", v1::DER_TYPE_SOLAR}, {"S-2", v1::DER_TYPE_SOLAR}, {"B-1", v1::DER_TYPE_BATTERY}});
  for (int hour = 0; hour < 2; ++hour) {
    day.Add(SetPoint("S-1", hour, 10));
    day.Add(SetPoint("S-2", hour, 20));
    day.Add(SetPoint("B-1", hour, hour == 0 ? -40 : 35));
  }
  day.Add(SetPoint("GONE", 1, 5));
  EXPECT_EQ(day.ToTable(absl::UTCTimeZone()).ToText(),
            "time         load kW  other kW  solar kW  storage kW  import kW  export kW\n"
            "01-01 00:00      100         0        30         -40          0          0\n"
            "01-01 01:00      101         5        30          35          1          0\n");
  const std::string plot = day.ToPlot(absl::UTCTimeZone(), {.unicode = false, .rows = 1});
  EXPECT_THAT(plot, HasSubstr("discharge"));
  EXPECT_THAT(plot, HasSubstr("charge"));
  EXPECT_THAT(plot, Not(HasSubstr("export")));
}

TEST(DayView, WithoutARunThereIsNoArea) {
  DayView day(std::nullopt, {{"S-1", v1::DER_TYPE_SOLAR}});
  day.Add(SetPoint("S-1", 0, 10));
  EXPECT_EQ(day.ToTable(absl::UTCTimeZone()).ToText(), "time         solar kW\n01-01 00:00        10\n");
}

TEST(Progress, IsSilentWhenNobodyWatchesAndWipesItselfOtherwise) {
  base::ManualClock clock(absl::UnixEpoch());
  std::ostringstream pipe;
  Progress(pipe, clock, false, "DERs").Update(0.5, "18");
  EXPECT_EQ(pipe.str(), "");
  std::ostringstream terminal;
  {
    Progress progress(terminal, clock, true, "DERs");
    progress.Update(0.5, "18");
    progress.Update(0.6, "20");  // within a tenth of a second: not drawn
  }
  EXPECT_EQ(terminal.str(), "\r\x1b[KDERs [###############...............]  50 %  18\r\x1b[K");
}

}  // namespace
}  // namespace derms::dermsctl
