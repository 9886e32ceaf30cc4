#include "services/dermsctl/input/time.h"

#include <array>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::dermsctl {
namespace {

constexpr int kMaxOffsetMinutes = 14 * 60;  // Kiribati

bool ParseTwoDigits(std::string_view text, int* value) {
  return text.size() == 2 && absl::ascii_isdigit(static_cast<unsigned char>(text[0])) &&
         absl::SimpleAtoi(absl::string_view(text.data(), text.size()), value);
}

base::ErrorBuilder BadTime(std::string_view text, std::string_view remedy) {
  return base::InvalidArgument("INVALID_TIME",
                               absl::StrCat("'", std::string(text), "' is no time; ", std::string(remedy)));
}

bool TryFormats(const std::string& text, absl::TimeZone zone, std::initializer_list<const char*> formats,
                absl::Time* time) {
  for (const char* format : formats) {
    std::string error;
    if (absl::ParseTime(format, text, zone, time, &error)) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<absl::TimeZone> ParseUtcOffset(std::string_view text) {
  if (text == "Z" || text == "z" || text == "UTC") return absl::UTCTimeZone();
  int hours = 0;
  int minutes = 0;
  const bool shaped = text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':' &&
                      ParseTwoDigits(text.substr(1, 2), &hours) && ParseTwoDigits(text.substr(4, 2), &minutes);
  if (!shaped || minutes > 59 || hours * 60 + minutes > kMaxOffsetMinutes) {
    return base::InvalidArgument("INVALID_UTC_OFFSET",
                                 absl::StrCat("'", std::string(text), "' is no offset from UTC; write it as -08:00"));
  }
  const int seconds = (hours * 60 + minutes) * 60;
  return absl::FixedTimeZone(text[0] == '-' ? -seconds : seconds);
}

absl::StatusOr<absl::Time> ParseDay(std::string_view text, absl::TimeZone zone) {
  absl::Time time;
  if (text.size() != 10 || !TryFormats(std::string(text), zone, {"%Y-%m-%d"}, &time)) {
    return BadTime(text, "write a day as 2020-07-15");
  }
  return time;
}

absl::StatusOr<absl::Time> ParseTime(std::string_view text, std::optional<absl::TimeZone> zone) {
  const std::string copy(text);
  absl::Time time;
  if (TryFormats(copy, absl::UTCTimeZone(),
                 {"%Y-%m-%dT%H:%M:%E*S%Ez", "%Y-%m-%dT%H:%M%Ez", "%Y-%m-%d %H:%M:%E*S%Ez", "%Y-%m-%d %H:%M%Ez"},
                 &time)) {
    return time;
  }
  absl::Time local;
  const bool without_zone =
      TryFormats(copy, zone.value_or(absl::UTCTimeZone()),
                 {"%Y-%m-%dT%H:%M:%E*S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%E*S", "%Y-%m-%d %H:%M"}, &local);
  if (!without_zone) return BadTime(text, "write it as 2020-07-15T08:00:00Z");
  if (!zone) return BadTime(text, "it has no zone: end it with Z or give --utc-offset");
  return local;
}

absl::StatusOr<absl::Duration> ParseDuration(std::string_view text) {
  absl::Duration duration;
  if (!absl::ParseDuration(absl::string_view(text.data(), text.size()), &duration) ||
      duration <= absl::ZeroDuration() || duration == absl::InfiniteDuration()) {
    return base::InvalidArgument("INVALID_DURATION",
                                 absl::StrCat("'", std::string(text), "' is no length of time; write it as 1h or 15m"));
  }
  return duration;
}

std::string TimeText(absl::Time time, absl::TimeZone zone) {
  const bool utc = zone.At(time).offset == 0;
  return absl::FormatTime(utc ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%dT%H:%M:%S%Ez", time, zone);
}

std::string DurationText(absl::Duration duration) {
  const std::int64_t seconds = absl::ToInt64Seconds(duration);
  if (seconds % 3600 == 0) return absl::StrCat(seconds / 3600, " h");
  if (seconds % 60 == 0) return absl::StrCat(seconds / 60, " min");
  return absl::StrCat(seconds, " s");
}

}  // namespace derms::dermsctl
