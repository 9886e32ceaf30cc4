#include "libs/client/token_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::client {
namespace {

constexpr std::uintmax_t kMaxTokenBytes = 16 * 1024;  // a JWT has 0.5 to 2 KiB; gRPC's header limit is 8 KiB or more

base::ErrorBuilder Unreadable(const std::string& path, const std::string& why) {
  return base::Unauthenticated("TOKEN_FILE_UNREADABLE", absl::StrCat("cannot read the token file ", path, ": ", why));
}

// What an HTTP header value may hold, without spaces: anything else would end the call with an internal error.
bool IsTokenText(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

absl::StatusOr<TokenFile::Version> TokenFile::CurrentVersion() const {
  struct stat info {};
  if (stat(path_.c_str(), &info) != 0) return Unreadable(path_, std::strerror(errno));
  if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode)) return Unreadable(path_, "not a file");
  if (static_cast<std::uintmax_t>(info.st_size) > kMaxTokenBytes) return Unreadable(path_, "more than 16 KiB");
  return Version{absl::TimeFromTimespec(info.st_mtim), static_cast<std::uintmax_t>(info.st_size), info.st_ino};
}

absl::StatusOr<std::string> TokenFile::Read() {
  if (path_.empty()) return std::string();
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const Version version, CurrentVersion());
  if (!token_.empty() && version == version_) return token_;
  std::ifstream file(path_);
  std::stringstream content;
  if (!file || !(content << file.rdbuf())) return Unreadable(path_, "empty or not readable");
  const std::string token(absl::StripAsciiWhitespace(content.str()));
  if (!IsTokenText(token)) {
    return base::Unauthenticated("TOKEN_FILE_INVALID",
                                 absl::StrCat("the token file ", path_, " does not hold one line with a token"));
  }
  token_ = token;
  version_ = version;
  return token_;
}

}  // namespace derms::client
