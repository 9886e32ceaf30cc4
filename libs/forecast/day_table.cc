#include "libs/forecast/day_table.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace derms::forecast {
namespace {

constexpr std::size_t kWeek = 7;
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

DayTable::DayTable(const domain::SeriesPiece& piece, absl::Time starts_at, std::size_t days)
    : starts_at_(starts_at),
      interval_(piece.interval),
      days_(days),
      slots_(static_cast<std::size_t>(absl::Hours(24) / piece.interval)),
      values_(days_ * slots_, kUnknown) {
  const std::int64_t offset = (starts_at - piece.starts_at) / piece.interval;
  const auto count = static_cast<std::int64_t>(piece.values.size());
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const std::int64_t at = offset + static_cast<std::int64_t>(i);
    if (at >= 0 && at < count) values_[i] = piece.values[static_cast<std::size_t>(at)];
  }
}

absl::Time DayTable::time(std::size_t day, std::size_t slot) const {
  return starts_at_ + absl::Hours(24) * static_cast<std::int64_t>(day) + interval_ * static_cast<std::int64_t>(slot);
}

bool DayTable::known(std::size_t day, std::size_t slot) const {
  return !std::isnan(at(day, slot));
}

double DayTable::Newest(std::size_t day, std::size_t slot) const {
  for (std::size_t back = 0; back < kWeek && back <= day; ++back) {
    if (known(day - back, slot)) return at(day - back, slot);
  }
  return kUnknown;
}

double DayTable::MeanOver(std::size_t day, std::size_t slot, std::size_t count) const {
  double sum = 0;
  std::size_t known_count = 0;
  for (std::size_t back = 0; back < count && back <= day; ++back) {
    if (!known(day - back, slot)) continue;
    sum += at(day - back, slot);
    ++known_count;
  }
  return known_count == 0 ? kUnknown : sum / static_cast<double>(known_count);
}

}  // namespace derms::forecast
