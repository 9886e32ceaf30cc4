#include "libs/dispatch/fleet/kept_basis.h"

#include <algorithm>

namespace derms::dispatch::fleet {
namespace {

// COIN's words (CoinWarmStartBasis and ClpSimplex::Status), without the bits that only a running solve means.
constexpr unsigned char kMask = 7, kBasic = 1, kAtLower = 3;

using Places = std::vector<std::vector<std::size_t>>;

// Columns or rows of each interval in their order.
Places PlacesOf(const std::vector<int>& interval, std::size_t intervals) {
  Places places(intervals);
  for (std::size_t at = 0; at < interval.size(); ++at) {
    if (interval[at] >= 0) places[static_cast<std::size_t>(interval[at])].push_back(at);
  }
  return places;
}

// False: intervals differ in size, so places mean nothing elsewhere.
bool Move(const std::vector<std::uint8_t>& kept, const Places& places, std::size_t passed,
          std::span<unsigned char> status) {
  std::copy(kept.begin(), kept.end(), status.begin());
  for (std::size_t t = 0; t < places.size(); ++t) {
    const std::vector<std::size_t>& from = places[std::min(t + passed, places.size() - 1)];
    if (from.size() != places[t].size()) return false;
    for (std::size_t k = 0; k < from.size(); ++k) status[places[t][k]] = kept[from[k]];
  }
  return true;
}

// What the first intervals took away and the last ones brought twice is made up for at the end of the horizon.
void BalanceBasics(const Places& columns, const Places& rows, std::span<unsigned char> of_columns,
                   std::span<unsigned char> of_rows) {
  const auto basics = std::ranges::count(of_columns, kBasic) + std::ranges::count(of_rows, kBasic);
  auto missing = static_cast<std::ptrdiff_t>(of_rows.size()) - basics;
  const auto change = [&](const Places& places, std::span<unsigned char> status, bool to_basic) {
    for (std::size_t t = places.size(); t-- > 0;) {
      for (const std::size_t at : places[t]) {
        if (missing == 0) return;
        if ((status[at] == kBasic) == to_basic) continue;
        status[at] = to_basic ? kBasic : kAtLower;
        missing += to_basic ? -1 : 1;
      }
    }
  };
  if (missing < 0) change(columns, of_columns, false);
  change(rows, of_rows, missing > 0);
}

}  // namespace

KeptBasis KeepBasis(const SurrogateLayout& layout, std::span<const unsigned char> status) {
  KeptBasis kept;
  const std::size_t columns = layout.column_interval.size();
  for (std::size_t at = 0; at < status.size(); ++at) {
    (at < columns ? kept.of_columns : kept.of_rows).push_back(status[at] & kMask);
  }
  return kept;
}

std::vector<unsigned char> MoveBasis(const SurrogateLayout& layout, const KeptBasis& kept, std::size_t passed) {
  const std::size_t columns = layout.column_interval.size(), rows = layout.row_interval.size();
  if (kept.of_columns.size() != columns || kept.of_rows.size() != rows) return {};
  std::size_t intervals = 0;
  for (const int t : layout.row_interval) intervals = std::max(intervals, static_cast<std::size_t>(t + 1));
  const Places of_columns = PlacesOf(layout.column_interval, intervals),
               of_rows = PlacesOf(layout.row_interval, intervals);
  std::vector<unsigned char> status(columns + rows);
  const std::span<unsigned char> column_status = std::span(status).first(columns);
  const std::span<unsigned char> row_status = std::span(status).subspan(columns);
  if (!Move(kept.of_columns, of_columns, passed, column_status) || !Move(kept.of_rows, of_rows, passed, row_status)) {
    return {};
  }
  for (unsigned char& one : status) {
    if (one > kAtLower) one = kAtLower;  // CLP finds out what is fixed or free
  }
  BalanceBasics(of_columns, of_rows, column_status, row_status);
  return status;
}

}  // namespace derms::dispatch::fleet
