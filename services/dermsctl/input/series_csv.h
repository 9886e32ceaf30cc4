// Series from a wide CSV file: a column `time` and one column per series, its name the series' id.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "derms/v1/series.pb.h"
#include "services/dermsctl/input/csv.h"

namespace derms::dermsctl {

// By the end of the column's name: load_kw, price_usd_per_kwh, co2_kg_per_kwh or carbon_kg_per_kwh; of the weather
// ghi_w_per_m2, dni_w_per_m2, dhi_w_per_m2, temperature_c, wind_speed_m_per_s, pressure_pa, flow_m3_per_s. Every other
// column is an availability, a share of rated power.
v1::SeriesKind KindOfColumn(std::string_view name);

// Values without a hole: what one PutSeries takes, at most `max_values` of them.
struct SeriesRun {
  std::size_t column = 0;  // place in SeriesFile::ids
  absl::Time starts_at;
  std::vector<double> values;
};

struct SeriesFile {
  std::vector<std::string> ids;
  absl::Duration interval;
  std::size_t row_count = 0;
  std::vector<SeriesRun> runs;  // by column, then time
};

// Times without an offset are read in `zone` and mark the beginning of their interval. Without `interval` the step of
// the first two rows counts. Empty cells and missing times end a run. INVALID_ARGUMENT: reason INVALID_CSV; reason
// INVALID_SERIES for no column `time`, a time that is not after the one before by a multiple of the interval, or
// a cell that is no number.
absl::StatusOr<SeriesFile> ReadSeriesFile(CsvReader& reader, absl::TimeZone zone,
                                          std::optional<absl::Duration> interval, std::size_t max_values);

}  // namespace derms::dermsctl
