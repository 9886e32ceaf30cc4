// The exact response of one storage to prices: dynamic programming over concave piecewise-linear values of energy.
//
// minimise  sum_t [ h wear discharge - worth p ]  over p = discharge - charge, energies within their bounds.
//
// Value of energy, backwards. V_t(e), the most that energy e at the start of interval t can still earn, is concave and
// piecewise linear. With y = (1 - loss) e and x the energy taken out (negative: put in), x in [-Lc, Ld],
//     W(y) = max_x [ g(x) + V_{t+1}(y - x) ],      V_t(e) = W((1 - loss) e) on [energy_min, energy_max]
// where g has slope worth/(h eta_c) on [-Lc, 0], Lc = h eta_c charge_max, and (worth/h - wear) eta_d on [0, Ld],
// Ld = h discharge_max / eta_d. W is a sup-convolution: two insertions into a sorted list (slope_list.h), then cuts.
// Decisions, forwards. Of the energy that lies above the left end of W, x gets what the merged list assigns to g's
// segments: clamp(z - energy more valuable in store - segments before, 0, length), two clamps per interval.
// (Single storage theory: Cruise, Flatley, Gibbens, Zachary, arXiv 1406.3653; the list form is this program's.)
//
// One direction. Where prices are so negative that burning energy in the losses would pay, g is not concave; its
// concave envelope (the chord) replaces it. A bound from it holds for the exclusive model, since the envelope is never
// below g; the schedule moves the same energy in one direction, and so earns no more than the envelope says.
//
// Energy that earns by being there. A reward of q for each kWh in store at the end of interval t is linear in what the
// value function is a function of: it raises all slopes of V_{t+1} by q. Carried along instead of added, q_t + keep
// (q_{t+1} + keep ( ... )) is subtracted from the slopes of g, and nothing else changes.
//
// An anchor adds a reward for staying near a wished trajectory: - rho |p - wish| in each interval, which only splits
// the segment that the wish lies on.
#pragma once

#include <span>
#include <vector>

#include "libs/dispatch/fleet/fleet.h"
#include "libs/dispatch/fleet/pull.h"
#include "libs/dispatch/fleet/slope_list.h"

namespace derms::dispatch::fleet {

// One storage in doubles.
struct StorageTerms {
  double charge_max_kw, discharge_max_kw;
  double energy_min_kwh, energy_max_kwh, initial_energy_kwh, final_energy_min_kwh;
  double charge_efficiency, discharge_efficiency;
  double keep;  // 1 - loss per interval
  double wear_usd_per_kwh;
  // What a kWh in store at the end of each interval earns besides, USD; empty: nothing.
  std::span<const double> holding_usd_per_kwh = {};

  static StorageTerms Of(const Storages& storages, std::size_t i);
};

// Workspace for one thread; reused over any number of storages, and for horizons of up to `intervals`.
class StorageResponse {
 public:
  StorageResponse(std::size_t intervals, double hours);

  // Writes the powers and returns the least value of wear - worth p - holding E (of the envelope, see above). USD.
  double Solve(const StorageTerms& storage, std::span<const double> worth_usd_per_kw, std::span<double> power_kw);

  // The same where the energy at the start is bought at a price and chosen best: written to *initial_kwh, what it costs
  // is part of the value.
  double SolveFromPrice(const StorageTerms& storage, double usd_per_kwh, std::span<const double> worth_usd_per_kw,
                        std::span<double> power_kw, double* initial_kwh);

  // The same with a price of rho (USD per kW of deviation in an interval) on leaving the wished powers. Only powers
  // matter here; returns the wear cost of the schedule, USD.
  double SolveNear(const StorageTerms& storage, std::span<const double> worth_usd_per_kw,
                   std::span<const double> wish_kw, double rho_usd_per_kw, std::span<double> power_kw);
  // With prices of their own on staying below the wish and on going above it, in each interval.
  double SolveNear(const StorageTerms& storage, std::span<const double> worth_usd_per_kw, const Pull& pull,
                   std::span<double> power_kw);

 private:
  static constexpr std::size_t kSegments = 3;
  // g of an interval, and how it lies in the merged list.
  struct Step {
    Segment segment[kSegments];
    double before[kSegments];  // energy in front of the segment: more valuable stored, and earlier segments
    double left;               // left end of W
    std::size_t count;
    bool enveloped;
  };

  void MakeSteps(const StorageTerms& storage, std::span<const double> worth);
  // pull(t): what a kW more is worth besides, below the wish and (negative) above it
  template <typename Pulled>
  void MakeStepsNear(const StorageTerms& storage, std::span<const double> worth, std::span<const double> wish,
                     const Pulled& pull);
  void MakeConcave(Step& step);
  // Slopes against what energy left in store earns by being there.
  void Hold(const StorageTerms& storage, std::size_t intervals);
  // What the energies that the powers lead to earn by being there, USD.
  double HeldValue(const StorageTerms& storage, std::span<const double> power_kw) const;
  // Returns the least energy at the start from which the end can be reached; value_ begins there.
  double Backward(const StorageTerms& storage, std::size_t intervals);
  // Returns wear cost, USD; adds what the envelope promises beyond the schedule to *beyond.
  double Forward(const StorageTerms& storage, std::span<const double> worth, std::span<double> power_kw,
                 double* beyond) const;

  const double hours_;
  SlopeList value_;
  std::vector<Step> steps_;
  std::vector<double> held_;  // by interval, what Hold subtracted; only with holding
};

// Values of stored energy (solution.h, Multipliers::stored_energy) that prove the response optimal: constant but for
// losses, changing only where energy stands at a bound. Read off the response; any values prove a bound, these the best
// one. Of those that do, the ones that change least from what energy is worth before the first interval. USD per kWh.
void StorageMultipliers(const StorageTerms& storage, double hours, std::span<const double> worth_usd_per_kw,
                        std::span<const double> power_kw, std::span<double> stored_energy_usd_per_kwh,
                        double before_usd_per_kwh = 0.0);

}  // namespace derms::dispatch::fleet
