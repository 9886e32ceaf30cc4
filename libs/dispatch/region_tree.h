// The forest of regions, for the solvers: who stands above whom, and in which order to add up.
#pragma once

#include <vector>

#include "libs/dispatch/problem.h"

namespace derms::dispatch {

class RegionTree {
 public:
  explicit RegionTree(const std::vector<Region>& regions);  // a valid forest (validate.h)

  const std::vector<int>& children(int region) const { return children_[static_cast<std::size_t>(region)]; }
  // The region itself, its parent, ..., its root.
  const std::vector<int>& path_to_root(int region) const { return paths_[static_cast<std::size_t>(region)]; }
  int root_of(int region) const { return path_to_root(region).back(); }
  const std::vector<int>& roots() const { return roots_; }
  const std::vector<int>& children_first() const { return children_first_; }  // every region after its children

 private:
  std::vector<std::vector<int>> children_, paths_;
  std::vector<int> roots_, children_first_;
};

}  // namespace derms::dispatch
