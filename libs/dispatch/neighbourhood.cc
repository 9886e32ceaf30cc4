#include "libs/dispatch/neighbourhood.h"

#include <algorithm>
#include <utility>

namespace derms::dispatch {

Neighbourhoods::Neighbourhoods(const LpModel& model, std::uint32_t seed) : random_(seed) {
  for (std::size_t i = 0; i < model.device_columns.size(); ++i) {
    if (model.device_columns[i].on != kAbsent) deciders_.push_back(i);
  }
}

Decisions Neighbourhoods::Next(const Solution& schedule) {
  Decisions decisions;
  for (const DeviceSchedule& device : schedule.devices) decisions.on.push_back(device.on);
  decisions.storage.resize(schedule.devices.size());
  decisions.exchange.resize(schedule.regions.size());
  // The engine's numbers are the standard's, the same everywhere; what std::shuffle makes of them is not.
  if (next_ == 0) {
    for (std::size_t i = deciders_.size(); i > 1; --i) std::swap(deciders_[i - 1], deciders_[random_() % i]);
  }
  const std::size_t end = std::min(next_ + kGroup, deciders_.size());
  for (; next_ < end; ++next_) decisions.on[deciders_[next_]].clear();
  if (next_ == deciders_.size()) next_ = 0;
  return decisions;
}

}  // namespace derms::dispatch
