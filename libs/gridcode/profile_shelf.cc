#include "libs/gridcode/profile_shelf.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/error.h"

namespace derms::gridcode {

ProfileShelf::ProfileShelf() {
  for (const std::string_view csv : EmbeddedProfiles()) {
    if (const absl::Status added = Add(csv); !added.ok()) {  // a bug, which every test meets first
      std::fprintf(stderr, "built-in profile: %s\n", added.ToString().c_str());
      std::abort();
    }
  }
}

absl::Status ProfileShelf::Add(std::string_view csv) {
  const auto base_of = [this](std::string_view id) {
    const auto found = profiles_.find(id);
    return found == profiles_.end() ? nullptr : &found->second;
  };
  ASSIGN_OR_RETURN(Profile profile, Profile::Parse(csv, base_of));
  const std::string id = profile.id();
  if (!profiles_.emplace(id, std::move(profile)).second) {
    return base::InvalidArgument("INVALID_PROFILE", absl::StrCat("there is a profile ", id, " already"));
  }
  return absl::OkStatus();
}

absl::Status ProfileShelf::AddFolder(const std::string& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".csv") files.push_back(entry.path());
  }
  if (error) return base::InvalidArgument("INVALID_PROFILE", absl::StrCat("cannot read folder ", folder));
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const absl::Status added = in ? Add(text) : base::InvalidArgument("INVALID_PROFILE", "it cannot be read");
    if (!added.ok()) {
      return base::InvalidArgument("INVALID_PROFILE", absl::StrCat(file.string(), ": ", std::string(added.message())));
    }
  }
  return absl::OkStatus();
}

const Profile& ProfileShelf::Default() const {
  return profiles_.find(kDefaultProfile)->second;
}

absl::StatusOr<const Profile*> ProfileShelf::Find(std::string_view id) const {
  if (id.empty()) return &Default();
  const auto found = profiles_.find(id);
  if (found != profiles_.end()) return &found->second;
  const std::string known = absl::StrCat("must be one of ", absl::StrJoin(ids(), ", "));
  return base::InvalidArgument("UNKNOWN_PROFILE", absl::StrCat("there is no profile ", std::string(id), "; it ", known))
      .Field("profile_id", known);
}

std::vector<std::string> ProfileShelf::ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, profile] : profiles_) ids.push_back(id);
  return ids;
}

}  // namespace derms::gridcode
