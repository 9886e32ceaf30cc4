#include "services/dermsctl/input/series_csv.h"

#include <utility>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/dermsctl/input/time.h"

namespace derms::dermsctl {
namespace {

constexpr std::size_t kMaxRows = 5'000'000;  // 9 years of minutes; bounds memory

struct TimedRow {
  std::size_t line;
  absl::Time time;
  std::vector<std::optional<double>> values;  // by series
};

absl::Status BadRow(std::size_t line, const std::string& what) {
  return base::InvalidArgument("INVALID_SERIES", absl::StrCat("line ", line, ": ", what));
}

absl::StatusOr<TimedRow> ReadRow(const CsvRow& row, const std::vector<std::string>& ids, absl::TimeZone zone) {
  TimedRow timed{row.line(), {}, {}};
  const auto time = ParseTime(row.Text({"time"}).value_or(""), zone);
  if (!time.ok()) return BadRow(row.line(), std::string(time.status().message()));
  timed.time = *time;
  base::Violations violations;
  for (const std::string& id : ids) timed.values.push_back(row.Number({id}, violations));
  RETURN_IF_ERROR(violations.ToStatus("INVALID_SERIES"));
  return timed;
}

absl::StatusOr<std::vector<TimedRow>> ReadRows(CsvReader& reader, const std::vector<std::string>& ids,
                                               absl::TimeZone zone) {
  std::vector<TimedRow> rows;
  while (true) {
    ASSIGN_OR_RETURN(const auto row, reader.Next());
    if (!row) return rows;
    if (rows.size() == kMaxRows)
      return BadRow(row->line(), absl::StrCat("more than ", kMaxRows, " rows; split the file"));
    ASSIGN_OR_RETURN(TimedRow timed, ReadRow(*row, ids, zone));
    rows.push_back(std::move(timed));
  }
}

absl::Status CheckTimes(const std::vector<TimedRow>& rows, absl::Duration interval) {
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const absl::Duration step = rows[i].time - rows[i - 1].time;
    if (step <= absl::ZeroDuration()) return BadRow(rows[i].line, "the time is not after that of the row before");
    if (step % interval != absl::ZeroDuration()) {
      return BadRow(rows[i].line, absl::StrCat("the step is no multiple of the interval of ", DurationText(interval)));
    }
  }
  return absl::OkStatus();
}

void AppendRuns(const std::vector<TimedRow>& rows, std::size_t column, std::size_t max_values, SeriesFile* file) {
  SeriesRun run;
  const auto flush = [&] {
    if (!run.values.empty()) file->runs.push_back(std::move(run));
    run = SeriesRun();
  };
  for (const TimedRow& row : rows) {
    const auto& value = row.values[column];
    const absl::Time expected = run.starts_at + file->interval * static_cast<double>(run.values.size());
    if (!value || run.values.size() == max_values || (!run.values.empty() && row.time != expected)) flush();
    if (!value) continue;
    if (run.values.empty()) {
      run.column = column;
      run.starts_at = row.time;
    }
    run.values.push_back(*value);
  }
  flush();
}

}  // namespace

v1::SeriesKind KindOfColumn(std::string_view name) {
  static constexpr std::pair<const char*, v1::SeriesKind> kKinds[] = {
      {"load_kw", v1::SERIES_KIND_LOAD_KW},
      {"price_usd_per_kwh", v1::SERIES_KIND_PRICE_USD_PER_KWH},
      {"co2_kg_per_kwh", v1::SERIES_KIND_CARBON_KG_PER_KWH},
      {"carbon_kg_per_kwh", v1::SERIES_KIND_CARBON_KG_PER_KWH},
      {"ghi_w_per_m2", v1::SERIES_KIND_IRRADIANCE_W_PER_M2},
      {"dni_w_per_m2", v1::SERIES_KIND_IRRADIANCE_W_PER_M2},
      {"dhi_w_per_m2", v1::SERIES_KIND_IRRADIANCE_W_PER_M2},
      {"temperature_c", v1::SERIES_KIND_TEMPERATURE_C},
      {"wind_speed_m_per_s", v1::SERIES_KIND_WIND_SPEED_M_PER_S},
      {"pressure_pa", v1::SERIES_KIND_PRESSURE_PA},
      {"flow_m3_per_s", v1::SERIES_KIND_FLOW_M3_PER_S},
      {"frequency_hz", v1::SERIES_KIND_FREQUENCY_HZ},
      {"voltage_pu", v1::SERIES_KIND_VOLTAGE_PU},
  };
  const absl::string_view id(name.data(), name.size());
  for (const auto& [ending, kind] : kKinds) {
    if (absl::EndsWith(id, ending)) return kind;
  }
  return v1::SERIES_KIND_AVAILABILITY_SHARE;
}

absl::StatusOr<SeriesFile> ReadSeriesFile(CsvReader& reader, absl::TimeZone zone,
                                          std::optional<absl::Duration> interval, std::size_t max_values) {
  if (!reader.header().Find({"time"})) return BadRow(1, "there is no column `time`");
  SeriesFile file;
  for (const std::string& name : reader.header().names()) {
    if (name != "time") file.ids.push_back(name);
  }
  ASSIGN_OR_RETURN(const std::vector<TimedRow> rows, ReadRows(reader, file.ids, zone));
  if (!interval && rows.size() < 2) return BadRow(1, "the interval of a single row is unknown; give --interval");
  file.interval = interval ? *interval : rows[1].time - rows[0].time;
  file.row_count = rows.size();
  if (file.interval <= absl::ZeroDuration())
    return BadRow(rows[1].line, "the time is not after that of the row before");
  RETURN_IF_ERROR(CheckTimes(rows, file.interval));
  for (std::size_t column = 0; column < file.ids.size(); ++column) AppendRuns(rows, column, max_values, &file);
  return file;
}

}  // namespace derms::dermsctl
