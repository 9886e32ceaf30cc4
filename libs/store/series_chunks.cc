#include "libs/store/series_chunks.h"

#include <algorithm>

namespace derms::store {

std::int64_t IntervalIndex(absl::Time time, absl::Duration interval) {
  return absl::ToInt64Microseconds(absl::Floor(time - absl::UnixEpoch(), interval)) /
         absl::ToInt64Microseconds(interval);
}

absl::Time IntervalStart(std::int64_t index, absl::Duration interval) {
  return absl::UnixEpoch() + index * interval;
}

std::int64_t ChunkOf(std::int64_t index) {
  return index >= 0 ? index / kChunkValues : -((-index + kChunkValues - 1) / kChunkValues);
}

std::vector<ChunkSlice> SliceByChunk(std::int64_t first_index, const std::vector<double>& values) {
  std::vector<ChunkSlice> slices;
  const auto count = static_cast<std::int64_t>(values.size());
  for (std::int64_t done = 0; done < count;) {
    ChunkSlice slice;
    slice.chunk = ChunkOf(first_index + done);
    slice.first = first_index + done - slice.chunk * kChunkValues;
    const std::int64_t take = std::min(count - done, kChunkValues - slice.first);
    slice.values.assign(values.begin() + done, values.begin() + done + take);
    done += take;
    slices.push_back(std::move(slice));
  }
  return slices;
}

}  // namespace derms::store
