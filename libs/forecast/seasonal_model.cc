#include "libs/forecast/seasonal_model.h"

#include <cmath>
#include <limits>

#include "libs/forecast/seasonal_terms.h"

namespace derms::forecast {
namespace {

constexpr double kRidge = 0.05;
constexpr std::size_t kDaysOfRest = 7;

// The slot with the one before and after it, around midnight too.
std::vector<std::size_t> Neighbours(std::size_t slot, std::size_t slots) {
  if (slots < 3) return {slot};
  return {(slot + slots - 1) % slots, slot, (slot + 1) % slots};
}

// The terms of every interval of some days, each filled once though three models learn from it.
class TermTable {
 public:
  TermTable(const SeasonalData& data, std::size_t first, std::size_t end, std::size_t lead_days)
      : slots_(data.values.slots()), by_slot_(slots_) {
    std::vector<double> terms;
    for (std::size_t slot = 0; slot < slots_; ++slot) {
      for (std::size_t day = first; day < end; ++day) {
        if (!data.values.known(day, slot) || !FillTerms(data, day, slot, lead_days, terms)) continue;
        by_slot_[slot].width = terms.size();
        by_slot_[slot].Add(terms, data.values.at(day, slot) - Persistence(data.values, day, slot, lead_days));
      }
    }
  }

  Samples Around(std::size_t slot) const {
    Samples samples;
    for (const std::size_t near : Neighbours(slot, slots_)) {
      const Samples& more = by_slot_[near];
      if (more.size() == 0) continue;
      samples.width = more.width;
      samples.features.insert(samples.features.end(), more.features.begin(), more.features.end());
      samples.targets.insert(samples.targets.end(), more.targets.begin(), more.targets.end());
    }
    return samples;
  }

  std::size_t size() const {
    std::size_t count = 0;
    for (const Samples& samples : by_slot_) count += samples.size();
    return count;
  }

 private:
  std::size_t slots_;
  std::vector<Samples> by_slot_;
};

// Nothing but zeros at that time of day for a week.
bool Rests(const DayTable& values, std::size_t newest, std::size_t slot) {
  bool any = false;
  for (std::size_t back = 0; back < kDaysOfRest && back <= newest; ++back) {
    if (!values.known(newest - back, slot)) continue;
    if (values.at(newest - back, slot) != 0) return false;
    any = true;
  }
  return any;
}

}  // namespace

SeasonalModel SeasonalModel::Fit(const SeasonalData& data, std::size_t first, std::size_t end, std::size_t lead_days) {
  SeasonalModel model;
  model.lead_days_ = lead_days;
  const TermTable table(data, first, end, lead_days);
  model.sample_count_ = table.size();
  for (std::size_t slot = 0; slot < data.values.slots(); ++slot) {
    model.by_slot_.push_back(FitRobustRidge(table.Around(slot), kRidge));
  }
  return model;
}

double SeasonalModel::Forecast(const SeasonalData& data, std::size_t day, std::size_t slot) const {
  const double persistence = Persistence(data.values, day, slot, lead_days_);
  if (std::isnan(persistence) || Rests(data.values, day - lead_days_, slot)) return persistence;
  std::vector<double> terms;
  if (!FillTerms(data, day, slot, lead_days_, terms)) return persistence;
  return persistence + by_slot_[slot].Predict(terms);
}

std::vector<double> SeasonalModel::MeanWeights() const {
  std::vector<double> mean;
  for (const LinearModel& model : by_slot_) {
    mean.resize(std::max(mean.size(), model.weights().size()));
    for (std::size_t j = 0; j < model.weights().size(); ++j) {
      mean[j] += std::abs(model.weights()[j]) / static_cast<double>(by_slot_.size());
    }
  }
  return mean;
}

}  // namespace derms::forecast
