// How a DER was set over time: its records of nameplate and settings as devices that readings are judged by.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "libs/domain/grid_record.h"
#include "libs/gridcode/grid_support.h"
#include "libs/gridcode/profile_shelf.h"

namespace derms::registry {

// A record that was read.
struct InstalledDevice {
  std::int64_t revision = 0;  // of its record
  absl::Time from;            // when it was put
  const gridcode::Profile* profile = nullptr;
  gridcode::Nameplate nameplate;
  gridcode::Settings settings;

  gridcode::Device device() const { return {*profile, nameplate, settings}; }
};

// INTERNAL GRID_RECORD_UNREADABLE, INVALID_ARGUMENT UNKNOWN_PROFILE.
absl::StatusOr<InstalledDevice> DeviceOf(const domain::GridRecord& record, const gridcode::ProfileShelf& profiles);

// A record holds from when it was put; a DER has kSettled to adopt it (IEEE 1547-2018 cl. 4.6.3: 30 s). Before the
// first record the first settings that were adopted hold: nobody told of others. Thread-safe when const; `profiles`
// must outlive it.
class GridTimeline {
 public:
  static constexpr absl::Duration kSettled = absl::Seconds(30);

  // By revision. A record that cannot be read, or whose profile is not known any more, holds without a device.
  GridTimeline(const std::vector<domain::GridRecord>& records, const gridcode::ProfileShelf& profiles);
  // One device throughout.
  explicit GridTimeline(InstalledDevice device);

  // Null: nothing can be judged at that time.
  const InstalledDevice* At(absl::Time time) const;
  std::int64_t newest_revision() const { return devices_.empty() ? 0 : devices_.back().revision; }

 private:
  std::vector<InstalledDevice> devices_;  // by revision; profile null: unreadable
  std::size_t at_first_ = 0;              // what holds before the first
};

}  // namespace derms::registry
