// A schedule as the day it makes: load, generation by kind, storage and exchange with the grid.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "derms/v1/optimizer.pb.h"
#include "derms/v1/types.pb.h"
#include "services/dermsctl/output/plot.h"
#include "services/dermsctl/output/table.h"

namespace derms::dermsctl {

// Not thread-safe.
class DayView {
 public:
  // Without a run (owners may not see it) load and exchange are left out.
  DayView(std::optional<v1::OptimizationRun> run, std::map<std::string, v1::DerType> types)
      : run_(std::move(run)), types_(std::move(types)) {}

  void Add(const v1::OptimizationSchedule& set_point);

  bool empty() const { return power_kw_.empty(); }
  // One row per interval, a column per quantity, kW.
  Table ToTable(absl::TimeZone zone) const;
  std::string ToPlot(absl::TimeZone zone, const PlotOptions& options) const;

 private:
  struct Quantity {
    std::string name;
    std::vector<double> values;  // kW per interval
  };
  std::vector<absl::Time> Times() const;
  std::vector<Quantity> Quantities() const;
  std::vector<double> FromRun(double (v1::IntervalResult::*value)() const) const;
  absl::Duration Interval() const;

  const std::optional<v1::OptimizationRun> run_;
  const std::map<std::string, v1::DerType> types_;
  std::map<absl::Time, std::map<v1::DerType, double>> power_kw_;  // sums by interval and kind
};

}  // namespace derms::dermsctl
