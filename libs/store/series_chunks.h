// Series in rows of a thousand values: where a piece falls.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace derms::store {

inline constexpr std::int64_t kChunkValues = 1000;

// Intervals since 1970-01-01 UTC; rounds down.
std::int64_t IntervalIndex(absl::Time time, absl::Duration interval);
absl::Time IntervalStart(std::int64_t index, absl::Duration interval);
std::int64_t ChunkOf(std::int64_t index);  // rounds down, also before 1970

// The part of a piece that falls into one chunk.
struct ChunkSlice {
  std::int64_t chunk = 0;
  std::int64_t first = 0;  // place of values[0] within the chunk, from 0
  std::vector<double> values;
};
std::vector<ChunkSlice> SliceByChunk(std::int64_t first_index, const std::vector<double>& values);

}  // namespace derms::store
