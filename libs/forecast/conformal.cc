#include "libs/forecast/conformal.h"

#include <algorithm>

namespace derms::forecast {
namespace {

constexpr double kRounding = 1e-9;  // (n + 1) * 0.1 of nine errors is 1, also in binary

// The first error at which this share of the total is reached, else the last.
template <typename Iterator>
double Reached(Iterator begin, Iterator end, double weight) {
  double sum = 0;
  for (Iterator at = begin; at != end; ++at) {
    sum += at->weight;
    if (sum >= weight - kRounding) return at->error;
  }
  return (end - 1)->error;
}

}  // namespace

ErrorBand BandOf(std::vector<WeightedError> errors) {
  if (errors.empty()) return {};
  std::sort(errors.begin(), errors.end(), [](const auto& a, const auto& b) { return a.error < b.error; });
  double total = 1;
  for (const WeightedError& each : errors) total += each.weight;
  return {Reached(errors.rbegin(), errors.rend(), (1 - kLower) * total),
          Reached(errors.begin(), errors.end(), kMiddle * total),
          Reached(errors.begin(), errors.end(), kUpper * total)};
}

}  // namespace derms::forecast
