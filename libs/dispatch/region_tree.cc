#include "libs/dispatch/region_tree.h"

#include <algorithm>
#include <numeric>

namespace derms::dispatch {

RegionTree::RegionTree(const std::vector<Region>& regions)
    : children_(regions.size()), paths_(regions.size()), children_first_(regions.size()) {
  for (int r = 0; r < static_cast<int>(regions.size()); ++r) {
    for (int s = r; s >= 0; s = regions[static_cast<std::size_t>(s)].parent) {
      paths_[static_cast<std::size_t>(r)].push_back(s);
    }
    const int parent = regions[static_cast<std::size_t>(r)].parent;
    if (parent < 0) {
      roots_.push_back(r);
    } else {
      children_[static_cast<std::size_t>(parent)].push_back(r);
    }
  }
  std::iota(children_first_.begin(), children_first_.end(), 0);
  std::stable_sort(children_first_.begin(), children_first_.end(),
                   [&](int a, int b) { return path_to_root(a).size() > path_to_root(b).size(); });
}

}  // namespace derms::dispatch
