// Rows of an answer as CSV (RFC 4180, libcsv): a column per field, in the order of the schema.
#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace derms::dermsctl {

// The names of the fields of `row`, which must be of numbers, text, enums and truth values.
std::string CsvHeaderOf(const google::protobuf::Descriptor& row);
// Empty where a field is absent; numbers with all their digits.
std::string CsvLineOf(const google::protobuf::Message& row);

}  // namespace derms::dermsctl
