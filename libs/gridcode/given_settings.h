// Settings of which some are given and the others are as they were: what a request, a file or a stored row says.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "libs/gridcode/settings.h"

namespace derms::gridcode {

struct GivenSettings {  // by names of setting_table.h, in its order
  std::vector<std::pair<std::string_view, double>> numbers;
  std::vector<std::pair<std::string_view, bool>> flags;
  bool empty() const { return numbers.empty() && flags.empty(); }
};

// `settings` with what is given in place of what stands there.
Settings WithGiven(Settings settings, const GivenSettings& given);

// Everything, as given.
GivenSettings AllOf(const Settings& settings);

}  // namespace derms::gridcode
