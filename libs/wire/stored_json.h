// Messages as JSON in the database: names as in the schema, so that people and SQL can read them.
#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace derms::wire {

std::string ToStoredJson(const google::protobuf::Message& message);  // of messages without Any
// Fills `message`; false when this is no such message. Fields that a newer version wrote are skipped.
bool FromStoredJson(const std::string& json, google::protobuf::Message& message);

}  // namespace derms::wire
