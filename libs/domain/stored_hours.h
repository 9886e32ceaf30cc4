// Carbon that a storage held, from what its hours measured. Pure; thread-safe.
//
// The well-mixed store of stored_carbon.h, moved along the hours: energy that charges brings in the intensity of its
// hour, what discharges carries the mean out. Within an hour charging comes first. Where the store's energy was
// measured at the end of an hour, it counts in place of the sum of flows: in hours that readings cover the difference
// is losses or the meter, and carbon stays; across a gap it is energy that moved unseen, and takes or brings carbon
// along.
#pragma once

#include <optional>
#include <vector>

#include "libs/domain/defaults.h"

namespace derms::domain {

struct StoredHour {
  int hour = 0;  // since the begin of the period, rising from one to the next; those without readings are left out
  double covered_seconds = 0;
  double discharged_kwh = 0, charged_kwh = 0;  // measured outside, 0 or more
  std::optional<double> grid_kg_per_kwh;       // absent: unknown content
  std::optional<double> held_kwh;              // at the end of the hour
};

// begin + charged + unseen = discharged + end.
struct StoredCarbonFlows {
  double begin_kg = 0;
  double charged_kg = 0, discharged_kg = 0;
  double unseen_kg = 0;  // came in, or left (negative), in gaps between readings
  double end_kg = 0, end_kwh = 0;
  double discharged_of_begin_kg = 0;  // part of discharged_kg that was there at the begin
};

// Energy at the begin: the first that was measured less what had flown until then, else `initial_energy_kwh`.
StoredCarbonFlows AccountStoredHours(const EffectiveParameters& storage, const std::vector<StoredHour>& hours);

}  // namespace derms::domain
