#include "libs/forecast/error_history.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace derms::forecast {
namespace {

const double kForgetting = std::pow(0.5, 1 / kScaleHalfLifeDays);
const double kPriorWeight = kPriorShare * kScaleHalfLifeDays / std::log(2.0);

struct Size {
  double sum = 0;
  std::size_t count = 0;

  void Add(const std::vector<double>& errors) {
    for (const double error : errors) {
      if (std::isnan(error)) continue;
      sum += std::abs(error);
      ++count;
    }
  }
  double mean() const { return count == 0 ? 0 : sum / static_cast<double>(count); }
};

}  // namespace

ErrorHistory::ErrorHistory(const std::vector<std::vector<double>>& days, std::size_t lead_days)
    : lead_days_(lead_days) {
  Size size;
  for (const auto& day : days) size.Add(day);
  usual_ = size.mean();
  scales_.assign(lead_days, Scale());
  for (const auto& day : days) Append(day);
  MakeBands();
}

void ErrorHistory::Learn(const std::vector<double>& errors) {
  Append(errors);
  MakeBands();
}

void ErrorHistory::Append(const std::vector<double>& errors) {
  std::vector<double> scaled = errors;
  for (double& error : scaled) error /= scales_.front();
  scaled_.push_back(std::move(scaled));
  Size size;
  size.Add(errors);
  if (size.count > 0) {
    sum_ = sum_ * kForgetting + size.mean();
    weight_ = weight_ * kForgetting + 1;
  }
  scales_.erase(scales_.begin());
  scales_.push_back(Scale());
}

double ErrorHistory::Scale() const {
  const double scale = (sum_ + kPriorWeight * usual_) / (weight_ + kPriorWeight);
  return scale > 0 ? scale : 1;  // never wrong yet
}

std::vector<WeightedError> ErrorHistory::Around(std::size_t slot) const {
  const std::size_t slots = scaled_.empty() ? 0 : scaled_.front().size();
  std::vector<std::size_t> near = {slot};
  if (slots >= 3) near.insert(near.end(), {(slot + slots - 1) % slots, (slot + 1) % slots});
  std::vector<WeightedError> all;
  double weight = 1;
  for (auto day = scaled_.rbegin(); day != scaled_.rend(); ++day, weight *= kDayWeight) {
    for (const std::size_t each : near) {
      if (!std::isnan((*day)[each])) all.push_back({(*day)[each], weight});
    }
  }
  return all;
}

void ErrorHistory::MakeBands() {
  bands_.clear();
  if (scaled_.empty()) return;
  const double scale = scales_.back();
  for (std::size_t slot = 0; slot < scaled_.front().size(); ++slot) {
    ErrorBand band = BandOf(Around(slot));
    bands_.push_back({band.lower * scale, band.middle * scale, band.upper * scale});
  }
}

std::size_t ErrorHistory::Fewest() const {
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  for (std::size_t slot = 0; slot < bands_.size(); ++slot) fewest = std::min(fewest, Around(slot).size());
  return bands_.empty() ? 0 : fewest;
}

}  // namespace derms::forecast
