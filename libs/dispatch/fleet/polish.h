// Until the gap is small enough: the whole pass again with a finer surrogate, more blocks, newer prices.
//
// A finer surrogate has better prices (bound) and plans that real devices follow more closely (cost). The better
// schedule stays, the better bound stays. (Scheduling single blocks again given all others was tried and gains nothing:
// within one block the surrogate's prices are those of the kinks around it.)
#pragma once

#include <vector>

#include "libs/dispatch/fleet/anchored_pass.h"

namespace derms::dispatch::fleet {

struct FinerPass {
  ClusterCounts clusters;
  AnchorOptions anchor;
};

// In the order in which they are tried.
inline std::vector<FinerPass> DefaultPolish() {
  const ClusterCounts base{}, fine{.storage = 16, .unit = 16, .hydro = 8},
      finest{.storage = 24, .unit = 24, .hydro = 8};
  return {
      {base, {.equal_blocks = 100, .tail_blocks = 2, .newest_price_share = 0.9, .import_margin = 0.005}},
      {fine, {.equal_blocks = 64, .tail_blocks = 3, .newest_price_share = 0.9}},
      {finest, {.equal_blocks = 100, .tail_blocks = 2, .newest_price_share = 0.9}},
  };
}

}  // namespace derms::dispatch::fleet
