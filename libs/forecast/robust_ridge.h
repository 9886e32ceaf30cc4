// Linear regression that shrinks towards "no effect" and is not led astray by spikes. Pure; thread-safe.
//
// Least absolute deviations by iteratively reweighted least squares (P. W. Holland, R. E. Welsch, Communications in
// Statistics A6, 1977) with a ridge penalty on standardised features (A. E. Hoerl, R. W. Kennard, Technometrics 12,
// 1970). Solved with Eigen's LDLT.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace derms::forecast {

// Samples: row i of `features` (width columns, row after row) belongs to targets[i]. All finite.
struct Samples {
  std::size_t width = 0;
  std::vector<double> features;
  std::vector<double> targets;

  std::size_t size() const { return targets.size(); }
  void Add(std::span<const double> row, double target);
};

class LinearModel {
 public:
  LinearModel() = default;  // predicts 0

  double Predict(std::span<const double> row) const;
  // Change of the prediction when feature j rises by one standard deviation of the samples.
  const std::vector<double>& weights() const { return weights_; }

 private:
  friend LinearModel FitRobustRidge(const Samples& samples, double ridge);
  double intercept_ = 0;
  std::vector<double> means_, scales_, weights_;  // a feature that never varies has weight 0
};

// `ridge`, > 0, counts against the mean weight of a sample: 0.05 shrinks a feature that says nothing by a twentieth.
// Without samples: predicts 0.
LinearModel FitRobustRidge(const Samples& samples, double ridge);

}  // namespace derms::forecast
