#include "services/admin/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::admin {
namespace {

absl::Status NotWritten(const std::string& path, std::string_view why) {
  return base::Unavailable("FILE_NOT_WRITTEN", absl::StrCat("cannot write ", path, ": ", std::string(why)));
}

absl::Status WriteAll(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return base::Unavailable("FILE_NOT_WRITTEN", strerror(errno));
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return fsync(file) == 0 ? absl::OkStatus() : base::Unavailable("FILE_NOT_WRITTEN", strerror(errno));
}

// link() refuses an existing name, rename() replaces it: both at once or not at all.
absl::Status Publish(const std::string& temporary, const std::string& path, Existing existing) {
  const bool keep = existing == Existing::kKeep;
  if ((keep ? link(temporary.c_str(), path.c_str()) : rename(temporary.c_str(), path.c_str())) == 0) {
    return absl::OkStatus();
  }
  if (keep && errno == EEXIST) {
    return base::AlreadyExists("FILE_EXISTS", absl::StrCat(path, " exists; --force replaces it"));
  }
  return NotWritten(path, strerror(errno));
}

}  // namespace

absl::Status WriteFile(const std::string& path, std::string_view content, mode_t mode, Existing existing) {
  std::error_code failure;
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, failure);
  if (failure) return NotWritten(path, failure.message());

  std::string temporary = absl::StrCat(path, ".XXXXXX");
  const int file = mkostemp(temporary.data(), O_CLOEXEC);  // made with mode 0600
  if (file < 0) return NotWritten(path, strerror(errno));
  const absl::Cleanup clean_up = [&] {
    close(file);
    unlink(temporary.c_str());  // gone already after rename
  };
  if (const absl::Status written = WriteAll(file, content); !written.ok()) {
    return NotWritten(path, std::string(written.message()));
  }
  if (fchmod(file, mode) != 0) return NotWritten(path, strerror(errno));
  return Publish(temporary, path, existing);
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (file) content << file.rdbuf();
  if (!file) return base::NotFound("FILE_NOT_READ", absl::StrCat("cannot read ", path, ": ", strerror(errno)));
  return content.str();
}

}  // namespace derms::admin
