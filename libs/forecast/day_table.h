// A series as days by time of day, so that "the same time yesterday" is the cell above. Value type; thread-safe to
// read.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/time/time.h"
#include "libs/domain/records.h"

namespace derms::forecast {

// Row r is the day [starts_at + r days, starts_at + (r + 1) days), slot s its interval s: rows need not begin at
// midnight.
class DayTable {
 public:
  // `days` rows from `starts_at`; what the piece does not hold is NaN. The piece's interval divides a day and
  // `starts_at` is one of its interval starts.
  DayTable(const domain::SeriesPiece& piece, absl::Time starts_at, std::size_t days);

  std::size_t days() const { return days_; }
  std::size_t slots() const { return slots_; }
  absl::Time time(std::size_t day, std::size_t slot) const;
  double at(std::size_t day, std::size_t slot) const { return values_[day * slots_ + slot]; }
  bool known(std::size_t day, std::size_t slot) const;

  // The newest known value of the slot in the week that ends with `day`; NaN: none.
  double Newest(std::size_t day, std::size_t slot) const;
  // Mean of the known values of the slot in the `count` days that end with `day`; NaN: none.
  double MeanOver(std::size_t day, std::size_t slot, std::size_t count) const;

 private:
  absl::Time starts_at_;
  absl::Duration interval_;
  std::size_t days_, slots_;
  std::vector<double> values_;
};

}  // namespace derms::forecast
