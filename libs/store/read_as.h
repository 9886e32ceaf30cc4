// Reads that return what their work returns. Internal to libs/store.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/connection.h"
#include "libs/store/pool.h"

namespace derms::store {

// A T of each row.
template <typename T, typename Of>
std::vector<T> All(const Rows& rows, Of of) {
  std::vector<T> found;
  found.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) found.push_back(of(rows, row));
  return found;
}

// What `work` returns, when all went well; else the error of Pool::Run.
template <typename T, typename Work>
absl::StatusOr<T> ReadAs(Pool& pool, Transaction::Kind kind, absl::Time deadline, Work work) {
  T found{};
  const absl::Status status = pool.Run(kind, deadline, [&](Transaction& transaction) { found = work(transaction); });
  if (!status.ok()) return status;
  return found;
}

}  // namespace derms::store
