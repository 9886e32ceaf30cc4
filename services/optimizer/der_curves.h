// By which curves the DERs of a run answer the grid: each by its own settings where it adopted some. The rules:
// docs/dispatch.md "Grid stability". Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/gridcode/profile_shelf.h"
#include "libs/store/queries.h"
#include "services/optimizer/problem_builder.h"

namespace derms::optimizer {

// Gives every device of the problem its curve, apparent power and reactive power; before FindGridNeed. One that was
// told nothing has the defaults of its profile for its category; one without a nameplate those of categories B and III
// of the profile that most others have, which is that of the grid.
// FAILED_PRECONDITION: MIXED_NOMINAL_FREQUENCY when the profiles are of different frequencies, PROFILE_NOT_LOADED when
// one is not on the shelf. INTERNAL GRID_RECORD_UNREADABLE when a row was tampered with.
absl::Status UseGridSettings(const std::vector<store::DerGridSettings>& settings,
                             const gridcode::ProfileShelf& profiles, BuiltProblem& built);

// For a run that does not look at settings: the profile whose nominal frequency is nearest to what was measured.
void UseProfileNear(double measured_hz, const gridcode::ProfileShelf& profiles, BuiltProblem& built);

// What a run tells of it.
std::string SettingsNote(const SettingsUsed& used, double nominal_hz);

}  // namespace derms::optimizer
