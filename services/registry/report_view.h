// Rows of reports as messages and as CSV.
#pragma once

#include <google/protobuf/message.h>

#include <map>
#include <string>

#include "derms/v1/report.pb.h"
#include "libs/store/history.h"

namespace derms::registry {

v1::Performance ToProto(const domain::PerformanceSums& sums);  // of several DERs: without id, owner, region, type
v1::Performance ToProto(const store::DerPerformance& row);
v1::HistoryRow ToProto(const store::HistorySums& step);

// How evenly owners were curtailed; those without available energy do not count.
v1::Fairness FairnessOf(const std::map<std::string, domain::PerformanceSums>& owners);

// The first line: the names of the fields of `row`, which must be of numbers, text, enums and times.
std::string CsvHeader(const google::protobuf::Descriptor& row);
// One line, RFC 4180: empty where a field is absent, numbers with all their digits, times as RFC 3339 in UTC.
std::string CsvLine(const google::protobuf::Message& row);

}  // namespace derms::registry
