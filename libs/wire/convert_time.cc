#include "libs/wire/convert_time.h"

#include <algorithm>

namespace derms::wire {
namespace {

const absl::Time kEarliest = absl::FromUnixSeconds(-62135596800);
const absl::Time kLatest = absl::FromUnixSeconds(253402300799);
const absl::Duration kLongest = absl::Seconds(315576000000);

}  // namespace

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

absl::Duration FromProto(const google::protobuf::Duration& span) {
  return absl::Seconds(span.seconds()) + absl::Nanoseconds(span.nanos());
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  time = std::clamp(time, kEarliest, kLatest);
  google::protobuf::Timestamp out;
  out.set_seconds(absl::ToUnixSeconds(time));  // rounds down, so that the rest is not negative
  out.set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(out.seconds()))));
  return out;
}

google::protobuf::Duration ToProto(absl::Duration span) {
  span = std::clamp(span, -kLongest, kLongest);
  google::protobuf::Duration out;
  absl::Duration rest;
  out.set_seconds(absl::IDivDuration(span, absl::Seconds(1), &rest));  // towards zero: both parts have one sign
  out.set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(rest)));
  return out;
}

}  // namespace derms::wire
