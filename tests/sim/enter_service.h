// How long a device that was off the grid takes to come back when it may: IEEE 1547-2018 clause 4.10, enter service. A
// delay first; then a ramp from nothing to its rating, or, of devices up to 500 kVA, a random further delay and no
// ramp. Which, and how long, is the device's own setting: a matter of the seed and its id. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace derms::sim {

inline constexpr double kRandomisedUpToKw = 500;

// Zero throughout: devices come back at once. The standard's defaults are 300 s of delay and ramp, and no random part.
struct EnterServiceOptions {
  absl::Duration delay;   // each device has a setting between half of it and all of it
  absl::Duration ramp;    // from nothing to the rating
  absl::Duration random;  // of half of the devices that may have one, in place of the ramp; anew at each return
};

class EnterService {
 public:
  EnterService() = default;  // at once
  EnterService(const EnterServiceOptions& options, std::uint64_t seed, std::string der_id, double capacity_kw);

  // Before its `number`-th return.
  absl::Duration Wait(int number) const;
  // From when it returns on.
  absl::Duration ramp() const { return ramp_; }

 private:
  std::uint64_t seed_ = 0;
  std::string der_id_;
  absl::Duration delay_, ramp_, random_;
};

}  // namespace derms::sim
