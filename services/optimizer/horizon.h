// The intervals of a run, and series brought onto them. Pure.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/records.h"

namespace derms::optimizer {

// Interval i is [starts_at + i * interval, starts_at + (i + 1) * interval).
struct Horizon {
  absl::Time starts_at;
  absl::Duration interval;
  int interval_count = 0;
  absl::Time series_starts_at;  // series are read as if the horizon began here; differs when a past day is rehearsed

  absl::Time ends_at() const { return starts_at + interval * interval_count; }
  absl::Time series_ends_at() const { return series_starts_at + interval * interval_count; }
  absl::Time interval_start(int i) const { return starts_at + interval * i; }
};

std::string MinuteText(absl::Time time);  // "2026-11-26T09:00Z"

using SeriesById = std::map<std::string, domain::SeriesPiece, std::less<>>;

// Whether intervals of this length are whole minutes and begin at the same times every day.
bool DividesADay(absl::Duration interval);
inline constexpr char kIntervalRule[] = "must be whole minutes that divide a day, as 900s or 3600s";

// One value per interval: the time-weighted mean of what the series says. FAILED_PRECONDITION SERIES_MISSING naming
// the series and the first time that has no value.
absl::StatusOr<std::vector<double>> AlignSeries(const domain::SeriesPiece& piece, const Horizon& horizon);

// The same with NaN for an interval that is not known in full.
std::vector<double> AlignKnown(const domain::SeriesPiece& piece, const Horizon& horizon);

}  // namespace derms::optimizer
