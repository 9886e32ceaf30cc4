#include "services/optimizer/horizon.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

absl::Status Missing(const std::string& series_id, absl::Time when) {
  const std::string time = absl::FormatTime("%Y-%m-%dT%H:%MZ", when, absl::UTCTimeZone());
  return base::FailedPrecondition("SERIES_MISSING", absl::StrCat("series ", series_id, " has no value at ", time,
                                                                 "; store it with PutSeries or move the horizon"))
      .Metadata("series_id", series_id)
      .Metadata("time", time);
}

}  // namespace

bool DividesADay(absl::Duration interval) {
  return absl::Trunc(interval, absl::Minutes(1)) == interval && absl::Hours(24) % interval == absl::ZeroDuration();
}

absl::StatusOr<std::vector<double>> AlignSeries(const domain::SeriesPiece& piece, const Horizon& horizon) {
  std::vector<double> aligned;
  aligned.reserve(static_cast<std::size_t>(horizon.interval_count));
  for (int i = 0; i < horizon.interval_count; ++i) {
    absl::Time cursor = horizon.series_starts_at + horizon.interval * i;
    const absl::Time end = cursor + horizon.interval;
    double weighted_sum = 0;
    while (cursor < end) {
      const std::int64_t index = absl::Floor(cursor - piece.starts_at, piece.interval) / piece.interval;
      if (index < 0 || index >= static_cast<std::int64_t>(piece.values.size()) ||
          std::isnan(piece.values[static_cast<std::size_t>(index)])) {
        return Missing(piece.series_id, cursor);
      }
      const absl::Time next = std::min(end, piece.starts_at + piece.interval * (index + 1));
      weighted_sum +=
          piece.values[static_cast<std::size_t>(index)] * absl::FDivDuration(next - cursor, horizon.interval);
      cursor = next;
    }
    aligned.push_back(weighted_sum);
  }
  return aligned;
}

}  // namespace derms::optimizer
