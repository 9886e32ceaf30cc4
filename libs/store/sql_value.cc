#include "libs/store/sql_value.h"

#include <array>
#include <charconv>

namespace derms::store {
namespace {

// The shortest text that reads back as the same number.
template <typename Number>
std::string NumberText(Number value) {
  std::array<char, 32> buffer;
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

// Cut to the microsecond that timestamptz keeps.
std::string TimestampText(absl::Time time) {
  if (time == absl::InfinitePast()) return "-infinity";
  if (time == absl::InfiniteFuture()) return "infinity";
  return absl::FormatTime("%E4Y-%m-%d %H:%M:%E6S+00", time, absl::UTCTimeZone());
}

}  // namespace

Params& Params::Add(std::string_view text) {
  RefuseNul(text);
  values_.push_back({std::string(text)});
  return *this;
}

Params& Params::Add(std::int64_t value) {
  values_.push_back({NumberText(value)});
  return *this;
}

Params& Params::Add(double value) {
  values_.push_back({NumberText(value)});
  return *this;
}

Params& Params::Add(bool value) {
  values_.push_back({value ? "t" : "f"});
  return *this;
}

Params& Params::Add(absl::Time time) {
  values_.push_back({TimestampText(time)});
  return *this;
}

Params& Params::AddBytes(std::string_view bytes) {
  values_.push_back({std::string(bytes), true});
  return *this;
}

Params& Params::AddNull() {
  values_.push_back({std::nullopt});
  return *this;
}

Params& Params::AddArray(SqlArray& array) {
  values_.push_back({array.Take(), true});
  return *this;
}

}  // namespace derms::store
