// Sentences about requirements that conflict or are given up; see conflict.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/error.h"
#include "libs/dispatch/elastic_model.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {

// "storage BATT-4 must hold 900 kWh at 18:00 but can reach 760 kWh while the others are kept; giving way by 140 kWh
// makes a schedule of 12.3 USD possible". `values`: of the columns of the elastic model, null when unknown; `cost_usd`:
// none when further conflicts would remain.
base::FieldViolation ConflictWords(const Problem& problem, const Requirement& requirement,
                                   const std::vector<double>* values, std::optional<double> cost_usd);

std::string GivenUpWords(const Problem& problem, const Relaxation& relaxation);

}  // namespace derms::dispatch
