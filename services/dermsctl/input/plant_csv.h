// The plant of a row of a fleet file: a column per field of derms.v1.SolarPlant and its sisters.
#pragma once

#include <string>
#include <vector>

#include "derms/v1/registry.pb.h"
#include "libs/base/error.h"
#include "services/dermsctl/input/csv.h"

namespace derms::dermsctl {

// Sets the plant when the row has a value for one of its type; one for another type's is a violation. A power curve is
// written as "3:0;12:1;25:1": m/s and share of rated power.
void ReadPlant(const CsvRow& row, v1::DerType type, base::Violations& violations, v1::DerParameters* parameters);

const std::vector<std::string>& PlantColumns();

}  // namespace derms::dermsctl
