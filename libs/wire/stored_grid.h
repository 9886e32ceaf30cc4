// Nameplate and settings as they are stored: the JSON of derms.v1.GridNameplate and GridSettings. Written by protobuf,
// and read by the names of libs/gridcode/setting_table.h, which are the paths of the fields: protobuf's reader takes
// several times as long, and reports and runs read the records of a fleet. What a newer version wrote and this one does
// not know is passed over.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/gridcode/settings.h"

namespace derms::wire {

std::string ToStoredJson(const gridcode::Nameplate& nameplate);
std::string ToStoredJson(const gridcode::Settings& settings);  // all of them

// Nothing when this is none.
std::optional<gridcode::Nameplate> NameplateFromStoredJson(std::string_view json);
// What is there over `defaults`.
std::optional<gridcode::Settings> SettingsFromStoredJson(std::string_view json, const gridcode::Settings& defaults);

// Words of derms.v1 ("NORMAL_CATEGORY_B"); nothing for others.
std::optional<gridcode::NormalCategory> NormalCategoryOf(std::string_view word);
std::optional<gridcode::AbnormalCategory> AbnormalCategoryOf(std::string_view word);

}  // namespace derms::wire
