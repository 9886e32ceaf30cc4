#include "libs/auth/jwks_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::auth {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

auto StampOf(const struct stat& info) {
  return std::make_tuple(info.st_dev, info.st_ino, info.st_size,
                         std::int64_t{info.st_mtim.tv_sec} * kNanosecondsPerSecond + info.st_mtim.tv_nsec);
}

absl::Status CannotRead(const std::string& path) {
  return base::Unavailable("JWKS_UNREADABLE", absl::StrCat("cannot read the key set ", path, ": ", strerror(errno)));
}

}  // namespace

JwksFile::JwksFile(std::string path, const base::Clock& clock, JwksObserver& observer)
    : path_(std::move(path)), clock_(clock), observer_(observer) {}

absl::StatusOr<std::unique_ptr<JwksFile>> JwksFile::Open(std::string path, const base::Clock& clock,
                                                         JwksObserver& observer, absl::Duration poll_interval) {
  auto file = std::unique_ptr<JwksFile>(new JwksFile(std::move(path), clock, observer));
  {
    absl::MutexLock lock(&file->poll_mutex_);
    ASSIGN_OR_RETURN(file->stamp_, file->Load());
  }
  if (poll_interval != absl::InfiniteDuration()) {
    file->thread_ = std::thread([raw = file.get(), poll_interval] { raw->Run(poll_interval); });
  }
  return file;
}

JwksFile::~JwksFile() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const KeySet> JwksFile::Keys() const {
  absl::MutexLock lock(&mutex_);
  return keys_;
}

void JwksFile::NoteUnknownKey() {
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  if (now - last_reload_asked_ < kUnknownKeyReloadInterval) return;
  last_reload_asked_ = now;
  reload_asked_ = true;
}

void JwksFile::Poll() {
  absl::MutexLock poll_lock(&poll_mutex_);
  bool asked = false;
  {
    absl::MutexLock lock(&mutex_);
    asked = std::exchange(reload_asked_, false);
  }
  struct stat info = {};
  // A file that cannot be seen goes to Load, which reports why.
  if (!asked && stat(path_.c_str(), &info) == 0 && StampOf(info) == stamp_) {
    last_refusal_.clear();
    return;
  }
  const absl::StatusOr<Stamp> stamp = Load();
  const std::string refusal = stamp.ok() ? "" : std::string(stamp.status().message());
  if (stamp.ok()) stamp_ = *stamp;
  if (!stamp.ok() && refusal != last_refusal_) observer_.OnKeysRefused(stamp.status());
  last_refusal_ = refusal;
}

// The stamp is taken before the bytes: a change in between shows at the next poll.
absl::StatusOr<JwksFile::Stamp> JwksFile::Load() {
  const int file = open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return CannotRead(path_);
  const absl::Cleanup close_file = [file] { close(file); };
  struct stat info = {};
  if (fstat(file, &info) != 0) return CannotRead(path_);
  std::string text(kMaxJwksBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file, text.data() + size, text.size() - size);
    if (got < 0) return CannotRead(path_);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  ASSIGN_OR_RETURN(KeySet parsed, KeySet::Parse(text));
  auto keys = std::make_shared<const KeySet>(std::move(parsed));
  {
    absl::MutexLock lock(&mutex_);
    keys_ = keys;
  }
  observer_.OnKeysLoaded(*keys);
  return StampOf(info);
}

void JwksFile::Run(absl::Duration poll_interval) {
  const auto wake = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || reload_asked_; };
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&wake), poll_interval);
      if (stopping_) return;
    }
    Poll();
  }
}

}  // namespace derms::auth
