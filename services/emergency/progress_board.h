// How far emergency orders have got, DER by DER: counted from their instructions, for everybody who asks about the same
// order once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "derms/v1/emergency.pb.h"
#include "libs/base/clock.h"
#include "libs/store/background_loop.h"
#include "libs/store/expansion.h"

namespace derms::emergency {

// What was counted, as it is told. Of an order that is over, what has not come to an end has been revoked or has
// expired with it; that its DER never answered is still told.
v1::EmergencyProgress ProgressOf(const store::ExpansionTally& tally, v1::EmergencyState state);

// Thread-safe.
class ProgressBoard {
 public:
  static constexpr absl::Duration kCountedEvery = absl::Milliseconds(500);
  static constexpr std::size_t kKept = 256;

  // Both must outlive it. Without a thread of its own (`wake_every` infinite) the owner calls WakeAll.
  ProgressBoard(store::Expansions& expansions, const base::Clock& clock, absl::Duration acknowledgement_timeout,
                absl::Duration wake_every = kCountedEvery);

  // Counted anew when the last count is older than kCountedEvery, or than five times what it took: a million
  // instructions are not counted all the time. Blocks on the database. Errors of Expansions.
  absl::StatusOr<v1::EmergencyProgress> Of(const std::string& emergency_id, v1::EmergencyState state,
                                           absl::Time deadline);

  // `wake` runs twice a second, until the handle is gone: there may be news.
  [[nodiscard]] std::shared_ptr<void> Follow(std::function<void()> wake);
  void WakeAll();

 private:
  using Waker = std::function<void()>;
  struct Count {
    bool counting = false;
    bool known = false;
    store::ExpansionTally tally;
    absl::Time as_of, fresh_until;  // fresh_until by the machine's clock
  };
  using CountPtr = std::shared_ptr<Count>;

  CountPtr Find(const std::string& emergency_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CountAnew(const std::string& emergency_id, Count& count, absl::Time deadline)
      ABSL_LOCKS_EXCLUDED(mutex_);

  store::Expansions& expansions_;
  const base::Clock& clock_;
  const absl::Duration timeout_;
  absl::Mutex mutex_;
  std::map<std::string, CountPtr, std::less<>> counts_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<Waker>> followers_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<store::BackgroundLoop> loop_;
};

}  // namespace derms::emergency
