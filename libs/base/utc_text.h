// Points in time in texts that people read, to the second: "2026-11-26T14:15:49Z".
#pragma once

#include <string>

#include "absl/time/time.h"

namespace derms::base {

inline std::string UtcText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", time, absl::UTCTimeZone());
}

}  // namespace derms::base
