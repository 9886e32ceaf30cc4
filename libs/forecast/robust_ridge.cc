#include "libs/forecast/robust_ridge.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace derms::forecast {
namespace {

constexpr int kReweightings = 4;
constexpr double kFlattening = 0.3;  // of the median residual: smaller ones weigh alike
constexpr double kFreeIntercept = 1e-6;
constexpr double kTiny = 1e-12;

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Eigen::VectorXd WeightsFor(const Eigen::VectorXd& residuals) {
  const Eigen::VectorXd size = residuals.cwiseAbs();
  const double least = kFlattening * Median({size.data(), size.data() + size.size()}) + kTiny;
  const Eigen::VectorXd weights = size.cwiseMax(least).cwiseInverse();
  return weights / weights.mean();
}

Eigen::VectorXd Solve(const Matrix& features, const Eigen::VectorXd& targets, const Eigen::VectorXd& weights,
                      double ridge) {
  const Matrix weighted = weights.asDiagonal() * features;
  Eigen::MatrixXd normal = weighted.transpose() * features;
  const double penalty = ridge * weights.sum();
  normal.diagonal().array() += penalty;
  normal(0, 0) += penalty * (kFreeIntercept - 1);
  return normal.ldlt().solve(weighted.transpose() * targets);
}

}  // namespace

void Samples::Add(std::span<const double> row, double target) {
  features.insert(features.end(), row.begin(), row.end());
  targets.push_back(target);
}

double LinearModel::Predict(std::span<const double> row) const {
  double sum = intercept_;
  for (std::size_t j = 0; j < weights_.size(); ++j) sum += weights_[j] * (row[j] - means_[j]) / scales_[j];
  return sum;
}

LinearModel FitRobustRidge(const Samples& samples, double ridge) {
  LinearModel model;
  if (samples.size() == 0) return model;
  const auto rows = static_cast<Eigen::Index>(samples.size()), width = static_cast<Eigen::Index>(samples.width);
  const Eigen::Map<const Matrix> raw(samples.features.data(), rows, width);
  const Eigen::Map<const Eigen::VectorXd> targets(samples.targets.data(), rows);

  Matrix standardised(rows, width + 1);  // column 0: the intercept
  standardised.col(0).setOnes();
  model.means_.resize(samples.width);
  model.scales_.resize(samples.width);
  for (Eigen::Index j = 0; j < width; ++j) {
    const double mean = raw.col(j).mean();
    const double scale = std::sqrt((raw.col(j).array() - mean).square().mean());
    const bool varies = scale > kTiny * std::max(1.0, std::abs(mean));
    const double divisor = varies ? scale : 1;
    if (varies) {
      standardised.col(j + 1) = (raw.col(j).array() - mean) / divisor;
    } else {
      standardised.col(j + 1).setZero();
    }
    model.means_[static_cast<std::size_t>(j)] = mean;
    model.scales_[static_cast<std::size_t>(j)] = divisor;
  }
  Eigen::VectorXd weights = Eigen::VectorXd::Ones(rows), solution;
  for (int i = 0; i < kReweightings; ++i) {
    solution = Solve(standardised, targets, weights, ridge);
    weights = WeightsFor(targets - standardised * solution);
  }
  model.intercept_ = solution[0];
  model.weights_.assign(solution.data() + 1, solution.data() + solution.size());
  return model;
}

}  // namespace derms::forecast
