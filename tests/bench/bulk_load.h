// One UpdateDerStatuses stream per channel with several unanswered messages on each.
#pragma once

#include <vector>

#include "tests/bench/load_report.h"

namespace derms::bench {

// Returns when every stream has ended: after the window, or at its first error.
std::vector<Tally> RunBulkLoad(const LoadOptions& options, const Target& target);

}  // namespace derms::bench
