// The answer to prices of a storage whose energy must back its headroom (backing.h), near wished powers.
//
// minimise  sum_t [ h wear discharge - worth p + rho |p - wish| - u min(a, b) - d min(c, e) ]
// where a = discharge_max - p is the headroom up that power leaves, b = eta_d (E - energy_min) / tau what energy
// carries, c and e likewise down, and u, d >= 0 the prices of headroom.
//
// The lesser of a term in p and one in E is what a dynamic program over E alone cannot have. But
//     min(a, b) = max over m of [ min(a, m) + min(b, m) - m ],    attained by every m between a and b.
// So headroom m is promised, and each kW that power leaves less, or energy carries less, costs u: for a given m a kink
// in the gain of the interval and a kink in the value of energy (slope_list.h), and the response is exact. Then m moves
// to the middle between a and b, which changes nothing of the cost, and the storage answers again: whichever of both is
// the larger has room to come down, the other a reason to rise. The cost never rises on the way (maximisation in turn
// of a jointly concave function; it may stop short where that has a kink: Tseng, J. Optimization Theory and
// Applications 109(3), 2001). The first promise is that of the wished powers.
#pragma once

#include <span>
#include <vector>

#include "libs/dispatch/fleet/slope_list.h"
#include "libs/dispatch/fleet/storage_response.h"

namespace derms::dispatch::fleet {

// USD per kW of headroom by interval; empty: does not count.
struct HeadroomPrices {
  std::span<const double> up_usd_per_kw, down_usd_per_kw;
};

// Workspace for one thread.
class PromisedResponse {
 public:
  PromisedResponse(std::size_t intervals, double hours, double reserve_hours);

  // Measured at 10,000 devices x 96: gap 0.14 % after two, 0.10 % after three.
  static constexpr int kAnswers = 3;

  // Writes the powers; returns their wear cost, USD.
  double SolveNear(const StorageTerms& storage, std::span<const double> worth_usd_per_kw,
                   std::span<const double> wish_kw, double rho_usd_per_kw, const HeadroomPrices& prices,
                   std::span<double> power_kw, int answers = kAnswers);

 private:
  static constexpr std::size_t kSegments = SlopeList::kMostInserted;
  struct Step {
    Segment segment[kSegments];
    double before[kSegments];
    double left;
    std::size_t count;
  };

  // Between what these powers leave and what the energies they lead to carry.
  void Promise(const StorageTerms& storage, std::span<const double> power_kw);
  void MakeStep(const StorageTerms& storage, double worth, double wish_kw, double rho, std::size_t t);
  static void MakeConcave(Step& step);
  void Backward(const StorageTerms& storage);
  double Forward(const StorageTerms& storage, std::span<double> power_kw) const;
  double UpPrice(std::size_t t) const { return prices_.up_usd_per_kw.empty() ? 0.0 : prices_.up_usd_per_kw[t]; }
  double DownPrice(std::size_t t) const { return prices_.down_usd_per_kw.empty() ? 0.0 : prices_.down_usd_per_kw[t]; }

  const double hours_, reserve_hours_;
  HeadroomPrices prices_;
  std::vector<double> up_kw_, down_kw_;  // promised
  std::vector<Step> steps_;
  SlopeList value_;
};

}  // namespace derms::dispatch::fleet
