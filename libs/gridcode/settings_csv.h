// The settings file of IEEE 1547.1 interchange: a CSV of PARAMETER,VALUE rows with the de-facto names (NP_* nameplate,
// ES_*, QV_*, QP_*, PV_*, PF_*, *_TRIP_* settings, their names ending in -AS). Power stands in W, VA and var there.
// docs/grid-code.md lists the names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/gridcode/given_settings.h"
#include "libs/gridcode/settings.h"

namespace derms::gridcode {

struct SettingsFile {
  std::optional<Nameplate> nameplate;  // absent when no NP_ name is there
  GivenSettings settings;
  std::vector<std::string> unknown;  // names that are none of ours, but for MT_ and COMMENT, which describe the file
};

// INVALID_ARGUMENT INVALID_CSV with the row: no header PARAMETER,VALUE, a name twice, a value that cannot be read.
absl::StatusOr<SettingsFile> ReadSettingsCsv(std::string_view text);

// Either may be null.
std::string WriteSettingsCsv(const Nameplate* nameplate, const Settings* settings);

// "A" and "B", "I" to "III".
std::string_view CategoryName(NormalCategory category);
std::string_view CategoryName(AbnormalCategory category);

}  // namespace derms::gridcode
