// Which DERs and gateways misbehave, and how: a matter of the seed and their names alone. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/time/time.h"

namespace derms::sim {

// Shares are of DERs, 0 to 1, each drawn by itself.
struct FaultOptions {
  std::uint64_t seed = 1;
  double deaf_share = 0;    // follow and never say so
  double reject_share = 0;  // answer that they will not follow, and do not
  double abort_share = 0;   // begin to follow and give up
  double late_share = 0;    // answer, and begin to follow, late
  double stuck_share = 0;   // inject all their reactive power, whatever the voltage
  absl::Duration late_most = absl::Seconds(10);
  absl::Duration restart_every = absl::InfiniteDuration();  // of each gateway, on average
};

struct DerFaults {
  bool deaf = false;
  bool rejects = false;
  bool aborts = false;
  bool stuck = false;
  absl::Duration late = absl::ZeroDuration();

  bool operator==(const DerFaults&) const = default;
};

DerFaults FaultsOf(const FaultOptions& options, std::string_view der_id);

// How long a gateway stays up between two restarts: evenly from half to one and a half of the average.
absl::Duration UptimeOf(const FaultOptions& options, int gateway, int restart);

}  // namespace derms::sim
