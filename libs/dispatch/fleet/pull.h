// What draws a device's answer to prices towards wished powers.
#pragma once

#include <span>

namespace derms::dispatch::fleet {

// By interval: the power wished for, and the prices (USD per kW of deviation) of staying below it and of going above.
struct Pull {
  std::span<const double> wish_kw, below_usd_per_kw, above_usd_per_kw;
};

}  // namespace derms::dispatch::fleet
