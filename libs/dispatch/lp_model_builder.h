// Shared by lp_model.cc (regions), lp_devices.cc, lp_storage.cc, lp_unit.cc and lp_load.cc; not for others.
#pragma once

#include "libs/dispatch/lp_model.h"

namespace derms::dispatch {

class LpModelBuilder {
 public:
  LpModelBuilder(const Problem& problem, const RegionTree& tree, const OneWayRules& rules, const Tangents& tangents,
                 LpModel& model)
      : problem_(problem),
        tree_(tree),
        rules_(rules),
        tangents_(tangents),
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

  void Emits(int column, double kg_per_kwh);  // into the carbon cap's row

  // lp_devices.cc
  void AddDevice(std::size_t device);
  void Add(std::size_t device, const Renewable& renewable);
  void Add(std::size_t device, const Hydro& hydro);
  // The device's column injects `sign` kW per unit: into its balance row and its regions' reserve rows.
  void Inject(std::size_t device, int t, int column, double sign);
  void InjectPower(std::size_t device, int t, int column, double sign);  // into its balance row alone
  // Headroom that does not depend on the injection: a constant, or per unit of an on/off column.
  void AddHeadroom(std::size_t device, int t, double up_kw, double down_kw, int on_column);
  // use(row, up) for every reserve row that the device counts in.
  template <typename Use>
  void ForReserveRows(std::size_t device, int t, const Use& use) {
    for (int r : tree_.path_to_root(problem_.devices[device].region)) {
      const RegionRows& rows = model_.region_rows[static_cast<std::size_t>(r)];
      if (problem_.devices[device].reserve_up && rows.reserve_up != kAbsent) use(rows.reserve_up + t, true);
      if (problem_.devices[device].reserve_down && rows.reserve_down != kAbsent) use(rows.reserve_down + t, false);
    }
  }

  // lp_storage.cc
  void Add(std::size_t device, const Storage& storage);
  void AddOneWayRule(std::size_t device, const Storage& storage);
  void AddBackedHeadroom(std::size_t device, const Storage& storage);

  // lp_unit.cc
  void Add(std::size_t device, const Unit& unit);
  void AddPieces(std::size_t device, const Unit& unit);
  void AddCommitment(std::size_t device, const Unit& unit);
  void AddMinimumTimes(std::size_t device, const Unit& unit);
  void AddStartTypes(std::size_t device, const Unit& unit);
  void AddRamps(std::size_t device, const Unit& unit);
  void AddRamp(std::size_t device, const Unit& unit, bool up);
  void AddOutput(int row, std::size_t device, int t, double factor);  // factor x output of a unit

  // lp_load.cc
  void Add(std::size_t device, const FlexibleLoad& load);
  void AddSwitching(std::size_t device, const FlexibleLoad& load);

  const Problem& problem_;
  const RegionTree& tree_;
  const OneWayRules& rules_;
  const Tangents& tangents_;
  LpModel& model_;
  LinearProgram& lp_;
  const int intervals_;
  const double hours_;
  std::vector<Series> largest_injection_kw_;
};

}  // namespace derms::dispatch
