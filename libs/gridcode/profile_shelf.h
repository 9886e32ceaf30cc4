// The profiles that a process knows: those that are built in, and files that an operator has put into a folder.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/gridcode/profile.h"

namespace derms::gridcode {

inline constexpr std::string_view kDefaultProfile = "IEEE1547-2018";

// Texts of libs/gridcode/profiles, in order of their file names.
const std::vector<std::string_view>& EmbeddedProfiles();

// Thread-safe when const; references stay valid as long as the shelf.
class ProfileShelf {
 public:
  // With the built-in profiles.
  ProfileShelf();
  // Adds every *.csv of a folder, in order of their names, so that a later file may be based on an earlier one.
  // INVALID_ARGUMENT INVALID_PROFILE with the file: it cannot be read, is wrong, or has the id of another one.
  absl::Status AddFolder(const std::string& folder);
  absl::Status Add(std::string_view csv);

  const Profile& Default() const;
  // Empty: the default. INVALID_ARGUMENT UNKNOWN_PROFILE with the ids that there are.
  absl::StatusOr<const Profile*> Find(std::string_view id) const;
  std::vector<std::string> ids() const;

 private:
  std::map<std::string, Profile, std::less<>> profiles_;
};

}  // namespace derms::gridcode
