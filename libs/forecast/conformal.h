// Bands around a forecast from what it erred before. Pure; thread-safe.
//
// Source: V. Vovk, A. Gammerman, G. Shafer, "Algorithmic learning in a random world", 2005; J. Lei et al.,
// "Distribution-free predictive inference for regression", JASA 113, 2018 (split conformal): with errors that are
// exchangeable the next one lies below the upper bound with at least the asked probability, for any model.
#pragma once

#include <cstddef>
#include <vector>

namespace derms::forecast {

inline constexpr double kLower = 0.1, kMiddle = 0.5, kUpper = 0.9;

// Bounds of an error, value less forecast.
struct ErrorBand {
  double lower = 0;   // with a probability of 10 % less
  double middle = 0;  // median
  double upper = 0;   // with a probability of 10 % more
};

// Fewest errors that bound a tenth on each side.
inline constexpr std::size_t kErrorsNeeded = 9;

struct WeightedError {
  double error = 0;
  double weight = 1;  // more than 0
};
// The smallest error with which nine tenths of the weight, that of one more error of weight 1 included, are reached for
// the upper, the largest likewise for the lower bound: of n equal ones the ceil((n + 1) q)-th smallest, of too few the
// outermost. Zeros without errors.
ErrorBand BandOf(std::vector<WeightedError> errors);

}  // namespace derms::forecast
