// A plot of a day in characters: one strip per quantity, all over one time axis.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace derms::dermsctl {

struct PlotStrip {
  std::string label;           // as "solar"
  std::vector<double> values;  // kW, one per interval; below zero is drawn as the empty bottom
};

struct PlotOptions {
  bool unicode = true;       // eighths of block characters; otherwise ASCII of the same heights, coarser
  std::size_t columns = 80;  // of the terminal; more intervals than fit are averaged
  std::size_t rows = 2;      // height of a strip
};

// Each strip is scaled from 0 to its own largest value, which stands beside it. Strips that are zero all day are left
// out. All strips have the same number of values, at least one.
std::string Plot(const std::vector<PlotStrip>& strips, absl::Time starts_at, absl::Duration interval,
                 absl::TimeZone zone, const PlotOptions& options);

}  // namespace derms::dermsctl
