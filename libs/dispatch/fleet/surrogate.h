// A small linear program that stands for a region: a dozen virtual devices in place of thousands.
//
// Each cluster of like devices becomes one virtual device with their summed powers and energies and mean efficiencies
// and prices; renewables become a merit order of a few steps. Its dual prices are nearly the fleet's: what a price
// pattern depends on (which intervals a storage levels out) survives the averaging. Its trajectories are the plan that
// the anchored pass (anchored_pass.h) steers real devices by, and it is solved again for what remains of the fleet and
// of the demand after each block of devices. (docs/dispatch-fleet.md; the algorithm and its measurements are the
// design's "SAPC".)
//
// All power is in units of the region's size, which keeps the numbers of the simplex near one.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "libs/dispatch/fleet/backing.h"
#include "libs/dispatch/fleet/region_model.h"
#include "libs/dispatch/fleet/small_lp.h"
#include "libs/dispatch/fleet/warm_start.h"

namespace derms::dispatch::fleet {

// Virtual storage is a little weaker than the sum of its parts, which are never all free to act at once.
inline constexpr double kVirtualStoragePower = 0.96;

class Surrogate {
 public:
  explicit Surrogate(const RegionModel& model);
  ~Surrogate();

  // The whole region.
  absl::Status Solve(const EngineLimits& limits);

  // What remains: injection already settled, by pool, and the share (0..1) of each cluster's size still to be
  // scheduled; imports planned up to a share of their limit.
  absl::Status SolveRemaining(std::span<const Injection> settled_kw, std::span<const double> remaining,
                              double import_share, const EngineLimits& limits);
  // Of a region without others below it; also what settled headroom is not backed.
  absl::Status SolveRemaining(const Injection& settled_kw, Unbacked unbacked, std::span<const double> remaining,
                              double import_share, const EngineLimits& limits) {
    unbacked_ = std::move(unbacked);
    return SolveRemaining(std::span(&settled_kw, 1), remaining, import_share, limits);
  }

  // Of the last solve: of the root, and of another pool (limits and its own headroom requirement).
  RegionPrices Prices() const;
  RegionPrices PricesOfPool(std::size_t pool) const;
  // Net injection of a cluster's remaining devices, kW.
  void Plan(std::size_t cluster, std::span<double> power_kw) const;
  // What a pool draws from above: the root from the grid.
  Series Draw(std::size_t pool) const;
  std::vector<unsigned char> Basis() const { return lp_->Basis(); }
  void StartFrom(std::span<const unsigned char> basis) { lp_->StartFrom(basis); }
  // What the next solve's surrogate may start from, `passed` intervals later; one that does not fit is ignored.
  KeptBasis Keep() const;
  void StartFrom(const KeptBasis& kept, std::size_t passed);
  double cost_usd() const;  // of the last solve, without what no decision changes
  double level_kw() const;  // of flattening; 0 without
  int iterations() const { return iterations_; }

 private:
  struct Layout;

  // Brings rows and imports to what injection is settled, by pool and all below it.
  void SettleRows(std::size_t pool, const Injection& own_kw, const Injection& with_below_kw);
  Series Dual(int first_row, double sign) const;

  const RegionModel& model_;
  std::unique_ptr<Layout> layout_;
  std::unique_ptr<SmallLp> lp_;
  Unbacked unbacked_;  // of settled headroom
  int iterations_ = 0;
};

}  // namespace derms::dispatch::fleet
