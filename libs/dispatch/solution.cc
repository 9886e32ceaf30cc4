#include "libs/dispatch/solution.h"

#include <algorithm>
#include <cmath>

namespace derms::dispatch {

double Solution::relative_gap() const {
  const double gap = gap_usd();
  return gap == 0.0 ? 0.0 : gap / std::max(std::abs(objective_usd()), 1e-9);
}

}  // namespace derms::dispatch
