// Carbon of DERs in a period, of one or of several together, as rows of a report. Pure; docs/reports.md, "Carbon".
#pragma once

#include <optional>

#include "derms/v1/report.pb.h"
#include "libs/store/history.h"

namespace derms::registry {

// Sums of sums.
struct CarbonSums {
  int der_count = 0;
  double generated_kwh = 0, consumed_kwh = 0;
  double covered_hours = 0, known_hours = 0;  // of these with a value of the carbon series
  double emitted_kg = 0, avoided_kg = 0, drawn_kg = 0;
  double net_avoided_kg = 0;
  std::optional<domain::StoredCarbonFlows> stored;  // of storage among them

  CarbonSums& operator+=(const CarbonSums& more);
};
CarbonSums SumsOf(const store::DerCarbon& der);

v1::CarbonRow ToProto(const CarbonSums& sums);  // of several DERs: without id, owner, region
v1::CarbonRow ToProto(const store::DerCarbon& der);

}  // namespace derms::registry
