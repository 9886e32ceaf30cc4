// options.in_flight callers, each with one unary call under way until the window ends.
#pragma once

#include <vector>

#include "tests/bench/load_report.h"

namespace derms::bench {

// Returns when every caller has stopped: at the end of the window, or at its first error.
std::vector<Tally> RunUnaryLoad(const LoadOptions& options, const Target& target);

}  // namespace derms::bench
