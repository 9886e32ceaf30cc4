// JSON without room for two readings: the whole text is one object, no name occurs twice in an object, valid UTF-8,
// no comments, no trailing commas. Two parsers that disagree on a duplicate name are how signed tokens get forged.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace derms::auth {

inline constexpr int kMaxJsonDepth = 16;

// INVALID_ARGUMENT reason INVALID_JSON. Integers stay exact 64-bit integers. Never throws.
absl::StatusOr<nlohmann::json> ParseStrictJsonObject(std::string_view text);

// The text member `name`, or null when it is absent or no text. Valid as long as `object`.
const std::string* FindText(const nlohmann::json& object, const char* name);

}  // namespace derms::auth
