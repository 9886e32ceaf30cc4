// Files whose content must not be readable by others, not even for a moment.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace derms::admin {

inline constexpr mode_t kSecretMode = 0600;
inline constexpr mode_t kPublicMode = 0644;

enum class Existing { kKeep, kReplace };

// Writes `content` to `path` with `mode`, making missing parent folders; readers see the old file or the whole new one.
// ALREADY_EXISTS reason FILE_EXISTS when the file is there and must be kept; UNAVAILABLE reason FILE_NOT_WRITTEN.
absl::Status WriteFile(const std::string& path, std::string_view content, mode_t mode, Existing existing);

// NOT_FOUND reason FILE_NOT_READ.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace derms::admin
