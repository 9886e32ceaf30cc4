// Told of what the read model takes in, for those who keep the fleet in another form. Each heeds what it needs.
#pragma once

#include <cstdint>
#include <memory>

#include "libs/domain/der.h"
#include "libs/domain/records.h"
#include "libs/domain/region.h"

namespace derms::store {

// Called after the read model has it, by whichever thread brought it: thread-safe, quick and without waiting. Things
// may come twice, and old ones after newer: revisions and times of measurement say which count.
class FleetObserver {
 public:
  virtual ~FleetObserver() = default;
  virtual void OnDer(const std::shared_ptr<const domain::Der>& /*der*/) {}
  virtual void OnReading(const domain::Reading& /*reading*/) {}
  virtual void OnRegions(const std::shared_ptr<const domain::RegionTree>& /*regions*/) {}
  // Given, ended, or read back: its number is 0 when this process has just stored it.
  virtual void OnOrder(const domain::EmergencyOrder& /*order*/) {}
  // Of the orders up to this number all have been told that are not over.
  virtual void OnOrdersThrough(std::int64_t /*number*/) {}
};

}  // namespace derms::store
