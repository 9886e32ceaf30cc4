// Reads whose size depends on what is asked for. Internal to libs/store.
#pragma once

#include "libs/store/connection.h"

namespace derms::store {

// They differ so much in size that a plan for all of them would be slow for most; their sums shall stay in memory, and
// compiling them takes longer than they run. For the rest of the transaction.
void PlanEachTime(Transaction& transaction);

}  // namespace derms::store
