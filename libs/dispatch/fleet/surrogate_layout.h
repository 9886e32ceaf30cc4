// The surrogate's linear program, and where everything stands in it. Blocks of one column or row per interval.
#pragma once

#include "libs/dispatch/fleet/region_model.h"
#include "libs/dispatch/linear_program.h"

namespace derms::dispatch::fleet {

// Columns of interval t: first_column + t * stride + 0.. ; a storage's are charge, discharge, energy.
struct VirtualDevice {
  int first_column = 0, end_column = 0, stride = 1;
  int power_columns = 1;  // that sum up to the output
  bool charge_first = false;
  int first_row = 0, end_row = 0;          // rows of its own
  int backing_up = -1, backing_down = -1;  // first rows of what its energy must back (backing.h); -1: none
};

struct SurrogateLayout {
  LinearProgram program;
  // The interval that each column and row belongs to, -1 for the whole horizon. Columns of an interval stand in the
  // same order in each, and so do rows.
  std::vector<int> column_interval, row_interval;
  double unit_kw = 1.0;
  // First rows and columns of a block of one for each interval; -1: none.
  struct OfPool {
    int balance = -1, reserve_up = -1, reserve_down = -1;  // rows
    int inflow = -1;                                       // columns: from the pool above; none for the root
  };
  std::vector<OfPool> pools;            // as RegionModel::pools
  int peak = -1, flattening = -1;       // rows
  int imported = 0;                     // columns
  int level = -1;                       // one column
  std::vector<VirtualDevice> clusters;  // as RegionModel::clusters
};

SurrogateLayout LaySurrogate(const RegionModel& model);

}  // namespace derms::dispatch::fleet
