// What makes two requests the same: a digest over everything but the fields that may differ.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <google/protobuf/message.h>

namespace derms::wire {

// Deterministic bytes of the message without the named top-level fields and without fields unknown to this version.
std::string BytesWithout(const google::protobuf::Message& message, std::initializer_list<std::string_view> fields);

// SHA-256 (32 bytes) of type and content of a request without its request_id: the same request_id with another digest
// is another request (REQUEST_ID_REUSED).
std::string RequestDigest(const google::protobuf::Message& request);

}  // namespace derms::wire
