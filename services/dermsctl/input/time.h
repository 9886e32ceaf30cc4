// Times as people write them on a command line and in a CSV file. Inside, everything is UTC.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace derms::dermsctl {

// "-08:00", "+05:30" or "Z": a fixed offset, because the files that operators import rarely follow daylight saving
// time and a guess would shift a price by an hour. At most 14 h. INVALID_ARGUMENT, reason INVALID_UTC_OFFSET.
absl::StatusOr<absl::TimeZone> ParseUtcOffset(std::string_view text);

// "2020-07-15" in that zone: its first moment. INVALID_ARGUMENT, reason INVALID_TIME.
absl::StatusOr<absl::Time> ParseDay(std::string_view text, absl::TimeZone zone);

// "2020-07-15T08:00", with seconds or without, a blank in place of the T, and "Z" or an offset. Without an offset the
// given zone counts; without that too it is an error: a time of day without a zone is no time. Reason INVALID_TIME.
absl::StatusOr<absl::Time> ParseTime(std::string_view text, std::optional<absl::TimeZone> zone);

// "1h", "15m", "90s", "1h30m". INVALID_ARGUMENT, reason INVALID_DURATION, unless above zero.
absl::StatusOr<absl::Duration> ParseDuration(std::string_view text);

// "2020-07-15T08:00:00Z", or with the zone's offset when it is not UTC.
std::string TimeText(absl::Time time, absl::TimeZone zone);
// "1 h", "15 min", "90 s".
std::string DurationText(absl::Duration duration);

}  // namespace derms::dermsctl
