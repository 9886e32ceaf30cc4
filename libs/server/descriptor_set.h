// The schema with its comments, embedded in the binary (generated C++ descriptors carry none).
#pragma once

#include <string_view>

namespace derms::server {

std::string_view EmbeddedDescriptorSet();  // a serialised google.protobuf.FileDescriptorSet

}  // namespace derms::server
