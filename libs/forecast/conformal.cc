#include "libs/forecast/conformal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace derms::forecast {
namespace {

// The rank-th smallest of the sorted errors, from 1, or the nearest there is.
double Ranked(const std::vector<double>& sorted, double rank) {
  const double within = std::clamp(rank, 1.0, static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(within) - 1];
}

double MedianOfSorted(const std::vector<double>& sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

constexpr double kRounding = 1e-9;  // (n + 1) * 0.1 of nine errors is 1, also in binary

}  // namespace

ErrorBand BandOf(std::vector<double> errors) {
  std::sort(errors.begin(), errors.end());
  const double places = static_cast<double>(errors.size()) + 1;
  return {Ranked(errors, std::floor(places * kLower + kRounding)), MedianOfSorted(errors),
          Ranked(errors, std::ceil(places * kUpper - kRounding))};
}

ErrorBand BandOf(std::vector<WeightedError> errors) {
  if (errors.empty()) return {};
  std::sort(errors.begin(), errors.end(), [](const auto& a, const auto& b) { return a.error < b.error; });
  double total = 1;
  for (const WeightedError& each : errors) total += each.weight;
  const auto reached = [&](auto begin, auto end, double share) {
    double sum = 0;
    for (auto at = begin; at != end; ++at) {
      sum += at->weight;
      if (sum >= share * total - kRounding) return at->error;
    }
    return (end - 1)->error;
  };
  return {reached(errors.rbegin(), errors.rend(), 1 - kLower), reached(errors.begin(), errors.end(), kMiddle),
          reached(errors.begin(), errors.end(), kUpper)};
}

std::vector<double> ErrorsBySlot::Around(std::size_t slot) const {
  const std::size_t slots = errors_.size();
  std::vector<double> all = errors_[slot];
  if (slots < 3) return all;
  for (const std::size_t near : {(slot + slots - 1) % slots, (slot + 1) % slots}) {
    all.insert(all.end(), errors_[near].begin(), errors_[near].end());
  }
  return all;
}

std::size_t ErrorsBySlot::Fewest() const {
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  for (std::size_t slot = 0; slot < errors_.size(); ++slot) fewest = std::min(fewest, Around(slot).size());
  return fewest;
}

}  // namespace derms::forecast
