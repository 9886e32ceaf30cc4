// Small random trees of regions, two to four levels deep, in which limits bind and devices of one kind may be all there
// is behind a connection. For tests against the exact solver; most have a schedule, not all.
#pragma once

#include "libs/dispatch/problem.h"

namespace derms::dispatch::fleet::testing {

Problem RandomNesting(std::uint64_t seed);

}  // namespace derms::dispatch::fleet::testing
