// A stored record of nameplate and settings, read and written (libs/wire/stored_grid.h).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "derms/v1/compliance.pb.h"
#include "libs/domain/grid_record.h"
#include "libs/gridcode/settings.h"

namespace derms::registry {

std::string NameplateToJson(const gridcode::Nameplate& nameplate);
std::string SettingsToJson(const gridcode::Settings& settings);  // all of them

// INTERNAL GRID_RECORD_UNREADABLE when the row was tampered with.
absl::StatusOr<gridcode::Nameplate> NameplateOf(const domain::GridRecord& record);
// What was adopted over `defaults`; without any, `defaults`.
absl::StatusOr<gridcode::Settings> SettingsOf(const domain::GridRecord& record, const gridcode::Settings& defaults);

v1::GridRecord ViewOfRecord(const domain::GridRecord& record, const gridcode::Nameplate& nameplate,
                            const gridcode::Settings& settings);

}  // namespace derms::registry
