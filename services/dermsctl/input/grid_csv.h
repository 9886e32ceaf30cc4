// Files of grid support: settings in the de-facto form (libs/gridcode/settings_csv.h), and samples with the columns
// time_s, v_pu, f_hz, available_kw, operating_kw, of which those may be missing that a GridSample may leave out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "derms/v1/compliance.pb.h"
#include "services/dermsctl/input/csv.h"

namespace derms::dermsctl {

struct GridSettingsFile {
  std::optional<v1::GridNameplate> nameplate;  // absent when the file has none
  v1::GridSettings settings;                   // those that are given
  bool has_settings = false;
  std::vector<std::string> unknown;  // names that are not used
};
// NOT_FOUND FILE_NOT_FOUND, INVALID_ARGUMENT INVALID_CSV.
absl::StatusOr<GridSettingsFile> ReadGridSettings(const std::string& path);

// INVALID_ARGUMENT INVALID_CSV: also without a row, or with a cell that is no number.
absl::StatusOr<std::vector<v1::GridSample>> ReadGridSamples(CsvReader& reader);

}  // namespace derms::dermsctl
