// What a solve leaves for the next one of nearly the same problem: a few intervals later, with newer forecasts, with a
// few devices more or less.
//
// Plain data, about 8 bytes per device with memory (storage, unit, hydro) and interval: another process may hold it,
// and copies share it. Everything is found again by id, whatever the order of devices and regions. Nothing is trusted
// (fleet/warm_start.h): any content leads to a checked schedule.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/dispatch/fleet/warm_start.h"

namespace derms::dispatch {

struct Problem;
struct Solution;

struct ResumePoint {
  absl::Time start;  // of the horizon
  absl::Duration interval_length;
  std::vector<std::string> regions;                  // ids, in the order of the proof's prices
  std::vector<std::string> storages, units, hydros;  // ids, in the order of the plans' rows
  fleet::WarmStart plans;                            // its intervals_passed says nothing
};

// The plans become those of another schedule of the same problem, which is the one that will be followed.
void FollowSchedule(const Problem& problem, const Solution& solution, ResumePoint& point);

// Memory that it takes, bytes.
std::size_t ByteSize(const ResumePoint& point);

}  // namespace derms::dispatch
