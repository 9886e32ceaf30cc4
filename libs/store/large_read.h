// Reads whose size depends on what is asked for. Internal to libs/store.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/connection.h"
#include "libs/store/pool.h"

namespace derms::store {

// They differ so much in size that a plan for all of them would be slow for most; their sums shall stay in memory, and
// compiling them takes longer than they run. For the rest of the transaction.
void PlanEachTime(Transaction& transaction);

// Runs one such statement and turns its rows into Ts. `params` makes the parameters inside the guarded work: text that
// cannot be stored throws.
template <typename T, typename ParamsOf>
absl::StatusOr<std::vector<T>> ReadLarge(Pool& pool, absl::Time deadline, const Statement& statement, ParamsOf params,
                                         T (*of)(const Rows&, std::size_t)) {
  std::vector<T> found;
  const absl::Status status = pool.Read(deadline, [&](Transaction& transaction) {
    PlanEachTime(transaction);
    const Rows rows = transaction.Run(statement, params());
    found.clear();
    found.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) found.push_back(of(rows, row));
  });
  if (!status.ok()) return status;
  return found;
}

}  // namespace derms::store
