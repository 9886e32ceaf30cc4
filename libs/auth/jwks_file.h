// The key set in a file that an operator, a sidecar or a mounted secret replaces while we run.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <tuple>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/auth/jwks.h"
#include "libs/base/clock.h"

namespace derms::auth {

// Hears of key sets, during a poll and one at a time; must not call Poll.
class JwksObserver {
 public:
  virtual ~JwksObserver() = default;
  virtual void OnKeysLoaded(const KeySet& keys) = 0;
  // The old set stays in use. Called when the failure begins or changes, not at every poll.
  virtual void OnKeysRefused(const absl::Status& status) = 0;
};

inline constexpr absl::Duration kJwksPollInterval = absl::Seconds(1);
inline constexpr absl::Duration kUnknownKeyReloadInterval = absl::Seconds(10);

// Thread-safe. A file that changed (device, inode, size or time of change) is read again by a small thread; a file
// that cannot be read or parsed leaves the last good set in place. Replace the file by rename, so that it is never
// seen half written; if it is, the next poll mends it.
class JwksFile final : public KeySource {
 public:
  // Fails when the first read fails: a service without keys must not start. An infinite `poll_interval` starts no
  // thread: the owner calls Poll. `clock` and `observer` must outlive the object.
  static absl::StatusOr<std::unique_ptr<JwksFile>> Open(std::string path, const base::Clock& clock,
                                                        JwksObserver& observer,
                                                        absl::Duration poll_interval = kJwksPollInterval);
  ~JwksFile() override;
  JwksFile(const JwksFile&) = delete;
  JwksFile& operator=(const JwksFile&) = delete;

  std::shared_ptr<const KeySet> Keys() const override;
  // Makes the next poll read the file even if it looks unchanged; at most once in 10 s.
  void NoteUnknownKey() override;
  // Reads the file if it changed or a reload was asked for.
  void Poll();

 private:
  using Stamp = std::tuple<dev_t, ino_t, off_t, std::int64_t>;  // the last: nanoseconds of the change

  JwksFile(std::string path, const base::Clock& clock, JwksObserver& observer);
  absl::StatusOr<Stamp> Load();
  void Run(absl::Duration poll_interval);

  const std::string path_;
  const base::Clock& clock_;
  JwksObserver& observer_;
  absl::Mutex poll_mutex_;  // one poll at a time; taken before mutex_
  Stamp stamp_ ABSL_GUARDED_BY(poll_mutex_);
  std::string last_refusal_ ABSL_GUARDED_BY(poll_mutex_);
  mutable absl::Mutex mutex_;  // held for a moment only: callers of Keys() must not wait for the disk
  std::shared_ptr<const KeySet> keys_ ABSL_GUARDED_BY(mutex_);
  bool reload_asked_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time last_reload_asked_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace derms::auth
