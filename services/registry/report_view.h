// Rows of reports as messages.
#pragma once

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

}  // namespace derms::registry
