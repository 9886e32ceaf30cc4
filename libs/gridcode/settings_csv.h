// The settings file of IEEE 1547.1 interchange: a CSV of PARAMETER,VALUE rows with the de-facto names (NP_* nameplate,
// ES_*, QV_*, QP_*, PV_*, PF_*, *_TRIP_* settings, their names ending in -AS). Power stands in W, VA and var there.
// docs/grid-code.md lists the names.
//
// The row TA_RR_FILE_CHECKSUM of the 1547.1 results report is a SHA-256 of the file. Which bytes it covers no public
// source says, as a file cannot hold its own hash; here it is the file without that row, each other row as its name and
// value, quoted where they need it, ended by a line feed: what WriteSettingsCsv writes above it.
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
  std::vector<std::string>
      unknown;  // names that are none of ours, but for MT_, TA_ and COMMENT, which describe the file
};

// INVALID_ARGUMENT INVALID_CSV with the row: no header PARAMETER,VALUE, a name twice, a value that cannot
// be read, a checksum that is not that of the content. A file without a checksum is read unverified.
absl::StatusOr<SettingsFile> ReadSettingsCsv(std::string_view text);

// Either may be null. Ends with the checksum.
std::string WriteSettingsCsv(const Nameplate* nameplate, const Settings* settings);

// "A" and "B", "I" to "III".
std::string_view CategoryName(NormalCategory category);
std::string_view CategoryName(AbnormalCategory category);

}  // namespace derms::gridcode
