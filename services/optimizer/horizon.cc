#include "services/optimizer/horizon.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::optimizer {

std::string MinuteText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%MZ", time, absl::UTCTimeZone());
}

namespace {

absl::Status Missing(const std::string& series_id, absl::Time when) {
  const std::string time = MinuteText(when);
  return base::FailedPrecondition("SERIES_MISSING", absl::StrCat("series ", series_id, " has no value at ", time,
                                                                 "; store it with PutSeries or move the horizon"))
      .Metadata("series_id", series_id)
      .Metadata("time", time);
}

// Time-weighted mean over interval i; NaN, and `hole` the first time without a value, when it is not known in full.
double MeanOf(const domain::SeriesPiece& piece, const Horizon& horizon, int i, absl::Time* hole) {
  absl::Time cursor = horizon.series_starts_at + horizon.interval * i;
  const absl::Time end = cursor + horizon.interval;
  double weighted_sum = 0;
  while (cursor < end) {
    const std::int64_t index = absl::Floor(cursor - piece.starts_at, piece.interval) / piece.interval;
    if (index < 0 || index >= static_cast<std::int64_t>(piece.values.size()) ||
        std::isnan(piece.values[static_cast<std::size_t>(index)])) {
      *hole = cursor;
      return std::numeric_limits<double>::quiet_NaN();
    }
    const absl::Time next = std::min(end, piece.starts_at + piece.interval * (index + 1));
    weighted_sum += piece.values[static_cast<std::size_t>(index)] * absl::FDivDuration(next - cursor, horizon.interval);
    cursor = next;
  }
  return weighted_sum;
}

}  // namespace

bool DividesADay(absl::Duration interval) {
  return absl::Trunc(interval, absl::Minutes(1)) == interval && absl::Hours(24) % interval == absl::ZeroDuration();
}

absl::StatusOr<std::vector<double>> AlignSeries(const domain::SeriesPiece& piece, const Horizon& horizon) {
  std::vector<double> aligned;
  aligned.reserve(static_cast<std::size_t>(horizon.interval_count));
  absl::Time hole;
  for (int i = 0; i < horizon.interval_count; ++i) {
    aligned.push_back(MeanOf(piece, horizon, i, &hole));
    if (std::isnan(aligned.back())) return Missing(piece.series_id, hole);
  }
  return aligned;
}

std::vector<double> AlignKnown(const domain::SeriesPiece& piece, const Horizon& horizon) {
  std::vector<double> aligned;
  aligned.reserve(static_cast<std::size_t>(horizon.interval_count));
  absl::Time hole;
  for (int i = 0; i < horizon.interval_count; ++i) aligned.push_back(MeanOf(piece, horizon, i, &hole));
  return aligned;
}

}  // namespace derms::optimizer
