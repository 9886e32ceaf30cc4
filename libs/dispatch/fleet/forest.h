// The forest of a fleet's regions, and what stands in each of them.
#pragma once

#include <vector>

#include "libs/dispatch/fleet/fleet.h"

namespace derms::dispatch::fleet {

class Forest {
 public:
  explicit Forest(const Fleet& fleet);

  struct Node {
    std::vector<int> children;
    std::vector<std::size_t> classes;                 // of renewables
    std::vector<std::size_t> storage, unit, hydro;    // groups
    std::size_t devices = 0, devices_with_below = 0;  // that are no renewables; in it, in it and below
  };
  const Node& operator[](int region) const { return nodes_[static_cast<std::size_t>(region)]; }

  // A region and all below it, every region after its parent.
  std::vector<int> Subtree(int region) const;

 private:
  std::vector<Node> nodes_;
};

}  // namespace derms::dispatch::fleet
