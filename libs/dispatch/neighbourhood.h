// Which devices' on/off decisions to take anew while those of all others stay: small programs of whole numbers, each
// solved in a moment, that improve a schedule long before branch and bound over all decisions does (fix-and-optimise:
// Helber and Sahling, Int. J. Production Economics 123(2), 2010, 247-256).
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "libs/dispatch/lp_model.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {

class Neighbourhoods {
 public:
  // Of the devices that decide on and off in this model.
  Neighbourhoods(const LpModel& model, std::uint32_t seed);

  bool empty() const { return deciders_.empty(); }
  // Neighbourhoods in which every device was free once.
  int count() const { return static_cast<int>((deciders_.size() + kGroup - 1) / kGroup); }
  // The schedule's decisions on and off, with those of the next group and all directions left free. The groups change
  // from round to round.
  Decisions Next(const Solution& schedule);

 private:
  static constexpr std::size_t kGroup = 4;

  std::vector<std::size_t> deciders_;
  std::size_t next_ = 0;
  std::mt19937 random_;
};

}  // namespace derms::dispatch
