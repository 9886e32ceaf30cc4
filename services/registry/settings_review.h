// What the rules find in nameplate and settings that were stored before: E and W by the profile as it is now, and R1.
#pragma once

#include "libs/domain/der.h"
#include "libs/gridcode/grid_support.h"
#include "services/registry/compliance_checks.h"

namespace derms::registry {

// E and W of a nameplate and settings.
Findings FindingsOf(const domain::Der& der, const gridcode::Device& device);

// The same and R1.
Findings ReviewOf(const domain::Der& der, const gridcode::Device& device);

}  // namespace derms::registry
