// Findings of the grid code's rules as errors and warnings.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "libs/domain/der.h"
#include "libs/gridcode/rules.h"

namespace derms::registry {

using Findings = std::vector<gridcode::Finding>;

// INVALID_ARGUMENT INVALID_NAMEPLATE with every finding that refuses; the others are added to `warnings`.
absl::Status CheckNameplateRules(const gridcode::Nameplate& nameplate, const gridcode::Profile& profile,
                                 bool inverter_based, Findings& warnings);
// The same, also with the rated power that the DER is registered with (rule E1).
absl::Status CheckNameplateOf(const domain::Der& der, const gridcode::Nameplate& nameplate,
                              const gridcode::Profile& profile, Findings& warnings);
// The same rule from the other side: INVALID_ARGUMENT INVALID_CAPACITY when a rated power is beyond the nameplate.
absl::Status CheckCapacityWithin(const gridcode::Nameplate& nameplate, double capacity_kw);
// INVALID_ARGUMENT INVALID_SETTINGS likewise.
absl::Status CheckSettingsRules(const gridcode::Settings& settings, const gridcode::Nameplate& nameplate,
                                const gridcode::Profile& profile, Findings& warnings);
// FAILED_PRECONDITION SETTINGS_DO_NOT_FIT: settings that were adopted before, against a new nameplate or profile.
absl::Status CheckSettingsStillFit(const gridcode::Settings& settings, const gridcode::Nameplate& nameplate,
                                   const gridcode::Profile& profile, Findings& warnings);

}  // namespace derms::registry
