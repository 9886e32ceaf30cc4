// Flows of one interval through the forest of regions, and the cheapest-first means to bring them within limits.
#pragma once

#include "libs/dispatch/problem.h"
#include "libs/dispatch/region_tree.h"

namespace derms::dispatch {

class FlowBalance {
 public:
  // Own balances (demand - injection) of each region; what may be shed, curtailed and thrown away in it.
  FlowBalance(const Problem& problem, const RegionTree& tree, int interval);

  void AddInjection(int region, double power_kw);      // negative: consumption
  void AllowCurtailment(int region, double power_kw);  // part of the injection that may be taken back

  // How much more a device of this region may consume (inject) before a limit on its way to the grid stands.
  double RoomToConsumeKw(int region) const;
  double RoomToInjectKw(int region) const;

  // Sheds, curtails and throws away until every limit holds; false if a limit cannot be met.
  bool Settle();

  double shed_kw(int region) const { return shed_[static_cast<std::size_t>(region)]; }
  double over_kw(int region) const { return over_[static_cast<std::size_t>(region)]; }
  double curtailed_kw(int region) const { return curtailed_[static_cast<std::size_t>(region)]; }

 private:
  // Lowers (raises) the net import of the subtree by up to amount_kw; returns by how much.
  double Shed(int region, double amount_kw);
  double Curtail(int region, double amount_kw);
  double ThrowAway(int region, double amount_kw);
  // `own` of the region itself, then each child as far as the child's limit lets it.
  template <typename Own>
  double RaiseImport(int region, double amount_kw, const Own& own);

  double& net(int region) { return net_[static_cast<std::size_t>(region)]; }
  double ImportLimit(int region) const;
  double ExportLimit(int region) const;

  const Problem& problem_;
  const RegionTree& tree_;
  const int interval_;
  std::vector<double> net_;  // of the subtree
  std::vector<double> demand_, most_over_, curtailable_;
  std::vector<double> shed_, over_, curtailed_;
};

}  // namespace derms::dispatch
