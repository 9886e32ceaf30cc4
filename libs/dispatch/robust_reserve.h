// Reserve sized from the errors of forecasts, so that it suffices with a stated probability in each interval.
//
// What can go wrong. With planned demand D, availabilities a, powers p and net import N, power balances at D', a' if
// devices can still reach it while N stays. Weather-driven devices (renewable, hydro) reach from their floor to a', all
// others from p - headroom_down to p + headroom_up. With the headroom that problem.h counts, that is
//     up:    (D' - D) - sum over weather-driven devices of (a' - a)                              <= headroom up
//     down:  (D - D') + sum over those that do not count downwards, or must be taken, of (a' - a) <= headroom down
// Upwards every error of the weather counts, also of what is curtailed (it counts with a - p, and a - p errs by
// a' - a). Downwards a device that counts can be turned down to its floor whatever the weather gives, so only the
// others' errors need reserve. The left sides are the errors; their quantiles are the reserve.
//
// Confidence c: up or down falls short with probability at most 1 - c in an interval. Both cannot happen at once,
// so half of 1 - c goes to each side. Nothing is said of several intervals together.
#pragma once

#include <vector>

#include "libs/dispatch/problem.h"

namespace derms::dispatch {

// Probability of each side for a confidence of both.
inline double SideProbability(double confidence) {
  return 1.0 - (1.0 - confidence) / 2.0;
}

// Weight of each profile's error in the left sides above, kW per unit of profile, for the devices of a region and
// below.
struct WeatherWeights {
  Series up, down;  // by profile, >= 0
};
WeatherWeights WeatherWeightsOf(const Problem& problem, int region);

// The value that the next error does not exceed with at least this probability, if it and `errors` could have come in
// any order (exchangeable): the k-th smallest of n with k = ceil((n + 1) probability), whatever their distribution.
// kUnlimited when k > n. Split conformal prediction: Lei, G'Sell, Rinaldo, Tibshirani, Wasserman, J. American
// Statistical Association 113 (2018), 1094-1111, after Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World.
double ConformalQuantile(std::vector<double> errors, double probability);
// Fewest errors for which it is finite.
int ErrorsNeeded(double probability);

// Past errors of the forecast "as at the same time of the last day that was known", for one interval of a horizon.
// history: on the horizon's grid, ending where the horizon begins; NaN: unknown. Interval t lies t / intervals_per_day
// (rounded down) + 1 days after that day, and so does each pair whose difference (later - earlier) is returned: those
// at t's time of day, and `neighbours` intervals before and after it.
Series PersistenceErrors(const Series& history, int intervals_per_day, int interval, int neighbours);

// How errors of several sources go together when only the quantile of each is known.
enum class ErrorDependence {
  // sqrt(sum of squares): exact for independent normal errors of mean 0, the usual rule for the reserve of load and
  // weather (Ela, Milligan, Kirby, Operating Reserves and Variable Generation, NREL/TP-5500-51978, 2011).
  kIndependent,
  // Sum: exact when all err together, and never too little for normal and other elliptical errors (McNeil, Frey,
  // Embrechts, Quantitative Risk Management, 2015, theorem 8.28). For any errors at all, give the quantiles of n
  // sources at 1 - (1 - probability) / n: then the union bound makes the sum safe.
  kUnknown,
};
// Of quantiles >= 0 of one probability, kW.
double CombinedQuantile(const std::vector<double>& quantiles_kw, ErrorDependence dependence);

// All that a problem says of the reserve of one region.
struct ReserveTerms {
  Series up_kw, down_kw;  // empty: none
  double up_price_usd_per_kwh = 0;
  double down_price_usd_per_kwh = 0;
  double hours = 0;  // Problem::reserve_hours
};
ReserveTerms ReserveTermsOf(const Problem& problem, int region);
void SetReserveTerms(const ReserveTerms& terms, int region, Problem& problem);

// In each term the larger of the problem's and these.
void RaiseReserve(const ReserveTerms& terms, int region, Problem& problem);

// What a missing kWh of reserve should cost so that it is kept unless load would be shed, or energy thrown away, for
// it.
double SecureUpPrice(const Problem& problem);
double SecureDownPrice(const Problem& problem);

}  // namespace derms::dispatch
