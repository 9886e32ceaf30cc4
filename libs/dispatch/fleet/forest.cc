#include "libs/dispatch/fleet/forest.h"

namespace derms::dispatch::fleet {

Forest::Forest(const Fleet& fleet) : nodes_(fleet.regions.size()) {
  const auto at = [this](int region) -> Node& { return nodes_[static_cast<std::size_t>(region)]; };
  for (std::size_t r = 0; r < nodes_.size(); ++r) {
    if (fleet.regions[r].parent >= 0) at(fleet.regions[r].parent).children.push_back(static_cast<int>(r));
  }
  for (std::size_t c = 0; c < fleet.renewables.classes.size(); ++c) {
    at(fleet.renewables.classes[c].region).classes.push_back(c);
  }
  const auto enter = [&](const std::vector<DeviceGroup>& groups, std::vector<std::size_t> Node::*of) {
    for (std::size_t g = 0; g < groups.size(); ++g) {
      (at(groups[g].region).*of).push_back(g);
      at(groups[g].region).devices += groups[g].size();
    }
  };
  enter(fleet.storages.groups, &Node::storage);
  enter(fleet.units.groups, &Node::unit);
  enter(fleet.hydros.groups, &Node::hydro);
  for (std::size_t r = 0; r < nodes_.size(); ++r) {
    for (int s = static_cast<int>(r); s >= 0; s = fleet.regions[static_cast<std::size_t>(s)].parent) {
      at(s).devices_with_below += nodes_[r].devices;
    }
  }
}

std::vector<int> Forest::Subtree(int region) const {
  std::vector<int> all{region};
  for (std::size_t k = 0; k < all.size(); ++k) {
    for (const int child : (*this)[all[k]].children) all.push_back(child);
  }
  return all;
}

}  // namespace derms::dispatch::fleet
