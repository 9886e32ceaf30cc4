// A bearer token kept in a file, so that it is in no flag, no environment and no core of the shell.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace derms::client {

// Thread-safe. The file is read again when it changed (time, size or inode), so a renewed token takes effect with the
// next call of a process that runs for months.
class TokenFile {
 public:
  // An empty path means "no token": Read() answers an empty text.
  explicit TokenFile(std::string path) : path_(std::move(path)) {}

  // The token without surrounding white space. UNAUTHENTICATED with reason TOKEN_FILE_UNREADABLE (missing, a folder,
  // above 16 KiB) or TOKEN_FILE_INVALID (empty, or a character that no token has).
  absl::StatusOr<std::string> Read();

 private:
  struct Version {
    absl::Time modified;
    std::uintmax_t size = 0;
    std::uintmax_t inode = 0;
    bool operator==(const Version&) const = default;
  };
  absl::StatusOr<Version> CurrentVersion() const;

  const std::string path_;
  absl::Mutex mutex_;
  Version version_ ABSL_GUARDED_BY(mutex_);
  std::string token_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace derms::client
