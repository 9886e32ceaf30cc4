// Reads whose size depends on what is asked for. Internal to libs/store.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/connection.h"
#include "libs/store/pool.h"
#include "libs/store/read_as.h"

namespace derms::store {

// They differ so much in size that a plan for all of them would be slow for most; their sums shall stay in memory, and
// compiling them takes longer than they run. For the rest of the transaction.
void PlanEachTime(Transaction& transaction);

// Runs one such statement and turns its rows into Ts. `params` makes the parameters inside the guarded work: text that
// cannot be stored throws.
template <typename T, typename ParamsOf>
absl::StatusOr<std::vector<T>> ReadLarge(Pool& pool, absl::Time deadline, const Statement& statement, ParamsOf params,
                                         T (*of)(const Rows&, std::size_t)) {
  return ReadAs<std::vector<T>>(pool, Transaction::Kind::kReadOnly, deadline, [&](Transaction& transaction) {
    PlanEachTime(transaction);
    return All<T>(transaction.Run(statement, params()), of);
  });
}

}  // namespace derms::store
