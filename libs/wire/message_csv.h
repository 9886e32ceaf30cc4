// Rows of an answer as CSV (RFC 4180, libcsv): a column per field, in the order of the schema.
#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace derms::wire {

// The names of the fields of `row`, which must be of numbers, text, enums, truth values and timestamps.
std::string CsvHeader(const google::protobuf::Descriptor& row);
// Empty where a field is absent; numbers with all their digits.
std::string CsvLine(const google::protobuf::Message& row);

}  // namespace derms::wire
