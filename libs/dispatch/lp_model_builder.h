// Shared by lp_model.cc (regions) and lp_devices.cc; not for others.
#pragma once

#include "libs/dispatch/lp_model.h"

namespace derms::dispatch {

class LpModelBuilder {
 public:
  LpModelBuilder(const Problem& problem, const RegionTree& tree, const OneWayRules& rules, LpModel& model)
      : problem_(problem),
        tree_(tree),
        rules_(rules),
        model_(model),
        lp_(model.program),
        intervals_(problem.interval_count),
        hours_(problem.hours()),
        largest_injection_kw_(problem.regions.size(), Series(static_cast<std::size_t>(intervals_), 0.0)) {}

  void Build();

 private:
  // lp_model.cc
  void AddRegion(std::size_t region);
  void AddFlow(std::size_t region);
  void AddExchange(std::size_t region);
  void AddPeak(std::size_t region);
  void AddFlattening(std::size_t region);
  void AddReserve(std::size_t region);
  void AddExchangeRule(std::size_t region);
  void SumLargestInjections();
  double LargestInjectionKw(std::size_t region, int t) const {  // of the region's own devices
    return largest_injection_kw_[region][static_cast<std::size_t>(t)];
  }
  int AddBlock(double low, double high, double cost);  // the same in every interval; first column

  // lp_devices.cc
  void AddDevice(std::size_t device);
  void Add(std::size_t device, const Renewable& renewable);
  void Add(std::size_t device, const Storage& storage);
  void AddOneWayRule(std::size_t device, const Storage& storage);
  void Add(std::size_t device, const Unit& unit);
  void AddPieces(std::size_t device, const Unit& unit);
  void AddCommitment(std::size_t device, const Unit& unit);
  void AddRamps(std::size_t device, const Unit& unit);
  void AddRamp(std::size_t device, const Unit& unit, bool up);
  void Add(std::size_t device, const Hydro& hydro);
  // The device's column injects `sign` kW per unit: into its balance row and its regions' reserve rows.
  void Inject(std::size_t device, int t, int column, double sign);
  // Headroom that does not depend on the injection: a constant, or per unit of an on/off column.
  void AddHeadroom(std::size_t device, int t, double up_kw, double down_kw, int on_column);
  void AddOutput(int row, std::size_t device, int t, double factor);  // factor x output of a unit

  const Problem& problem_;
  const RegionTree& tree_;
  const OneWayRules& rules_;
  LpModel& model_;
  LinearProgram& lp_;
  const int intervals_;
  const double hours_;
  std::vector<Series> largest_injection_kw_;
};

}  // namespace derms::dispatch
