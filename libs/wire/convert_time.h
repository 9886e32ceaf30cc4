// Times and spans between protobuf and absl.
#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include "absl/time/time.h"

namespace derms::wire {

// Expect validated messages (libs/wire/validate.h); infinite times become the ends of years 1 to 9999. Nanoseconds are
// kept, what is finer is cut.
absl::Time FromProto(const google::protobuf::Timestamp& time);
absl::Duration FromProto(const google::protobuf::Duration& span);
google::protobuf::Timestamp ToProto(absl::Time time);
google::protobuf::Duration ToProto(absl::Duration span);

}  // namespace derms::wire
