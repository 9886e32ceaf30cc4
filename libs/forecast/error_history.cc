#include "libs/forecast/error_history.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace derms::forecast {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
const double kForgetDay = std::pow(0.5, 1 / kDayHalfLifeDays), kForgetSlot = std::pow(0.5, 1 / kSlotHalfLifeDays);
const double kDayPrior = kPriorShare * kDayHalfLifeDays / std::log(2.0);
const double kSlotPrior = kPriorShare * kSlotHalfLifeDays / std::log(2.0);

struct Size {
  double sum = 0;
  std::size_t count = 0;

  void Add(double error) {
    if (std::isnan(error)) return;
    sum += std::abs(error);
    ++count;
  }
  double mean() const { return count == 0 ? kUnknown : sum / static_cast<double>(count); }
};

Size SizeOf(const std::vector<double>& errors) {
  Size size;
  for (const double error : errors) size.Add(error);
  return size;
}

// Of the slot and the one before and after it.
Size SizeAround(const std::vector<double>& errors, std::size_t slot) {
  Size size;
  for (const std::size_t near : Neighbours(slot, errors.size(), 1)) size.Add(errors[near]);
  return size;
}

}  // namespace

std::vector<std::size_t> Neighbours(std::size_t slot, std::size_t slots, std::size_t most) {
  const std::size_t reach = std::min(most, slots * kNeighbourHours / 24);
  std::vector<std::size_t> near;
  for (std::size_t i = 0; i <= 2 * reach; ++i) near.push_back((slot + slots - reach + i) % slots);
  return near;
}

std::string BandMethod() {
  return absl::StrCat(
      "P10 and P90 by conformal prediction from past errors of the time of day and its neighbours, those of forecasts "
      "of "
      "0 apart, scaled by the size of the newest errors (half-life ",
      kDayHalfLifeDays, " days, by time of day ", kSlotHalfLifeDays, "), each weighing ", kDayWeight,
      " of one a day newer");
}

void ErrorScale::Mean::Add(double size, double forgetting) {
  sum = sum * forgetting + size;
  weight = weight * forgetting + 1;
}

double ErrorScale::Mean::With(double prior_weight) const {
  if (std::isnan(usual)) return weight > 0 ? sum / weight : kUnknown;
  return (sum + prior_weight * usual) / (weight + prior_weight);
}

ErrorScale::ErrorScale(const std::vector<std::vector<double>>& days) : day_{.usual = kUnknown} {
  const std::size_t slots = days.empty() ? 0 : days.front().size();
  Size whole;
  std::vector<Size> around(slots);
  for (const auto& day : days) {
    for (std::size_t slot = 0; slot < slots; ++slot) {
      whole.Add(day[slot]);
      for (const std::size_t near : Neighbours(slot, slots, 1)) around[slot].Add(day[near]);
    }
  }
  day_.usual = whole.mean();
  for (const Size& size : around) slots_.push_back({.usual = size.mean()});
}

void ErrorScale::Learn(const std::vector<double>& errors) {
  const Size whole = SizeOf(errors);
  if (whole.count == 0) return;
  day_.Add(whole.mean(), kForgetDay);
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    const Size size = SizeAround(errors, slot);
    if (size.count > 0) slots_[slot].Add(size.mean(), kForgetSlot);
  }
}

std::vector<double> ErrorScale::Of() const {
  std::vector<double> scales;
  Size size;  // of the slots that are ever wrong
  for (const Mean& slot : slots_) {
    scales.push_back(slot.With(kSlotPrior));
    if (scales.back() > 0) size.Add(scales.back());
  }
  if (size.count == 0) return std::vector<double>(slots_.size(), 0);
  const double of_day = day_.With(kDayPrior);
  for (double& scale : scales) scale = std::isnan(scale) ? of_day : of_day * scale / size.mean();
  return scales;
}

ErrorHistory::ErrorHistory(const std::vector<std::vector<double>>& days, std::size_t lead_days) : scale_(days) {
  scales_.assign(lead_days, scale_.Of());
  counts_.assign(scales_.front().size(), 0);
  for (const auto& day : days) Append(day);
  MakeBands();
}

void ErrorHistory::Learn(const std::vector<double>& errors) {
  Append(errors);
  MakeBands();
}

void ErrorHistory::Append(const std::vector<double>& errors) {
  const std::vector<double>& scales = scales_.front();
  std::vector<double> scaled;
  for (std::size_t slot = 0; slot < errors.size(); ++slot) {
    scaled.push_back(scales[slot] > 0 ? errors[slot] / scales[slot] : kUnknown);
    if (!std::isnan(errors[slot])) ++counts_[slot];
  }
  scaled_.push_back(std::move(scaled));
  scale_.Learn(errors);
  scales_.erase(scales_.begin());
  scales_.push_back(scale_.Of());
}

std::vector<WeightedError> ErrorHistory::Around(std::size_t slot) const {
  const std::vector<std::size_t> near = Neighbours(slot, counts_.size());
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
  for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
    const ErrorBand band = BandOf(Around(slot));
    const double scale = scales_.back()[slot];
    bands_.push_back({band.lower * scale, band.middle * scale, band.upper * scale});
  }
}

std::size_t ErrorHistory::count(std::size_t slot) const {
  std::size_t count = 0;
  for (const std::size_t near : Neighbours(slot, counts_.size())) count += counts_[near];
  return count;
}

}  // namespace derms::forecast
