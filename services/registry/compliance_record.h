// A stored record of nameplate and settings, read and written: the JSON of derms.v1.GridNameplate and GridSettings.
// Written by protobuf, and read by the names of libs/gridcode/setting_table.h, which are the paths of the fields:
// protobuf's reader takes several times as long, and a report reads the records of a fleet. What a newer version wrote
// and this one does not know is passed over.
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
