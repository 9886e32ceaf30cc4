// The image's own health probe, so that containers need no other tool. Exit codes are those of grpc_health_probe.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "libs/server/config.h"

namespace derms::server {

enum class ProbeResult { kServing = 0, kUsage = 1, kNoConnection = 2, kNoAnswer = 3, kNotServing = 4 };

struct ProbeOutcome {
  ProbeResult result = ProbeResult::kUsage;
  std::string text;  // one sentence
};

// Asks the service that runs with these settings for "readiness". Trusts tls_ca or, without it, the service's own
// certificate; shows that certificate when clients must have one.
ProbeOutcome ProbeHealth(const Config& config, absl::Duration limit = absl::Seconds(3));

}  // namespace derms::server
