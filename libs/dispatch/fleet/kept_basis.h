// Where the last solve's surrogate ended, as the start of the next one's: the simplex basis, moved with the horizon.
//
// What holds in an interval still holds when it comes earlier; the last intervals begin like the last one did. A basis
// is a guess: one that does not fit is no start, and any that does leads the simplex to the same optimum.
#pragma once

#include <span>
#include <vector>

#include "libs/dispatch/fleet/surrogate_layout.h"
#include "libs/dispatch/fleet/warm_start.h"

namespace derms::dispatch::fleet {

// The status of columns and then of rows (SmallLp::Basis) as what is kept.
KeptBasis KeepBasis(const SurrogateLayout& layout, std::span<const unsigned char> status);

// The same of a horizon that begins `passed` intervals later, with as many basic variables as rows; empty if it does
// not fit.
std::vector<unsigned char> MoveBasis(const SurrogateLayout& layout, const KeptBasis& kept, std::size_t passed);

}  // namespace derms::dispatch::fleet
